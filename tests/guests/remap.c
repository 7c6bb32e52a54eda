/* SPDX-License-Identifier: MIT */
/*
 * A window at 1 GiB onto one page after another: its page-table entry is
 * changed while the window is used, with the bytes copied as a kernel does when
 * it copies on write.
 */
#include "guest.h"
#include "window64.h"

volatile uint32_t backing[3][1024] __attribute__((aligned(4096)));
volatile uint32_t *const window = (volatile uint32_t *)WINDOW64;

static void copy_and_map(unsigned from, unsigned to)
{
	for (unsigned i = 0; i < 64; i++)
		backing[to][i] = backing[from][i];
	window_pages[0] = (uint64_t)backing[to] | WINDOW_WRITE;
	__asm__ volatile("invlpg (%0)" : : "r"(WINDOW64) : "memory");
}

static void mapped(void)
{
	__asm__ volatile("nop");
}

/* Long enough to be looked at. */
static void rest(void)
{
	for (unsigned i = 0; i < 20; i++)
		guest_puts("remap: some time goes by\n");
}

static void write_window(uint32_t value)
{
	window[0] = value;
}

static void write_alias(uint32_t value)
{
	backing[0][0] = value;
}

void guest_main(void)
{
	guest_puts("remap: start\n");
	window_pages[0] = (uint64_t)backing[0] | WINDOW_WRITE;
	window_enter();
	mapped();
	write_window(1);
	copy_and_map(0, 1);
	rest();
	write_window(2);
	write_alias(9);
	copy_and_map(1, 2);
	write_window(3); /* at once: nobody can know yet */
	rest();
	write_window(4);
	guest_report("window", window[0]);
	guest_report("alias", backing[0][0]);
	guest_puts("remap: end\n");
}
