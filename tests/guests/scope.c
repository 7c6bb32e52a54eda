/* SPDX-License-Identifier: MIT */
/* A local variable that is watched until its frame is gone.  No interrupt can
 * come: an exception frame never lies over the watched bytes. */
#include "guest.h"

volatile int result;

static void scoped(int seed)
{
	volatile int local = seed;

	local = local + 1;
	local = local * 10;
	result = local;
}

void guest_main(void)
{
	__asm__ volatile("cli");
	guest_puts("scope: start\n");
	scoped(4);
	scoped(5);
	guest_report("result", (unsigned long)result);
	__asm__ volatile("sti");
}
