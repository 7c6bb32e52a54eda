/* SPDX-License-Identifier: MIT */
#include "window64.h"

#define LARGE      0x80
#define LARGE_SIZE 0x200000ul

static uint64_t pml4[512] __attribute__((aligned(4096)));
static uint64_t pdpt[512] __attribute__((aligned(4096)));
static uint64_t low[512] __attribute__((aligned(4096)));
static uint64_t high[512] __attribute__((aligned(4096)));
uint64_t window_pages[512] __attribute__((aligned(4096)));

void window_enter(void)
{
	for (unsigned i = 0; i < 512; i++)
		low[i] = i * LARGE_SIZE | LARGE | WINDOW_WRITE;
	high[0] = (uint64_t)window_pages | WINDOW_WRITE;
	pdpt[0] = (uint64_t)low | WINDOW_WRITE;
	pdpt[1] = (uint64_t)high | WINDOW_WRITE;
	pml4[0] = (uint64_t)pdpt | WINDOW_WRITE;
	__asm__ volatile("mov %0, %%cr3" : : "r"(pml4) : "memory");
}
