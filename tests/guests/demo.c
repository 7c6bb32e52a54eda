/* SPDX-License-Identifier: MIT */
/*
 * The sample guest: a counter that somebody changes.  Try
 *
 *	(gdb) watch counter
 *	(gdb) continue
 */
#include "guest.h"

int counter;

static void bump(int by)
{
	counter += by;
}

static void say(void)
{
	guest_puts("counter is ");
	guest_put_dec((unsigned long)counter);
	guest_puts("\n");
}

void guest_main(void)
{
	guest_puts("hello from the guest\n");
	for (int i = 1; i <= 5; i++) {
		bump(i);
		say();
	}
	guest_puts("goodbye\n");
}
