/* SPDX-License-Identifier: MIT */
/* PAE paging with 2 MiB pages: the low 16 MiB, and again from 0xc0000000; one
 * 4 KiB page at 0xd0000000. */
#include "common32.h"

#define PAGE_PRESENT 0x1u
#define PAGE_WRITE   0x2u
#define PAGE_LARGE   0x80u
#define CR4_PAE      0x20u
#define CR0_PG       0x80000000u
#define HIGH_WINDOW  0xc0000000u
#define SMALL_WINDOW 0xd0000000u
#define LARGE_SHIFT  21

static uint64_t pdpt[4] __attribute__((aligned(32)));
static uint64_t low[512] __attribute__((aligned(4096)));
static uint64_t high[512] __attribute__((aligned(4096)));
static uint64_t table[512] __attribute__((aligned(4096)));
static uint32_t small_page[1024] __attribute__((aligned(4096))) = {0x5ca1ab1e};

static void paging(void)
{
	uint32_t value;

	for (unsigned i = 0; i < 8; i++) {
		low[i] =
		    i << LARGE_SHIFT | PAGE_LARGE | PAGE_WRITE | PAGE_PRESENT;
		high[i] = low[i];
	}
	table[0] = (uint32_t)small_page | PAGE_WRITE | PAGE_PRESENT;
	high[(SMALL_WINDOW - HIGH_WINDOW) >> LARGE_SHIFT] =
	    (uint32_t)table | PAGE_WRITE | PAGE_PRESENT;
	pdpt[0] = (uint32_t)low | PAGE_PRESENT;
	pdpt[HIGH_WINDOW >> 30] = (uint32_t)high | PAGE_PRESENT;
	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	__asm__ volatile("mov %0, %%cr4" : : "r"(value | CR4_PAE));
	__asm__ volatile("mov %0, %%cr3" : : "r"(pdpt) : "memory");
	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	__asm__ volatile("mov %0, %%cr0" : : "r"(value | CR0_PG) : "memory");
	alias = (volatile uint32_t *)((uint32_t)&shared + HIGH_WINDOW);
}

void guest_main(void)
{
	paging();
	common32_run("pae32");
}
