/* SPDX-License-Identifier: MIT */
/*
 * Ends in one of several ways, as `how` says; it is 0 after each start, and
 * leaves traces in memory and in registers that must be gone then.
 */
#include "guest.h"

enum { EXIT, PORT, KEYBOARD, TRIPLE_FAULT };

volatile uint32_t how;
volatile uint32_t starts; /* of this life: 1 */
volatile uint64_t trace[512];

static void ready(void)
{
	starts = starts + 1;
	trace[100] = trace[100] + 1;
}

static void triple_fault(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	__asm__ volatile("lidt %0; ud2" : : "m"(none));
}

static void leave(void)
{
	switch (how) {
	case PORT:
		outb(0xcf9, 6);
		break;
	case KEYBOARD:
		outb(0x64, 0xfe);
		break;
	case TRIPLE_FAULT:
		triple_fault();
		break;
	default:
		return;
	}
	for (;;)
		;
}

void guest_main(void)
{
	guest_puts("reset: start\n");
	__asm__ volatile("mov %0, %%dr0; mov %1, %%dr3"
			 :
			 : "r"(0x1234ul), "r"(0x5678ul));
	ready();
	leave();
	guest_report("starts", starts);
	guest_report("trace", trace[100]);
}
