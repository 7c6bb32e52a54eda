/* SPDX-License-Identifier: MIT */
/*
 * More places to stop at than debug registers: twenty functions in a row, with
 * data in the same page as their code, and a loop around them.
 */
#include "guest.h"

volatile unsigned laps = 2;
volatile uint32_t sum;

/* Beside the code: reading it touches the page that the code is fetched from.
 */
static const uint32_t addend __attribute__((section(".text"))) = 3;

#define PLACE(n)                                                 \
	__attribute__((noinline)) static void p##n(void)         \
	{                                                        \
		sum = sum + *(const volatile uint32_t *)&addend; \
	}                                                        \
	struct place##n /* so that a semicolon may follow */

PLACE(0);
PLACE(1);
PLACE(2);
PLACE(3);
PLACE(4);
PLACE(5);
PLACE(6);
PLACE(7);
PLACE(8);
PLACE(9);
PLACE(10);
PLACE(11);
PLACE(12);
PLACE(13);
PLACE(14);
PLACE(15);
PLACE(16);
PLACE(17);
PLACE(18);
PLACE(19);

static void lap(void)
{
	p0(), p1(), p2(), p3(), p4();
	p5(), p6(), p7(), p8(), p9();
	p10(), p11(), p12(), p13(), p14();
	p15(), p16(), p17(), p18(), p19();
}

void guest_main(void)
{
	guest_puts("many: start\n");
	for (unsigned i = 0; i < laps; i++)
		lap();
	guest_report("sum", sum);
	guest_puts("many: end\n");
}
