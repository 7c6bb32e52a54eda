/* SPDX-License-Identifier: MIT */
/*
 * Code and data at 1 GiB, where nothing is mapped at first: the pages come,
 * go, and come elsewhere, while a debugger has requests there.
 */
#include "guest.h"
#include "window64.h"

#define DATA WINDOW64
#define CODE (WINDOW64 + 0x1000)

static volatile uint64_t data[2][512] __attribute__((aligned(4096)));
static volatile uint8_t code[2][4096] __attribute__((aligned(4096)));

static void map(uint64_t data_page, uint64_t code_page)
{
	window_pages[0] = data_page;
	window_pages[1] = code_page;
	__asm__ volatile("invlpg (%0)\n\tinvlpg (%1)"
			 :
			 : "r"(DATA), "r"(CODE)
			 : "memory");
}

/* Long enough to be looked at. */
static void rest(void)
{
	for (unsigned i = 0; i < 20; i++)
		guest_puts("late: some time goes by\n");
}

/* Nothing is mapped. */
static void __attribute__((noinline)) ready(void)
{
	__asm__ volatile("nop");
}

/* The first pages are. */
static void __attribute__((noinline)) mapped(void)
{
	__asm__ volatile("nop");
}

static void use(uint64_t value)
{
	((void (*)(void))CODE)();
	*(volatile uint64_t *)DATA = value;
}

static void __attribute__((noinline)) never(void)
{
	__asm__ volatile("nop");
}

void guest_main(void)
{
	guest_puts("late: start\n");
	for (unsigned i = 0; i < 2; i++) {
		code[i][0] = 0x90; /* nop; ret */
		code[i][1] = 0xc3;
	}
	window_enter();
	ready();
	rest();
	map((uint64_t)data[0] | WINDOW_WRITE, (uint64_t)code[0] | WINDOW_WRITE);
	mapped();
	rest();
	use(1);
	map(0, 0);
	rest();
	map((uint64_t)data[1] | WINDOW_WRITE, (uint64_t)code[1] | WINDOW_WRITE);
	rest();
	use(2);
	use(3);
	guest_report("first", data[0][0]);
	guest_report("second", data[1][0]);
	if (data[0][1])
		never();
	guest_puts("late: end\n");
}
