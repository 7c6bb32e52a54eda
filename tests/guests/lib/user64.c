/* SPDX-License-Identifier: MIT */
#include "user64.h"

#include "desc64.h"

#include <stdint.h>

#define PAGE_PRESENT 0x1
#define PAGE_WRITE   0x2
#define PAGE_USER    0x4
#define PAGE_LARGE   0x80
#define LARGE_SIZE   0x200000ul
#define USER_FIRST   2u /* 0x400000 */
#define USER_COUNT   2u
#define RFLAGS_IF    0x202

static uint64_t pml4[512] __attribute__((aligned(4096)));
static uint64_t pdpt[512] __attribute__((aligned(4096)));
static uint64_t pd[512] __attribute__((aligned(4096)));

void user_paging(void)
{
	for (unsigned i = 0; i < 512; i++) {
		uint64_t user = i >= USER_FIRST && i < USER_FIRST + USER_COUNT;

		pd[i] = i * LARGE_SIZE | PAGE_LARGE | PAGE_WRITE |
			PAGE_PRESENT | (user ? PAGE_USER : 0);
	}
	pdpt[0] = (uint64_t)pd | PAGE_USER | PAGE_WRITE | PAGE_PRESENT;
	pml4[0] = (uint64_t)pdpt | PAGE_USER | PAGE_WRITE | PAGE_PRESENT;
	__asm__ volatile("mov %0, %%cr3" : : "r"(pml4) : "memory");
}

_Noreturn void enter_user(void (*entry)(void), void *stack)
{
	__asm__ volatile("xorl %%eax, %%eax\n\t"
			 "pushq %0\n\t"
			 "pushq %1\n\t"
			 "pushq %2\n\t"
			 "pushq %3\n\t"
			 "pushq %4\n\t"
			 "iretq"
			 :
			 : "i"(SEL_USER_DATA), "r"(stack), "i"(RFLAGS_IF),
			   "i"(SEL_USER_CODE), "r"(entry)
			 : "rax", "memory");
	__builtin_unreachable();
}
