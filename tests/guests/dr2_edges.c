/* SPDX-License-Identifier: MIT */
/* Breakpoints where another event is due as well, and ones that move. */
#include "dr_log.h"

#define STACK_WORDS 1024

void ed_ud(void);
void ed_int3(void);
void ed_int(void);
void ed_hlt(void);
void ed_sti(void);
void ed_stack(void);
void ed_long(void);
void ed_ss_icebp(void);
void ed_ss_int3(void);
void ed_chain(void);
void ed_timer(void);
void dr_stub_3(void);

extern volatile uint64_t ed_stack_words[];
extern uint8_t at_hlt[], behind_hlt[], at_sti_1[], chain_1[], chain_2[],
    chain_3[], at_ud[], at_int3[], at_int[];
volatile uint64_t ed_stack_words[STACK_WORDS] __attribute__((aligned(4096)));
volatile uint32_t ed_cell __attribute__((aligned(4096)));
volatile uint16_t ed_selector __attribute__((aligned(4096))) = SEL_KERNEL_DATA;
volatile uint64_t ed_image;

#define FUNCTION(name, body)                                                  \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name \
		": " body "\n ret\n.size " #name ", . - " #name)
#define LABEL(name) "\n.globl " #name "\n" #name ": "

FUNCTION(ed_ud, "movq $after_ud, dr_resume_at" LABEL(at_ud) "ud2" LABEL(
		    after_ud) "nop");
FUNCTION(ed_int3, "nop" LABEL(at_int3) "int3" LABEL(after_int3) "nop");
FUNCTION(ed_int, "nop" LABEL(at_int) "int $0x30" LABEL(after_int) "nop");
FUNCTION(ed_hlt, "sti" LABEL(at_hlt) "hlt" LABEL(behind_hlt) "cli");
/* What a debugger does to pages may cost exits, and emulators of VT-x lose RF
 * there: ed_cell is touched before. */
FUNCTION(ed_sti, "movl ed_cell, %eax\n sti" LABEL(
		     at_sti_1) "incl ed_cell" LABEL(after_sti_1) "cli");
/* A stack of its own, whose first word is watched. */
FUNCTION(
    ed_stack,
    "movq %rsp, %rax\n leaq ed_stack_words + 8192, %rsp\n"
    " pushq %rax" LABEL(
	after_push) "popq %rax\n"
		    " call 1f" LABEL(
			after_call) "nop\n jmp 2f\n"
				    "1:" LABEL(
					called) "ret\n"
						"2: pushfq" LABEL(
						    after_pushf) "popq "
								 "ed_image\n "
								 "movq %rax, "
								 "%rsp");
/* At the end of the four bytes of which any may match. */
__asm__(".text\n.balign 4\n nop\n nop\n");
FUNCTION(ed_long, "nop" LABEL(behind_long) "nop");
FUNCTION(ed_ss_icebp, "movw ed_selector, %ss" LABEL(
			  ss_icebp) ".byte 0xf1" LABEL(after_ss_icebp) "nop");
FUNCTION(ed_ss_int3, "movw ed_selector, %ss" LABEL(ss_int3) "int3" LABEL(
			 after_ss_int3) "nop");
FUNCTION(ed_chain,
	 "nop" LABEL(chain_1) "nop" LABEL(chain_2) "nop" LABEL(chain_3) "nop");
/* Interrupts are answered, and not noted. */
FUNCTION(ed_timer, "pushq %rax\n movb $0x20, %al\n outb %al, $0x20\n"
		   " popq %rax\n iretq");

/* The breakpoint goes one instruction further each time. */
static void move_on(struct dr_frame *frame, uint64_t dr6)
{
	if (dr6 & 1)
		dr_set0(frame->rip < (uint64_t)chain_3 ? frame->rip + 1
						       : (uint64_t)chain_1);
	frame->rflags |= RFLAGS_RF;
	dr_sync();
}

static void on(uint64_t at)
{
	dr_set0(at);
	dr_arm(DR7_G(0));
}

static void both_shadows(void)
{
	dr_set0((uint64_t)&ed_selector);
	dr_arm(DR7_G(0) | DR7_KIND(0, DR7_RW2));
	ed_ss_icebp();
	ed_ss_int3();
}

void guest_main(void)
{
	dr_init();
	desc_gate(VECTOR_TIMER, ed_timer, 0);
	dr_scene("at HLT, and behind it");
	dr_set1((uint64_t)behind_hlt);
	dr_set0((uint64_t)at_hlt);
	dr_arm(DR7_G(0) | DR7_G(1));
	timer_start(100);
	ed_hlt();
	ed_hlt();
	timer_stop();
	dr_reset();
	dr_scene("at a fault");
	on((uint64_t)at_ud);
	ed_ud();
	ed_ud();
	dr_scene("at INT3");
	on((uint64_t)at_int3);
	ed_int3();
	dr_scene("at INT");
	on((uint64_t)at_int);
	ed_int();
	dr_scene("in the handler of INT3");
	on((uint64_t)dr_stub_3);
	ed_int3();
	dr_scene("behind STI");
	on((uint64_t)at_sti_1);
	ed_sti();
	dr_set1((uint64_t)&ed_cell);
	dr_arm(DR7_G(1) | DR7_KIND(1, DR7_W4));
	ed_sti();
	dr_reset();
	dr_scene("stack");
	dr_set3((uint64_t)&ed_stack_words[STACK_WORDS - 1]);
	dr_arm(DR7_L(3) | DR7_KIND(3, DR7_W8));
	ed_stack();
	dr_value("image", ed_image);
	dr_reset();
	dr_scene("a length for execution");
	dr_set2((uint64_t)ed_long);
	dr_arm(DR7_G(2) | DR7_KIND(2, 0xc));
	ed_long();
	dr_reset();
	dr_scene("behind MOV SS");
	both_shadows();
	dr_reset();
	dr_scene("moving");
	dr_on_event = move_on;
	on((uint64_t)chain_1);
	ed_chain();
	ed_chain();
	dr_reset();
	dr_scene("over");
}
