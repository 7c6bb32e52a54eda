/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs: the first starts the second by INIT-SIPI-SIPI, then both work,
 * each on words of its own and one that only the second writes.  Both spin
 * with interrupts on.
 */
#include "ap64.h"
#include "guest.h"

volatile uint32_t ap_alive, ap_worked;
volatile uint32_t go = 1; /* 0: the second CPU waits */
volatile uint32_t stop;
volatile uint64_t bsp_beats __attribute__((aligned(64)));
volatile uint64_t ap_beats __attribute__((aligned(64)));
volatile uint32_t ap_word __attribute__((aligned(64)));
volatile uint32_t both_calls __attribute__((aligned(64)));

static void both(void)
{
	__sync_fetch_and_add(&both_calls, 1);
}

static void ap_work(void)
{
	ap_word = ap_word + 1;
}

static void ap_beat(void)
{
	ap_beats = ap_beats + 1;
}

static void ap_spin(void)
{
	while (!stop)
		ap_beat();
}

void ap_main(void)
{
	ap_alive = 1;
	while (!go)
		;
	for (int i = 0; i < 3; i++)
		ap_work();
	both();
	ap_worked = 1;
	ap_spin();
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void bsp_beat(void)
{
	bsp_beats = bsp_beats + 1;
}

static void bsp_spin(void)
{
	while (!stop)
		bsp_beat();
}

void guest_main(void)
{
	guest_puts("smp: start\n");
	start_ap(&ap_alive);
	guest_puts("smp: second CPU is alive\n");
	both();
	bsp_spin();
	while (!ap_worked)
		;
	guest_report("ap_word", ap_word);
	guest_report("both_calls", both_calls);
	guest_puts("smp: end\n");
}
