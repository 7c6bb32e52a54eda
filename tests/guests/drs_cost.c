/* SPDX-License-Identifier: MIT */
/*
 * What the debugger asks for: COST_MOVES moves to and from debug registers,
 * with nothing else that would exit; how late a breakpoint of the guest's own
 * is armed, in calls of the function that it is on; or hits of the guest's own
 * and of the debugger's without end.
 */
#include "dr_log.h"

#define COST_MOVES 1000u /* of 5 to a round */

enum { ASK_MOVES = 1, ASK_ARM, ASK_END, ASK_BUSY };

volatile uint32_t asked, done;
volatile uint32_t cost_moves = COST_MOVES;
volatile uint64_t late_calls, late_cycles;
static volatile uint64_t armed_at, seen_at;
/* In a page of its own. */
volatile uint32_t host_word[1024] __attribute__((aligned(4096)));
volatile uint32_t own_word, own_rounds, own_hits;
void co_exec(void);
void co_host(void);
__asm__(".text\n.globl co_exec\n.type co_exec, @function\n"
	"co_exec: nop\n ret\n.size co_exec, . - co_exec\n"
	".globl co_host\n.type co_host, @function\n"
	"co_host: nop\n ret\n.size co_host, . - co_host\n");

static uint64_t cycles(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static void moves(void)
{
	uint64_t before;

	for (unsigned i = 0; i < COST_MOVES / 5; i++) {
		before = dr_get6();
		dr_set6(before);
		dr_set1(i);
		before = dr_get1();
		dr_set7(DR7_INIT);
		if (before != i)
			guest_end(GUEST_FAILED);
	}
}

static void on_event(struct dr_frame *frame, uint64_t dr6)
{
	seen_at = cycles();
	own_hits++;
	dr_default_hook(frame, dr6);
}

static void late(void)
{
	dr_set0((uint64_t)co_exec);
	seen_at = late_calls = 0;
	armed_at = cycles();
	dr_set7(DR7_INIT | DR7_G(0));
	while (!seen_at) {
		late_calls++;
		co_exec();
	}
	late_cycles = seen_at - armed_at;
	dr_set7(DR7_INIT);
}

static void busy(uint32_t now)
{
	own_hits = own_rounds = 0;
	while (asked == now) {
		dr_set0((uint64_t)co_exec);
		dr_set1((uint64_t)&own_word);
		dr_arm(DR7_G(0) | DR7_L(1) | DR7_KIND(1, DR7_W4));
		co_exec();
		own_word = 1;
		dr_set7(DR7_INIT);
		dr_forget();
		own_rounds++;
		host_word[0]++;
		co_host();
	}
}

void guest_main(void)
{
	dr_init();
	dr_on_event = on_event;
	for (;;) {
		uint32_t now;

		while ((now = asked) == done)
			__asm__ volatile("pause");
		if ((now & 0xf) == ASK_MOVES)
			moves();
		else if ((now & 0xf) == ASK_ARM)
			late();
		else if ((now & 0xf) == ASK_BUSY)
			busy(now);
		else
			break;
		done = now;
	}
	guest_puts("\ncost: end\n");
}
