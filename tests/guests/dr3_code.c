/* SPDX-License-Identifier: MIT */
/* Breakpoints on instructions that are special, and behind them; RF. */
#include "dr_log.h"

#define WINDOW 0x40000000ul

volatile uint8_t c3_page[4096] __attribute__((aligned(4096)));
volatile uint64_t c3_count;
volatile uint16_t c3_selector __attribute__((aligned(4096))) = SEL_KERNEL_DATA;

void c3_special(void);
void c3_prefix(void);
void c3_fault(void);
extern uint8_t c_rdmsr[], c_wrmsr[], c_movss[], c_popf[], c_iret[],
    c_returned[], c_rep[], c_behind_rep[], c_back[], c_cr0[], c_cli[],
    c_icebp[], c_shadow[], c_lit[], c_prefix[], c_after[], c_load[], c_loaded[],
    c_behind_icebp[];

static uint64_t directory[512] __attribute__((aligned(4096)));
static uint64_t pages[512] __attribute__((aligned(4096)));

/* c3_page once more, in a page of its own. */
static void map_window(uint64_t present)
{
	uint64_t *pml4;

	__asm__ volatile("mov %%cr3, %0" : "=r"(pml4));
	pages[0] = (uint64_t)c3_page | 2 | present;
	directory[0] = (uint64_t)pages | 3;
	((uint64_t *)(pml4[0] & ~0xffful))[1] = (uint64_t)directory | 3;
	__asm__ volatile("invlpg (%0)" : : "r"(WINDOW) : "memory");
}

/* Brings the page back; RF of the frame is as the fault left it. */
static void bring_back(struct dr_frame *frame, uint64_t dr6)
{
	if (frame->vector == 14)
		map_window(1);
	else if (dr6 & 0xf)
		frame->rflags |= RFLAGS_RF;
}

/* As dr_init() does: what a debugger does to pages may cost exits. */
static void touch(void)
{
	c3_page[0] = c3_page[0];
	c3_count = 0;
}

static void pair(const uint8_t *first, const uint8_t *second)
{
	dr_set0((uint64_t)first);
	dr_set1((uint64_t)second);
	dr_arm(DR7_G(0) | DR7_L(1));
	c3_special();
	dr_scene("next");
}

void guest_main(void)
{
	dr_init();
	dr_scene("special ones");
	pair(c_rdmsr, c_wrmsr);
	pair(c_movss, c_popf);
	pair(c_iret, c_returned);
	pair(c_rep, c_behind_rep);
	pair(c_back, c_cr0);
	pair(c_cli, c_icebp);
	pair(c_behind_icebp, c_lit);
	dr_reset();
	dr_scene("a prefix");
	dr_set0((uint64_t)c_prefix);
	dr_set1((uint64_t)c_prefix + 1);
	dr_set2((uint64_t)c_after);
	dr_set3((uint64_t)c_after + 1);
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_G(2) | DR7_G(3));
	touch();
	c3_prefix();
	dr_reset();
	dr_on_event = bring_back;
	dr_scene("a page that comes back");
	dr_set0((uint64_t)c_load);
	dr_set1((uint64_t)c_loaded);
	dr_arm(DR7_G(0) | DR7_G(1));
	map_window(0);
	touch();
	c3_fault();
	dr_reset();
	dr_scene("over");
}
