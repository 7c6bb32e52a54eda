/* SPDX-License-Identifier: MIT */
/* Traps that MOV SS holds back over instructions that end its shadow; frames of
 * events on a watched stack; DR7.GD; RF over interrupts. */
#include "dr_log.h"

#define STACK_TOP 256 /* words */

void f3_ss_syscall(void);
void f3_ss_ud(void);
void f3_ss_cpuid(void);
void f3_ss_in(void);
void f3_ss_popf(void);
void f3_entry(void);
void f3_int(void);
void f3_page_fault(void);
void f3_loop(void);
void f3_ss_gd(void);
void f3_gd_icebp(void);
void f3_timer(void);
extern uint8_t f_loop[], ss_gd_end[];
volatile uint16_t f3_selector __attribute__((aligned(4096))) = SEL_KERNEL_DATA;
volatile uint64_t f3_stack[512] __attribute__((aligned(4096)));

static volatile uint64_t hits;

static void count(struct dr_frame *frame, uint64_t dr6)
{
	if (dr6 & 0xf)
		frame->rflags |= RFLAGS_RF;
	hits++;
	dr_forget();
}

static void until_end(struct dr_frame *frame, uint64_t dr6)
{
	(void)dr6;
	if (frame->rip == (uint64_t)ss_gd_end)
		frame->rflags &= ~RFLAGS_TF;
}

static void guarded(void)
{
	dr_on_event = until_end;
	dr_arm(DR7_GD);
	f3_ss_gd();
	dr_value("dr7", dr_get7());
	dr_scene("ICEBP, and DR7.GD");
	dr_arm(DR7_GD);
	f3_gd_icebp();
	dr_value("dr7", dr_get7());
	dr_reset();
}

static void shadows(void)
{
	dr_set0((uint64_t)&f3_selector);
	dr_arm(DR7_G(0) | DR7_KIND(0, DR7_RW2));
	f3_ss_syscall();
	dr_scene("MOV SS, UD2");
	f3_ss_ud();
	dr_scene("MOV SS, CPUID");
	f3_ss_cpuid();
	dr_scene("MOV SS, IN");
	f3_ss_in();
	dr_scene("MOV SS, POPF");
	f3_ss_popf();
	dr_reset();
}

static void frames(void)
{
	dr_set1((uint64_t)&f3_stack[STACK_TOP - 1]);
	dr_arm(DR7_G(1) | DR7_KIND(1, DR7_W8));
	f3_int();
	dr_scene("#PF on it");
	f3_page_fault();
	dr_reset();
}

void guest_main(void)
{
	dr_init();
	desc_gate(VECTOR_TIMER, f3_timer, 0);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (uint64_t)SEL_KERNEL_CODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)f3_entry);
	wrmsr(MSR_FMASK, 0);
	dr_scene("MOV SS, SYSCALL");
	shadows();
	dr_scene("INT on a watched stack");
	frames();
	dr_scene("MOV SS, and DR7.GD");
	guarded();
	dr_scene("interrupts");
	dr_on_event = count;
	dr_set2((uint64_t)f_loop);
	dr_arm(DR7_G(2));
	timer_start(1000);
	f3_loop();
	timer_stop();
	dr_reset();
	dr_value("hits", hits);
	dr_scene("over");
}
