/* SPDX-License-Identifier: MIT */
/* The guest's breakpoints on instructions that leave the guest. */
#include "dr_log.h"

#define TARGET(name, insn)                                                  \
	void name(void);                                                    \
	extern uint8_t at_##name[], behind_##name[];                        \
	__asm__(                                                            \
	    ".text\n.globl " #name "\n.type " #name ", @function\n" #name   \
	    ": pushq %rbx\n xorl %eax, %eax\n xorl %ecx, %ecx\n"            \
	    " movl $0x80, %edx\n movl $xt_buffer, %esi\n movl %esi, %edi\n" \
	    ".globl at_" #name "\nat_" #name ": " insn                      \
	    "\n.globl behind_" #name "\nbehind_" #name                      \
	    ": nop\n popq %rbx\n xorl %eax, %eax\n ret\n"                   \
	    ".size " #name ", . - " #name)

uint8_t xt_buffer[64] __attribute__((aligned(4096)));

TARGET(do_cpuid, "cpuid");
TARGET(do_out, "outb %al, %dx");
TARGET(do_in, "inb %dx, %al");
TARGET(do_wrcr, "movq %cr4, %rax\n movq %rax, %cr4");

static void one(const char *name, void (*run)(void), uint8_t *at,
		uint8_t *behind)
{
	dr_scene(name);
	dr_set0((uint64_t)at);
	dr_set1((uint64_t)behind);
	dr_arm(DR7_G(0));
	run();
	run();
	dr_arm(DR7_G(1));
	run();
}

void guest_main(void)
{
	dr_init();
	one("cpuid", do_cpuid, at_do_cpuid, behind_do_cpuid);
	one("out", do_out, at_do_out, behind_do_out);
	one("in", do_in, at_do_in, behind_do_in);
	/* there are KVMs that leave RF set behind an instruction of these */
	dr_scene("in, both");
	dr_arm(DR7_G(0) | DR7_G(1));
	do_in();
	one("mov cr4", do_wrcr, at_do_wrcr, behind_do_wrcr);
	dr_reset();
	dr_scene("over");
}
