/* SPDX-License-Identifier: MIT */
/*
 * A window at 1 GiB onto one page after another: its page-table entry is
 * changed while the window is used, with the bytes copied as a kernel does when
 * it copies on write.
 */
#include "guest.h"

#define PAGE_PRESENT_WRITE 0x3
#define PAGE_LARGE         0x80
#define LARGE_SIZE         0x200000ul
#define WINDOW             0x40000000ul

static uint64_t pml4[512] __attribute__((aligned(4096)));
static uint64_t pdpt[512] __attribute__((aligned(4096)));
static uint64_t low[512] __attribute__((aligned(4096)));
static uint64_t high[512] __attribute__((aligned(4096)));
static uint64_t pages[512] __attribute__((aligned(4096)));
volatile uint32_t backing[3][1024] __attribute__((aligned(4096)));
volatile uint32_t *const window = (volatile uint32_t *)WINDOW;

static void enter(void)
{
	for (unsigned i = 0; i < 512; i++)
		low[i] = i * LARGE_SIZE | PAGE_LARGE | PAGE_PRESENT_WRITE;
	pages[0] = (uint64_t)backing[0] | PAGE_PRESENT_WRITE;
	high[0] = (uint64_t)pages | PAGE_PRESENT_WRITE;
	pdpt[0] = (uint64_t)low | PAGE_PRESENT_WRITE;
	pdpt[1] = (uint64_t)high | PAGE_PRESENT_WRITE;
	pml4[0] = (uint64_t)pdpt | PAGE_PRESENT_WRITE;
	__asm__ volatile("mov %0, %%cr3" : : "r"(pml4) : "memory");
}

static void copy_and_map(unsigned from, unsigned to)
{
	for (unsigned i = 0; i < 64; i++)
		backing[to][i] = backing[from][i];
	pages[0] = (uint64_t)backing[to] | PAGE_PRESENT_WRITE;
	__asm__ volatile("invlpg (%0)" : : "r"(WINDOW) : "memory");
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
	enter();
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
