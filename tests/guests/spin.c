/* SPDX-License-Identifier: MIT */
/* Spins with interrupts on until somebody sets `stop`. */
#include "guest.h"

volatile uint32_t stop;
volatile uint64_t beats;

static void beat(void)
{
	beats = beats + 1;
}

static void spin(void)
{
	while (!stop)
		beat();
}

void guest_main(void)
{
	guest_puts("spin: start\n");
	spin();
	guest_puts("spin: stopped by hand\n");
}
