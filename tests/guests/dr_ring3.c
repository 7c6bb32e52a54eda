/* SPDX-License-Identifier: MIT */
/* A process of ring 3 that the guest's kernel debugs. */
#include "dr_log.h"
#include "user64.h"

#define ASK_END 0xe0d

void user_main(void);
void u_exec(void);
void u_call_exec(void);
volatile uint64_t u_word USER_DATA __attribute__((aligned(4096))) = 1;
uint8_t u_stack[8192] USER_DATA __attribute__((aligned(4096))) = {1};

__asm__(".pushsection .user.text, \"ax\"\n"
	".globl user_main\n.type user_main, @function\n"
	"user_main: xorl %ebx, %ebx\n"
	" movl $3, %ecx\n"
	".globl u_exec, after_u_store, u_t0, u_t1, u_t2, u_t3, u_t4, u_t5\n"
	".globl u_int, after_u_int, u_get0, u_set7, after_u_icebp, u_end\n"
	"u_exec: incl %ebx\n"
	" movq %rbx, u_word\n"
	"after_u_store: decl %ecx\n"
	" jnz u_exec\n"
	"u_int: int $0x30\n"
	"after_u_int: pushfq\n"
	" orl $0x100, (%rsp)\n"
	" popfq\n"
	"u_t0: nop\n"
	"u_t1: pushfq\n"
	"u_t2: popq %rdx\n"
	"u_t3: pushq $0x202\n"
	"u_t4: popfq\n"
	"u_t5: movq %dr0, %rax\n"
	"u_set7: movq %rax, %dr7\n"
	" nop\n"
	" .byte 0xf1\n"
	"after_u_icebp: movl $0xe0d, %eax\n"
	" int $0x30\n"
	"u_end: jmp .\n"
	".size user_main, . - user_main\n"
	".popsection\n");

static void on_event(struct dr_frame *frame, uint64_t dr6)
{
	if (frame->vector == 13)
		frame->rip += 3; /* the MOV DR */
	else if (frame->vector == VECTOR_SOFT && frame->rax == ASK_END) {
		dr_flush();
		dr_scene("over");
		guest_end(GUEST_OK);
	} else
		dr_default_hook(frame, dr6);
}

void guest_main(void)
{
	volatile uint8_t *stack = u_stack;

	user_paging();
	dr_init();
	for (unsigned i = 0; i < sizeof(u_stack); i += 4096)
		stack[i] = stack[i];
	u_word = *(volatile uint8_t *)user_main;
	dr_on_event = on_event;
	dr_scene("ring 3");
	dr_set0((uint64_t)u_exec);
	dr_set1((uint64_t)&u_word);
	dr_arm(DR7_G(0) | DR7_L(1) | DR7_KIND(1, DR7_W8));
	enter_user(user_main, u_stack + sizeof(u_stack));
}
