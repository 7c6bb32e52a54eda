/* SPDX-License-Identifier: MIT */
/* A disabled register whose address was written after DR7 was: what it shows
 * in the guest's own step. */
#include "dr_log.h"

void la_step(void);
extern const char la_1[];

__asm__(".text\n.globl la_step\n.type la_step, @function\n"
	"la_step: pushfq\n"
	" orl $0x100, (%rsp)\n"
	" popfq\n"
	" nop\n"
	".globl la_1, la_2, la_3, la_4\n"
	"la_1: pushfq\n"
	"la_2: andl $~0x100, (%rsp)\n"
	"la_3: popfq\n"
	"la_4: ret\n.size la_step, . - la_step\n");

void guest_main(void)
{
	dr_init();
	dr_scene("written since");
	dr_reset();
	dr_set1((uint64_t)la_1);
	la_step();
	dr_reset();
	dr_scene("over");
}
