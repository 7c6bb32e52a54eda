/* SPDX-License-Identifier: MIT */
/* The part that the 32-bit guests share: a variable that is written and read
 * through HIGH_WINDOW, an alias of low memory where there is paging. */
#ifndef COMMON32_H
#define COMMON32_H

#include "guest.h"

extern uint32_t multiboot_magic;

volatile uint32_t shared __attribute__((aligned(64)));
volatile uint32_t *alias = &shared;
volatile uint32_t rounds = 3;

static void touch(uint32_t value)
{
	*alias = *alias + value;
}

static void rest(void)
{
	__asm__ volatile("nop");
}

static inline void common32_run(const char *name)
{
	guest_puts(name);
	guest_puts(": start\n");
	if (multiboot_magic != 0x2badb002)
		guest_end(GUEST_FAILED);
	for (uint32_t i = 0; i < rounds; i++) {
		touch(0x10);
		rest();
	}
	guest_report("shared", shared);
	guest_puts(name);
	guest_puts(": end\n");
}

#endif
