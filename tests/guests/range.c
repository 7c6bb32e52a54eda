/* SPDX-License-Identifier: MIT */
/*
 * Loops of one line each, to be gone over by `next` in one packet, with a timer
 * that interrupts all the time.
 */
#include "desc64.h"
#include "guest.h"

volatile uint32_t turns = 200;
volatile uint32_t total, coarse, ticks;
volatile uint32_t stop;
volatile uint32_t reenter; /* so often the handler counts as well */

static void count(void);

__attribute__((interrupt)) static void on_timer(struct desc_frame *frame)
{
	(void)frame;
	ticks = ticks + 1;
	if (reenter) {
		const uint32_t before = total;

		reenter = reenter - 1;
		count();
		total = before; /* whose store may be due */
	}
	timer_eoi();
}

/* A macro is one line, whatever its own. */
#define COUNT                                                     \
	for (uint32_t i = 0; i < turns; i++) {                    \
		__asm__ volatile(".globl in_loop\nin_loop: nop"); \
		total = total + 1;                                \
		coarse = total / 64;                              \
	}

#define WAIT while (!stop)

static void count(void)
{
	COUNT
	total = total + 1000; /* after the loop */
}

static void wait_for_stop(void)
{
	WAIT;
	total = total + 10000; /* after the wait */
}

void guest_main(void)
{
	__asm__ volatile("cli");
	desc_init();
	desc_gate(VECTOR_TIMER, (void (*)(void))on_timer, 0);
	guest_puts("range: start\n");
	timer_start(100);
	__asm__ volatile("sti");
	count();
	wait_for_stop();
	while (!ticks)
		;
	timer_stop();
	guest_report("total", total);
	guest_puts("range: ticked\n");
}
