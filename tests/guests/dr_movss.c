/* SPDX-License-Identifier: MIT */
/* MOV SS holds debug traps back for one instruction (SDM vol. 3, 6.8.3). */
#include "dr_log.h"

void ms_plain(void);
void ms_int(void);
void ms_tf(void);
void ms_exec(void);
volatile uint16_t ms_selector __attribute__((aligned(4096))) = SEL_KERNEL_DATA;

__asm__(".text\n.globl ms_plain\n.type ms_plain, @function\n"
	".globl ms_1, ms_2, ms_3, ms_i1, ms_i2, ms_t1, ms_t2, ms_t3\n"
	"ms_plain: movw ms_selector, %ss\n"
	"ms_1: nop\n"
	"ms_2: nop\n"
	"ms_3: ret\n"
	".size ms_plain, . - ms_plain\n"
	".globl ms_int\n.type ms_int, @function\n"
	"ms_int: movw ms_selector, %ss\n"
	"ms_i1: int $0x30\n"
	"ms_i2: ret\n"
	".size ms_int, . - ms_int\n"
	".globl ms_tf\n.type ms_tf, @function\n"
	"ms_tf: movl %ss, %eax\n pushfq\n orl $0x100, (%rsp)\n popfq\n"
	" movl %eax, %ss\n"
	"ms_t1: nop\n"
	"ms_t2: nop\n"
	"ms_t3: ret\n"
	".size ms_tf, . - ms_tf\n");

extern uint8_t ms_1[], ms_2[];

static void end_tf(struct dr_frame *frame, uint64_t dr6)
{
	frame->rflags &= ~RFLAGS_TF;
	dr_default_hook(frame, dr6);
}

void guest_main(void)
{
	dr_init();
	dr_set0((uint64_t)&ms_selector);
	dr_scene("load of SS");
	dr_arm(DR7_G(0) | DR7_KIND(0, DR7_RW2));
	ms_plain();
	ms_plain();
	dr_scene("then INT");
	ms_int();
	ms_int();
	dr_scene("breakpoint behind");
	dr_set1((uint64_t)ms_1);
	dr_arm(DR7_G(1));
	ms_plain();
	dr_scene("breakpoint two behind");
	dr_set1((uint64_t)ms_2);
	dr_arm(DR7_G(1));
	ms_plain();
	dr_scene("step");
	dr_reset();
	dr_on_event = end_tf;
	__asm__ volatile("call ms_tf" : : : "rax", "cc", "memory");
	dr_scene("over");
}
