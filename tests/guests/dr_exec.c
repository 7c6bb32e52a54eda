/* SPDX-License-Identifier: MIT */
/* The guest's own execution breakpoints. */
#include "dr_log.h"

void ex_a(void);
void ex_b(void);
void ex_c(void);
void ex_d(void);
void ex_loop(void);
extern uint8_t ex_loop_top[];

__asm__(".macro function name\n"
	".globl \\name\n.type \\name, @function\n"
	"\\name: nop\n ret\n"
	".size \\name, . - \\name\n"
	".endm\n"
	".text\n"
	"function ex_a\n"
	"function ex_b\n"
	"function ex_c\n"
	"function ex_d\n"
	".globl ex_loop\n.type ex_loop, @function\n"
	"ex_loop: movl $4, %ecx\n"
	".globl ex_loop_top\n"
	"ex_loop_top: decl %ecx\n"
	" jnz ex_loop_top\n"
	" ret\n"
	".size ex_loop, . - ex_loop\n");

static void disable(struct dr_frame *frame, uint64_t dr6)
{
	(void)frame, (void)dr6;
	dr_set7(DR7_INIT);
	dr_sync();
}

/* Leaves the breakpoint armed and goes round the instruction. */
static void skip_nop(struct dr_frame *frame, uint64_t dr6)
{
	(void)dr6;
	frame->rip++;
}

static void one(uint64_t dr7)
{
	dr_reset();
	dr_set0((uint64_t)ex_a);
	dr_arm(dr7);
}

void guest_main(void)
{
	dr_init();
	dr_scene("handler sets RF");
	one(DR7_G(0));
	for (int i = 0; i < 3; i++)
		ex_a();

	dr_scene("handler disables");
	dr_on_event = disable;
	for (int i = 0; i < 3; i++) {
		one(DR7_G(0));
		ex_a();
	}

	dr_scene("handler skips");
	dr_on_event = skip_nop;
	one(DR7_G(0));
	for (int i = 0; i < 3; i++)
		ex_a();
	dr_on_event = dr_default_hook;

	dr_scene("local enable");
	one(DR7_L(0));
	ex_a();

	dr_scene("both enables");
	one(DR7_L(0) | DR7_G(0));
	ex_a();

	dr_scene("disarmed");
	dr_reset();
	ex_a();
	dr_set0((uint64_t)ex_a);
	dr_sync();
	ex_a();

	dr_scene("loop");
	dr_reset();
	dr_set2((uint64_t)ex_loop_top);
	dr_arm(DR7_G(2));
	ex_loop();

	dr_scene("four at once");
	dr_reset();
	dr_set0((uint64_t)ex_a);
	dr_set1((uint64_t)ex_b);
	dr_set2((uint64_t)ex_c);
	dr_set3((uint64_t)ex_d);
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_G(2) | DR7_G(3));
	ex_d();
	ex_c();
	ex_b();
	ex_a();

	dr_scene("one of four gone");
	dr_arm(DR7_G(0) | DR7_G(2) | DR7_G(3));
	ex_b();
	ex_d();

	dr_scene("end");
	dr_reset();
	ex_a();
	dr_scene("over");
}
