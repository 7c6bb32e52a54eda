/* SPDX-License-Identifier: MIT */
/*
 * Lines that call functions of another file, to be gone over by `next`, with a
 * timer whose interrupt comes in every one of them.
 */
#include "lines.h"

#include "desc64.h"
#include "guest.h"

#define LAPS 30

volatile uint32_t ticks, sum;

__attribute__((interrupt)) static void on_timer(struct desc_frame *frame)
{
	(void)frame;
	ticks = ticks + 1; /* in the handler */
	timer_eoi();
}

static void walk(void)
{
	for (uint32_t lap = 0; lap < LAPS; lap++) {
		sum = lines_wait(sum);
		sum = lines_add(sum, lap);
	}
}

void guest_main(void)
{
	__asm__ volatile("cli");
	desc_init();
	desc_gate(VECTOR_TIMER, (void (*)(void))on_timer, 0);
	guest_puts("lines: start\n");
	timer_start(200);
	__asm__ volatile("sti");
	walk();
	timer_stop();
	guest_report("sum", sum);
	guest_puts(ticks >= LAPS ? "lines: ticked\n" : "lines: few ticks\n");
}
