/* SPDX-License-Identifier: MIT */
/* Exactly LAPS stores to one cell and calls of one function, and the guest
 * says how many. */
#include "guest.h"

#define LAPS 250

volatile uint32_t cell __attribute__((aligned(8)));
volatile uint32_t calls __attribute__((aligned(64)));
volatile uint32_t laps = LAPS;

static void lap(void)
{
	calls = calls + 1;
}

void guest_main(void)
{
	guest_puts("count: start\n");
	for (uint32_t i = 0; i < laps; i++) {
		lap();
		cell = i + 1;
	}
	guest_report("stores", cell);
	guest_report("calls", calls);
}
