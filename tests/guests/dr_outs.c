/* SPDX-License-Identifier: MIT */
/* The guest's breakpoint on an instruction that KVM emulates. */
#include "dr_log.h"

uint8_t ou_buffer[64] __attribute__((aligned(4096)));
void ou_run(void);
extern uint8_t at_outs[], behind_outs[];

__asm__(".text\n.globl ou_run\n.type ou_run, @function\n"
	"ou_run: movl $3, %ecx\n"
	" movl $0x80, %edx\n"
	" movl $ou_buffer, %esi\n"
	".globl at_outs, behind_outs\n"
	"at_outs: rep outsb\n"
	"behind_outs: nop\n"
	" ret\n"
	".size ou_run, . - ou_run\n");

void guest_main(void)
{
	dr_init();
	dr_scene("outs");
	dr_set0((uint64_t)at_outs);
	dr_set1((uint64_t)behind_outs);
	dr_arm(DR7_G(0));
	for (int i = 0; i < 3; i++)
		__asm__ volatile("call ou_run"
				 :
				 :
				 : "rcx", "rdx", "rsi", "memory", "cc");
	dr_arm(DR7_G(1));
	__asm__ volatile("call ou_run"
			 :
			 :
			 : "rcx", "rdx", "rsi", "memory", "cc");
	dr_reset();
	dr_scene("over");
}
