/* SPDX-License-Identifier: MIT */
/*
 * Two address spaces, and an edge.  Low memory is the same in both; the
 * window at 1 GiB shows another page in each, with a hole behind it.
 */
#include "guest.h"

#define PAGE_PRESENT_WRITE 0x3
#define PAGE_LARGE         0x80
#define LARGE_SIZE         0x200000ul
#define WINDOW             0x40000000ul

struct space {
	uint64_t pml4[512], pdpt[512], low[512], window[512], pages[512];
} __attribute__((aligned(4096)));

static struct space space[2];
static uint8_t backing[2][4096] __attribute__((aligned(4096)));

volatile uint32_t works;
volatile uint32_t *const window = (volatile uint32_t *)WINDOW;

static void build(struct space *s, const void *page)
{
	for (unsigned i = 0; i < 512; i++)
		s->low[i] = i * LARGE_SIZE | PAGE_LARGE | PAGE_PRESENT_WRITE;
	s->pages[0] = (uint64_t)page | PAGE_PRESENT_WRITE;
	s->window[0] = (uint64_t)s->pages | PAGE_PRESENT_WRITE;
	s->pdpt[0] = (uint64_t)s->low | PAGE_PRESENT_WRITE;
	s->pdpt[1] = (uint64_t)s->window | PAGE_PRESENT_WRITE;
	s->pml4[0] = (uint64_t)s->pdpt | PAGE_PRESENT_WRITE;
}

static void enter(const struct space *s)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(s->pml4) : "memory");
}

static void work(unsigned which)
{
	works = works + 1;
	window[0] = 100 * which + works;
}

void guest_main(void)
{
	guest_puts("spaces: start\n");
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned j = 0; j < sizeof(backing[i]); j++)
			backing[i][j] = (uint8_t)(0xa0 + i);
		build(&space[i], backing[i]);
	}
	for (unsigned i = 0; i < 4; i++) {
		enter(&space[i % 2]);
		work(i % 2);
	}
	guest_report("works", works);
	guest_report("window", window[0]);
	guest_puts("spaces: end\n");
}
