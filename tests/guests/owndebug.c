/* SPDX-License-Identifier: MIT */
/*
 * A guest with its own int3, its own instruction breakpoint in DR0 and its
 * own single step.  It counts what reaches its handlers; a debugger outside
 * must change nothing of that.
 */
#include "desc64.h"
#include "guest.h"

#define RFLAGS_TF 0x100u
#define RFLAGS_RF 0x10000u
#define DR7_G0    0x2ul
#define DR6_B0    0x1ul
#define DR6_BS    0x4000ul
#define DR6_INIT  0xffff0ff0ul

volatile uint32_t int3s, exec_hits, single_steps, strange;
volatile uint64_t int3_rip, exec_rip;

static void target(void)
{
	__asm__ volatile("nop");
}

/* For the debugger: runs between the guest's own traps. */
static void elsewhere(void)
{
	__asm__ volatile("nop");
}

__attribute__((interrupt)) static void on_int3(struct desc_frame *frame)
{
	int3s = int3s + 1;
	int3_rip = frame->rip;
}

__attribute__((interrupt)) static void on_debug(struct desc_frame *frame)
{
	uint64_t dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" : : "r"(DR6_INIT));
	if (dr6 & DR6_B0) {
		exec_hits = exec_hits + 1;
		exec_rip = frame->rip;
		frame->rflags |= RFLAGS_RF;
	}
	if (dr6 & DR6_BS) {
		single_steps = single_steps + 1;
		if (single_steps % 5 == 0)
			frame->rflags &= ~(uint64_t)RFLAGS_TF;
	}
	if (!(dr6 & (DR6_B0 | DR6_BS)))
		strange = strange + 1;
}

static void own_int3(void)
{
	__asm__ volatile("int3\n\t"
			 ".globl after_own_int3\n"
			 "after_own_int3:");
}

static void own_exec(void)
{
	__asm__ volatile("mov %0, %%dr0" : : "r"(target));
	__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_G0 | 0x400));
	target();
	__asm__ volatile("mov %0, %%dr7" : : "r"(0x400ul));
}

static void own_step(void)
{
	__asm__ volatile("pushfq\n\t"
			 "orl $0x100, (%%rsp)\n\t"
			 "popfq\n\t"
			 "nop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop"
			 :
			 :
			 : "memory", "cc");
}

extern char after_own_int3[];

void guest_main(void)
{
	desc_init();
	desc_gate(1, (void (*)(void))on_debug, 0);
	desc_gate(3, (void (*)(void))on_int3, 0);
	guest_puts("owndebug: start\n");
	for (int i = 0; i < 3; i++) {
		own_int3();
		elsewhere();
		own_exec();
		elsewhere();
		own_step();
		elsewhere();
	}
	guest_report("int3s", int3s);
	guest_report("exec_hits", exec_hits);
	guest_report("single_steps", single_steps);
	guest_report("strange", strange);
	guest_report("int3_rip_ok", int3_rip == (uint64_t)after_own_int3);
	guest_report("exec_rip_ok", exec_rip == (uint64_t)target);
	guest_puts("owndebug: end\n");
}
