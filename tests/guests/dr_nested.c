/* SPDX-License-Identifier: MIT */
/* Debug exceptions inside handlers, and several causes at once. */
#include "dr_log.h"

void ne_exec(void);
void ne_inner(void);
void ne_store(void);
void ne_soft(void);
void ne_step_store(void);
void ne_step_exec(void);
volatile uint32_t ne_cell __attribute__((aligned(4096)));

__asm__(".text\n.globl ne_exec\n.type ne_exec, @function\n"
	"ne_exec: nop\n ret\n.size ne_exec, . - ne_exec\n"
	".globl ne_inner\n.type ne_inner, @function\n"
	"ne_inner: nop\n ret\n.size ne_inner, . - ne_inner\n"
	".globl ne_store\n.type ne_store, @function\n"
	"ne_store: incl ne_cell\n.globl after_ne_store\n"
	"after_ne_store: nop\n ret\n.size ne_store, . - ne_store\n"
	".globl ne_soft\n.type ne_soft, @function\n"
	"ne_soft: int $0x30\n.globl after_ne_soft\n"
	"after_ne_soft: ret\n.size ne_soft, . - ne_soft\n"
	".globl ne_step_store\n.type ne_step_store, @function\n"
	"ne_step_store: pushfq\n orl $0x100, (%rsp)\n popfq\n"
	"incl ne_cell\n.globl ne_stepped\n"
	"ne_stepped: nop\n ret\n.size ne_step_store, . - ne_step_store\n"
	".globl ne_step_exec\n.type ne_step_exec, @function\n"
	"ne_step_exec: pushfq\n orl $0x100, (%rsp)\n popfq\n nop\n"
	".globl ne_stepped_on\n"
	"ne_stepped_on: nop\n nop\n ret\n"
	".size ne_step_exec, . - ne_step_exec\n");

extern uint8_t ne_stepped_on[];

static void store_in_soft(struct dr_frame *frame, uint64_t dr6)
{
	if (frame->vector == VECTOR_SOFT)
		ne_store();
	else
		dr_default_hook(frame, dr6);
}

static void exec_in_soft(struct dr_frame *frame, uint64_t dr6)
{
	if (frame->vector == VECTOR_SOFT)
		ne_exec();
	else
		dr_default_hook(frame, dr6);
}

static void store_in_db(struct dr_frame *frame, uint64_t dr6)
{
	if (dr6 & 1)
		ne_store();
	dr_default_hook(frame, dr6);
}

static void exec_in_db(struct dr_frame *frame, uint64_t dr6)
{
	if (dr6 & 1)
		ne_inner();
	dr_default_hook(frame, dr6);
}

static void end_tf(struct dr_frame *frame, uint64_t dr6)
{
	frame->rflags &= ~RFLAGS_TF;
	dr_default_hook(frame, dr6);
}

static void begin(const char *name, dr_hook hook, uint64_t dr7)
{
	dr_scene(name);
	dr_set0((uint64_t)ne_exec);
	dr_set1((uint64_t)&ne_cell);
	dr_set2((uint64_t)ne_inner);
	dr_set3((uint64_t)ne_stepped_on);
	dr_on_event = hook;
	dr_arm(dr7);
}

void guest_main(void)
{
	const uint64_t exec = DR7_G(0), inner = DR7_G(2), landing = DR7_G(3);
	const uint64_t store = DR7_G(1) | DR7_KIND(1, DR7_W4);

	dr_init();
	begin("store in a handler", store_in_soft, store);
	ne_soft();
	ne_soft();
	begin("breakpoint in a handler", exec_in_soft, exec);
	ne_soft();
	ne_soft();
	begin("store in the #DB handler", store_in_db, exec | store);
	ne_exec();
	ne_exec();
	begin("breakpoint in the #DB handler", exec_in_db, exec | inner);
	ne_exec();
	ne_exec();
	begin("step over a store", end_tf, store);
	ne_step_store();
	ne_step_store();
	begin("step onto a breakpoint", end_tf, landing);
	ne_step_exec();
	ne_step_exec();
	dr_reset();
	dr_scene("over");
}
