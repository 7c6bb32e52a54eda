/* SPDX-License-Identifier: MIT */
/* The second CPU; its way to ap_main() is in smp64.S. */
#ifndef AP64_H
#define AP64_H

#include <stdint.h>

/* The guest's: what the second CPU does, with interrupts on.  First it sets
 * *ALIVE of start_ap(). */
void ap_main(void);

/* INIT-SIPI-SIPI, until *ALIVE. */
void start_ap(volatile uint32_t *alive);

#endif
