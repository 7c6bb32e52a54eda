/* SPDX-License-Identifier: MIT */
/* The guest steps itself over instructions that leave the guest, that KVM's
 * emulator carries out, and into the shadows of STI and MOV SS. */
#include "dr_log.h"

void s3_exits(void);
void s3_string(void);
void s3_sti(void);
void s3_hlt(void);
void s3_ss_icebp(void);
void s3_ss_cpuid(void);
void s3_icebp(void);
void s3_iret(void);
void s3_timer(void);
extern uint8_t exits_end[], string_end[], sti_end[], hlt_end[], ss_icebp_end[],
    ss_cpuid_end[], icebp_end[], iret_end[];
volatile uint8_t s3_bytes[8] __attribute__((aligned(4096)));

static volatile uint64_t last;

static void until_last(struct dr_frame *frame, uint64_t dr6)
{
	if (dr6 & 0xf)
		frame->rflags |= RFLAGS_RF;
	if (frame->rip == last)
		frame->rflags &= ~RFLAGS_TF;
}

static void one(const char *name, void (*run)(void), const uint8_t *end)
{
	dr_scene(name);
	last = (uint64_t)end;
	run();
}

static void all(void)
{
	one("instructions that exit", s3_exits, exits_end);
	one("strings", s3_string, string_end);
	one("STI", s3_sti, sti_end);
	timer_start(100);
	one("STI, HLT", s3_hlt, hlt_end);
	timer_stop();
	one("MOV SS, ICEBP", s3_ss_icebp, ss_icebp_end);
	one("MOV SS, CPUID", s3_ss_cpuid, ss_cpuid_end);
	one("ICEBP", s3_icebp, icebp_end);
	one("IRET", s3_iret, iret_end);
}

void guest_main(void)
{
	dr_init();
	desc_gate(VECTOR_TIMER, s3_timer, 0);
	dr_on_event = until_last;
	all();
	dr_reset();
	dr_scene("over");
}
