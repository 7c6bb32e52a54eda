/* SPDX-License-Identifier: MIT */
/* Watches, and the ways to touch memory that are easily forgotten. */
#include "dr_log.h"

#define CR4_DE 8ul

volatile uint64_t d3_words[8] __attribute__((aligned(4096)));
volatile uint64_t d3_stack[64] __attribute__((aligned(4096)));

void d3_none(void);
void d3_exchange(void);
void d3_memory(void);
void d3_frames(void);
void d3_iret(void);
void d3_straddle(void);
void d3_rep(void);
void d3_then(void);
void d3_port(void);
extern uint8_t d_then[];

static void cr4_de(uint64_t on)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 = (cr4 & ~CR4_DE) | on;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
}

/* An execution breakpoint must be told to go on, a trap must not: RF would
 * hide the breakpoint behind. */
static void rf_for_exec(struct dr_frame *frame, uint64_t dr6)
{
	if (dr6 & 8)
		frame->rflags |= RFLAGS_RF;
}

static void ports(uint64_t de)
{
	cr4_de(de);
	dr_set0(0x80);
	dr_set1((uint64_t)&d3_words[0]);
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_KIND(0, 0x2) | DR7_KIND(1, 0xe));
	d3_port();
	dr_reset();
	cr4_de(0);
}

void guest_main(void)
{
	dr_init();
	dr_on_event = rf_for_exec;
	dr_set0((uint64_t)&d3_words[0]);
	dr_arm(DR7_G(0) | DR7_KIND(0, DR7_RW8));
	dr_scene("no access");
	d3_none();
	dr_scene("exchanges");
	d3_exchange();
	dr_scene("memory to memory");
	d3_memory();
	dr_scene("writes only");
	dr_arm(DR7_L(0) | DR7_KIND(0, DR7_W8));
	d3_exchange();
	d3_memory();
	dr_reset();
	dr_scene("stack");
	dr_set2((uint64_t)&d3_stack[30]);
	dr_arm(DR7_L(2) | DR7_G(2) | DR7_KIND(2, DR7_RW8));
	d3_frames();
	d3_iret();
	dr_reset();
	dr_scene("straddling");
	dr_set0((uint64_t)&d3_words[0]);
	dr_set1((uint64_t)&d3_words[1]);
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_KIND(0, DR7_RW8) |
	       DR7_KIND(1, DR7_W8));
	d3_straddle();
	dr_reset();
	dr_scene("one of many");
	dr_set2((uint64_t)&d3_words[3]);
	dr_arm(DR7_G(2) | DR7_KIND(2, DR7_W8));
	d3_rep();
	dr_value("last", d3_words[5]);
	dr_reset();
	dr_scene("a breakpoint behind");
	dr_set1((uint64_t)&d3_words[0]);
	dr_set3((uint64_t)d_then);
	dr_arm(DR7_G(1) | DR7_G(3) | DR7_KIND(1, DR7_RW4));
	d3_then();
	dr_reset();
	dr_scene("ports, and no CR4.DE");
	ports(0);
	dr_scene("ports");
	ports(CR4_DE);
	dr_scene("over");
}
