/* SPDX-License-Identifier: MIT */
/* Code, stack and data in one page: see onepage64.S. */
#include "guest.h"

void one_page(uint64_t rounds);
extern volatile uint32_t op_watched[16], op_other;

void guest_main(void)
{
	guest_puts("onepage: start\n");
	one_page(20);
	guest_report("watched", op_watched[5]);
	guest_report("other", op_other);
	guest_puts("onepage: end\n");
}
