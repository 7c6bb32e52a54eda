/* SPDX-License-Identifier: MIT */
/* DR6 as it grows when no handler sets it back. */
#include "dr_log.h"

void st_step(void);
void st_exec(void);
void st_store(void);
volatile uint32_t st_cell __attribute__((aligned(4096)));

__asm__(".text\n.globl st_step\n.type st_step, @function\n"
	"st_step: pushfq\n orl $0x100, (%rsp)\n popfq\n"
	"nop\n.globl st_step_1\n"
	"st_step_1: nop\n ret\n.size st_step, . - st_step\n"
	".globl st_exec\n.type st_exec, @function\n"
	"st_exec: nop\n ret\n.size st_exec, . - st_exec\n"
	".globl st_store\n.type st_store, @function\n"
	"st_store: incl st_cell\n.globl after_st_store\n"
	"after_st_store: nop\n ret\n.size st_store, . - st_store\n");

static void end_tf(struct dr_frame *frame, uint64_t dr6)
{
	frame->rflags &= ~RFLAGS_TF;
	dr_default_hook(frame, dr6);
}

static void bs_and_others(void)
{
	dr_on_event = end_tf;
	st_step();
	dr_sync();
	dr_value("dr6", dr_get6());
	dr_on_event = dr_default_hook;
	st_exec();
	dr_sync();
	dr_value("dr6", dr_get6());
	st_store();
	dr_sync();
	dr_value("dr6", dr_get6());
	st_exec();
	dr_sync();
	dr_value("dr6", dr_get6());
}

void guest_main(void)
{
	dr_init();
	dr_keep_dr6 = 1;
	dr_set0((uint64_t)st_exec);
	dr_set1((uint64_t)&st_cell);
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_KIND(1, DR7_W4));
	dr_scene("from the reset value");
	bs_and_others();
	dr_scene("from all bits");
	dr_set6(0xffffefff);
	dr_sync();
	bs_and_others();
	dr_reset();
	dr_scene("over");
}
