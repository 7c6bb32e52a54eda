/* SPDX-License-Identifier: MIT */
/* Pages at 1 GiB that a guest maps as it likes, above identity-mapped memory.
 */
#ifndef WINDOW64_H
#define WINDOW64_H

#include <stdint.h>

#define WINDOW64     0x40000000ul
#define WINDOW_WRITE 0x3 /* present, to be written */

/* The page-table entries of WINDOW64 and what follows it; 0 at first. */
extern uint64_t window_pages[512];

void window_enter(void);

#endif
