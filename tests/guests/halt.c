/* SPDX-License-Identifier: MIT */
/* Lies in HLT; with `ticking` the PIT wakes it, without nothing ever does. */
#include "desc64.h"
#include "guest.h"

volatile uint32_t ticking;
volatile uint32_t stop;
volatile uint32_t ticks;
volatile uint32_t wakes;

__attribute__((interrupt)) static void on_timer(struct desc_frame *frame)
{
	(void)frame;
	ticks = ticks + 1;
	timer_eoi();
}

static void idle(void)
{
	while (!stop) {
		__asm__ volatile("hlt");
		wakes = wakes + 1;
	}
}

void guest_main(void)
{
	desc_init();
	desc_gate(VECTOR_TIMER, (void (*)(void))on_timer, 0);
	guest_puts("halt: start\n");
	if (ticking)
		timer_start(100);
	idle();
	timer_stop();
	guest_puts(ticks ? "halt: ticked\n" : "halt: never ticked\n");
}
