/* SPDX-License-Identifier: MIT */
/* The rules of MOV DR, beside a host's request that keeps its register: the
 * guest leaves two free.  SDM vol. 2, MOV DR; vol. 3, 18.2. */
#include "dr_log.h"
#include "dr_move.h"

MOVE(read6, "mov %dr6, %rax");

void ru_step(void);
void ru_exec(void);
void ru_move(void);
void ru_next(void);
__asm__(".text\n.globl ru_step, ru_1, ru_2, ru_3, ru_4, ru_5, ru_6, ru_7\n"
	".type ru_step, @function\n"
	"ru_step: pushfq\n"
	" orl $0x100, (%rsp)\n"
	" popfq\n"
	" nop\n"
	"ru_1: mov %dr6, %rax\n"
	"ru_2: mov %dr1, %rax\n"
	"ru_3: mov %rax, %dr1\n"
	"ru_4: pushfq\n"
	"ru_5: andl $~0x100, (%rsp)\n"
	"ru_6: popfq\n"
	"ru_7: ret\n.size ru_step, . - ru_step\n"
	".globl ru_exec, ru_move, ru_next\n.type ru_exec, @function\n"
	"ru_exec: xorl %eax, %eax\n"
	"ru_move: mov %dr1, %rax\n"
	"ru_next: nop\n"
	" ret\n.size ru_exec, . - ru_exec\n");

static void cr4_de(uint64_t on)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 = (cr4 & ~CR4_DE) | on;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
}

static void four_and_five(void)
{
	dr_value("write4", write4(0xffff4ff0));
	dr_value("dr4", read4(0));
	dr_value("write5", write5(0x00d00400));
	dr_value("dr5", read5(0));
	dr_value("dr6", dr_get6());
	dr_value("dr7", dr_get7());
}

void guest_main(void)
{
	dr_init();
	dr_scene("alias");
	cr4_de(0);
	four_and_five();
	dr_reset();
	dr_scene("no alias");
	cr4_de(CR4_DE);
	four_and_five();
	cr4_de(0);
	dr_scene("high bits");
	dr_value("high6", write6(0x100000000 | DR6_INIT));
	dr_value("high7", write7(0x8000000000000000 | DR7_INIT));
	dr_value("dr6", dr_get6());
	dr_value("dr7", dr_get7());
	dr_scene("no such register");
	dr_value("dr8", read8(0));
	dr_value("lock", lock_read0(0));
	dr_scene("fixed bits");
	dr_value("write6", write6(0));
	dr_value("ones", read6(0));
	dr_value("write7", write7(0xffff0000));
	dr_value("fields", dr_get7());
	dr_reset();
	dr_scene("a step over each");
	ru_step();
	/* with RF, which it clears as any instruction does */
	dr_scene("a breakpoint on one, and behind it");
	dr_set0((uint64_t)ru_move);
	dr_set1((uint64_t)ru_next);
	dr_arm(DR7_G(0) | DR7_G(1));
	ru_exec();
	dr_reset();
	dr_scene("over");
}
