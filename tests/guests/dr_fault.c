/* SPDX-License-Identifier: MIT */
/* Faults and traps of other kinds: their frames are the guest's alone. */
#include "dr_log.h"

#define UNMAPPED 0x700000000000ul

#define FAULT(name, insn)                                                     \
	void name(void);                                                      \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name \
		": movq $after_" #name ", dr_resume_at\n xorl %eax, %eax\n"   \
		" movabsq $0x700000000000, %rdx\n"                            \
		".globl at_" #name "\nat_" #name ": " insn                    \
		"\n.globl after_" #name "\nafter_" #name                      \
		": incl %eax\n ret\n.size " #name ", . - " #name)

FAULT(do_ud, "ud2");
FAULT(do_pf_read, "movl (%rdx), %eax");
FAULT(do_pf_write, "movl %eax, (%rdx)");
FAULT(do_gp, "movl $0x80000000, %ecx\n.globl do_rdmsr\ndo_rdmsr: rdmsr");
FAULT(do_int3, "int3");
FAULT(do_soft, "int $0x30");
FAULT(do_icebp, ".byte 0xf1");
FAULT(do_pushf, "pushfq\n popq %rax");
FAULT(do_movss, "movl %ss, %eax\n movl %eax, %ss\n pushfq\n popq %rax");

static void all(void)
{
	do_ud();
	do_pf_read();
	do_pf_write();
	do_gp();
	do_int3();
	do_soft();
	do_icebp();
	do_pushf();
	do_movss();
}

void fault_start(void);
void fault_start(void)
{
	all();
}

void guest_main(void)
{
	dr_init();
	dr_scene("nothing armed");
	fault_start();
	dr_scene("breakpoints on each");
	dr_set0((uint64_t)do_ud);
	dr_set1((uint64_t)do_pf_read);
	dr_set2((uint64_t)do_int3);
	dr_set3((uint64_t)do_soft);
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_G(2) | DR7_G(3));
	all();
	dr_reset();
	dr_scene("over");
}
