/* SPDX-License-Identifier: MIT */
/* DR7.GD: the guest guards its own debug registers. */
#include "dr_log.h"

#define MOVE(name, insn)                                                      \
	uint64_t name(uint64_t value);                                        \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name \
		": movq %rdi, %rax\n.globl at_" #name "\nat_" #name ": " insn \
		"\n ret\n.size " #name ", . - " #name)

MOVE(read0, "mov %dr0, %rax");
MOVE(read6, "mov %dr6, %rax");
MOVE(read7, "mov %dr7, %rax");
MOVE(write1, "mov %rax, %dr1");
MOVE(write6, "mov %rax, %dr6");
MOVE(write7, "mov %rax, %dr7");
MOVE(write3_r9, "mov %rax, %r9\n.globl in_write3\nin_write3: mov %r9, %dr3");

void gd_exec(void);
__asm__(".text\n.globl gd_exec\n.type gd_exec, @function\n"
	"gd_exec: nop\n ret\n.size gd_exec, . - gd_exec\n");

/* Carried out by nobody: the handler goes round it. */
static void skip(struct dr_frame *frame, uint64_t dr6)
{
	(void)dr6;
	frame->rip += 3;
}

static void guard(void)
{
	dr_arm(DR7_GD);
}

void guest_main(void)
{
	dr_init();
	dr_scene("reads");
	dr_set0(0x123456789ab);
	guard();
	dr_value("dr0", read0(0));
	dr_value("dr0", read0(0));
	guard();
	dr_value("dr6", read6(0));
	guard();
	dr_value("dr7", read7(0));

	dr_scene("writes");
	guard();
	write1(0x1111);
	guard();
	write6(DR6_INIT);
	guard();
	write7(DR7_INIT | 0x100);
	guard();
	write3_r9(0x3333);
	dr_value("dr1", dr_get1());
	dr_value("dr3", dr_get3());
	dr_value("dr7", dr_get7());

	dr_scene("not carried out");
	dr_on_event = skip;
	guard();
	write1(0x2222);
	dr_value("dr1", dr_get1());
	dr_on_event = dr_default_hook;

	dr_scene("with a breakpoint");
	dr_reset();
	dr_set0((uint64_t)gd_exec);
	dr_arm(DR7_GD | DR7_G(0));
	gd_exec();
	dr_arm(DR7_GD | DR7_G(0));
	dr_value("dr0 ok", read0(0) == (uint64_t)gd_exec);
	gd_exec();
	dr_reset();
	dr_scene("over");
}
