/* SPDX-License-Identifier: MIT */
/* A guest that steps itself by RFLAGS.TF. */
#include "dr_log.h"

void tf_run(void);
void tf_into(void);
extern volatile uint64_t tf_image[2];
volatile uint64_t tf_image[2];

/* With TF on: each instruction from the one after POPF traps behind itself,
 * also the POPF that takes TF away again; INT does not, and its handler runs
 * with TF off. */
__asm__(".text\n.globl tf_run\n.type tf_run, @function\n"
	"tf_run: xorl %eax, %eax\n"
	" pushfq\n"
	" orl $0x100, (%rsp)\n"
	" popfq\n"
	".globl tf_0, tf_1, tf_2, tf_3, tf_4, tf_5, tf_6, tf_7, tf_8, tf_9\n"
	"tf_0: nop\n"
	"tf_1: incl %eax\n"
	"tf_2: pushfq\n"
	"tf_3: popq tf_image\n"
	"tf_4: int $0x30\n"
	"tf_5: incl %eax\n"
	"tf_6: pushfq\n"
	"tf_7: andl $~0x100, (%rsp)\n"
	"tf_8: popfq\n"
	"tf_9: nop\n"
	" pushfq\n"
	" popq tf_image + 8\n"
	" ret\n"
	".size tf_run, . - tf_run\n"
	/* The flags image of IRET brings TF. */
	".globl tf_into\n.type tf_into, @function\n"
	"tf_into: movl %ss, %eax\n"
	" pushq %rax\n"
	" leaq 8(%rsp), %rax\n"
	" pushq %rax\n"
	" pushfq\n"
	" orl $0x100, (%rsp)\n"
	" movl %cs, %eax\n"
	" pushq %rax\n"
	" pushq $into_0\n"
	" iretq\n"
	".globl into_0, into_1, into_2\n"
	"into_0: nop\n"
	"into_1: nop\n"
	"into_2: nop\n"
	" ret\n"
	".size tf_into, . - tf_into\n");

extern uint8_t into_1[], into_2[];

static void stop_at_into_2(struct dr_frame *frame, uint64_t dr6)
{
	(void)dr6;
	if (frame->rip == (uint64_t)into_2)
		frame->rflags &= ~RFLAGS_TF;
}

void guest_main(void)
{
	dr_init();
	dr_scene("popf");
	tf_run();
	dr_value("image with TF", tf_image[0]);
	dr_value("image without", tf_image[1]);
	dr_scene("iret");
	dr_on_event = stop_at_into_2;
	__asm__ volatile("call tf_into" : : : "rax", "memory", "cc");
	dr_scene("again");
	dr_on_event = dr_default_hook;
	tf_run();
	dr_value("image with TF", tf_image[0]);
	dr_value("image without", tf_image[1]);
	dr_scene("over");
}
