/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs at work on words that lie beside each other, all by locked
 * operations: one word is each one's own, one is both's, and every eighth time
 * both count in the middle of an object that may be watched.
 */
#include "ap64.h"
#include "guest.h"

enum { ROUNDS = 96, EVERY = 8, WATCHED = 16 };

volatile uint32_t ap_alive, ap_done;
struct {
	volatile uint32_t left;
	volatile uint32_t watched[WATCHED];
	volatile uint32_t right, shared;
} cells __attribute__((aligned(4096)));

static void count(volatile uint32_t *what)
{
	__sync_fetch_and_add(what, 1);
}

static void work(volatile uint32_t *own)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		count(own);
		count(&cells.shared);
		if (i % EVERY == 0)
			count(&cells.watched[3]);
	}
}

void ap_main(void)
{
	ap_alive = 1;
	work(&cells.left);
	ap_done = 1;
	for (;;)
		__asm__ volatile("pause");
}

void guest_main(void)
{
	guest_puts("hammer: start\n");
	start_ap(&ap_alive);
	work(&cells.right);
	while (!ap_done)
		;
	guest_report("left", cells.left);
	guest_report("right", cells.right);
	guest_report("shared", cells.shared);
	guest_report("watched", cells.watched[3]);
	guest_puts("hammer: end\n");
}
