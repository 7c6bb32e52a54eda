/* SPDX-License-Identifier: MIT */
/* 32-bit paging with 4 MiB pages: the low 16 MiB, and again from 0xc0000000;
 * one 4 KiB page at 0xd0000000. */
#include "common32.h"

#define PAGE_PRESENT_WRITE 0x3u
#define PAGE_LARGE         0x80u
#define CR4_PSE            0x10u
#define CR0_PG             0x80000000u
#define HIGH_WINDOW        0xc0000000u
#define SMALL_WINDOW       0xd0000000u

static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint32_t table[1024] __attribute__((aligned(4096)));
static uint32_t small_page[1024] __attribute__((aligned(4096))) = {0x5ca1ab1e};

static void paging(void)
{
	uint32_t value;

	for (unsigned i = 0; i < 4; i++) {
		directory[i] = i << 22 | PAGE_LARGE | PAGE_PRESENT_WRITE;
		directory[(HIGH_WINDOW >> 22) + i] = directory[i];
	}
	table[0] = (uint32_t)small_page | PAGE_PRESENT_WRITE;
	directory[SMALL_WINDOW >> 22] = (uint32_t)table | PAGE_PRESENT_WRITE;
	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	__asm__ volatile("mov %0, %%cr4" : : "r"(value | CR4_PSE));
	__asm__ volatile("mov %0, %%cr3" : : "r"(directory) : "memory");
	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	__asm__ volatile("mov %0, %%cr0" : : "r"(value | CR0_PG) : "memory");
	alias = (volatile uint32_t *)((uint32_t)&shared + HIGH_WINDOW);
}

void guest_main(void)
{
	paging();
	common32_run("pse32");
}
