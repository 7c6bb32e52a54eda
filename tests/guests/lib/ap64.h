/* SPDX-License-Identifier: MIT */
/* The second CPU; its way to ap_main() is in smp64.S. */
#ifndef AP64_H
#define AP64_H

#include <stdint.h>

#define AP_STACK 8192

/* In pages of its own: a breakpoint elsewhere may be a page trap. */
extern uint8_t ap_stack[AP_STACK];

/* The guest's: what the second CPU does, with interrupts on.  First it changes
 * *STARTS of start_ap(). */
void ap_main(void);

/* INIT-SIPI-SIPI, until *STARTS is another.  INIT also where it runs already;
 * the second SIPI is ignored by one that runs. */
void start_ap(volatile uint32_t *starts);

#endif
