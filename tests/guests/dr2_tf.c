/* SPDX-License-Identifier: MIT */
/* The guest's own TF, where instructions treat it in their own way. */
#include "dr_log.h"

void t2_syscall(void);
void t2_rep(void);
void t2_ss(void);
void t2_fault(void);
void t2_both(void);
void t2_into(void);
void t2_entry(void);
volatile uint64_t t2_image;
volatile uint32_t t2_cell __attribute__((aligned(4096)));
volatile uint8_t t2_from[8] __attribute__((aligned(4096))) = {1, 2, 3};
volatile uint8_t t2_to[8] __attribute__((aligned(4096)));
extern uint8_t both_2[];

#define FUNCTION(name, body)                                                  \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name \
		": " body "\n ret\n.size " #name ", . - " #name)
#define LABEL(name) "\n.globl " #name "\n" #name ": "
#define TF_ON       " pushfq\n orl $0x100, (%rsp)\n popfq\n"
#define TF_OFF      " pushfq\n andl $~0x100, (%rsp)\n popfq"

/* From ring 0, which SYSCALL allows; back by a jump. */
FUNCTION(t2_syscall,
	 TF_ON " syscall" LABEL(behind_syscall) "nop" LABEL(syscall_2) "nop");
FUNCTION(t2_entry, "nop" LABEL(entry_1) "pushq %r11" LABEL(
		       entry_2) "popfq" LABEL(entry_3) "jmp *%rcx");
FUNCTION(t2_rep,
	 "movl $3, %ecx\n movl $t2_from, %esi\n movl $t2_to, %edi\n" TF_ON
	     LABEL(at_rep) "rep movsb" LABEL(behind_rep) "nop");
FUNCTION(t2_ss, "movl %ss, %eax\n" TF_ON " movl %eax, %ss\n pushfq" LABEL(
		    ss_2) "popq t2_image" LABEL(ss_3) "nop");
FUNCTION(t2_fault,
	 "movq $after_fault, dr_resume_at\n" TF_ON LABEL(at_fault) "ud2" LABEL(
	     after_fault) "nop" LABEL(fault_2) "nop");
FUNCTION(t2_both, TF_ON " incl t2_cell" LABEL(both_1) "nop" LABEL(
		      both_2) "nop" LABEL(both_3) "nop");

/* After AT, or after N events, no more. */
static volatile unsigned left;

static void count_down(struct dr_frame *frame, uint64_t dr6)
{
	if (frame->vector == 6)
		frame->rip = dr_resume_at;
	if (dr6 & 0xf)
		frame->rflags |= RFLAGS_RF;
	if (!--left)
		frame->rflags &= ~RFLAGS_TF;
}

void guest_main(void)
{
	dr_init();
	dr_on_event = count_down;
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (uint64_t)SEL_KERNEL_CODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)t2_entry);
	wrmsr(MSR_FMASK, RFLAGS_TF);
	dr_scene("SYSCALL takes TF away");
	left = 2;
	t2_syscall();
	dr_scene("SYSCALL leaves TF");
	wrmsr(MSR_FMASK, 0);
	left = 4;
	t2_syscall();
	dr_scene("REP");
	left = 3;
	t2_rep();
	dr_value("copied", t2_to[2]);
	dr_scene("MOV SS, PUSHF");
	left = 1;
	t2_ss();
	dr_value("image", t2_image);
	dr_scene("a fault");
	left = 2;
	t2_fault();
	dr_scene("with a watch and a breakpoint");
	dr_set1((uint64_t)&t2_cell);
	dr_set2((uint64_t)both_2);
	left = 3;
	dr_arm(DR7_G(1) | DR7_G(2) | DR7_KIND(1, DR7_W4));
	t2_both();
	dr_reset();
	dr_scene("over");
}
