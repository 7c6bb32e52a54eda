/* SPDX-License-Identifier: MIT */
/* The guest's own data breakpoints: all lengths, both kinds. */
#include "dr_log.h"

volatile uint8_t dw_cell[64] __attribute__((aligned(4096)));

/* One store or load each, with a label behind it: where the trap's RIP is. */
#define ACCESS(name, insn)                                                    \
	void name(void);                                                      \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name \
		": movl $0x11223344, %eax\n movq $0x55667788, %rdx\n"         \
		" addl tick, %eax\n addq $0x1010101, tick\n"                  \
		" movq %rax, %rdx\n " insn "\n.globl after_" #name            \
		"\nafter_" #name ": nop\n ret\n.size " #name ", . - " #name)

volatile uint64_t tick __attribute__((aligned(4096))) = 1;

ACCESS(store1_0, "movb %al, dw_cell");
ACCESS(store1_1, "movb %al, dw_cell + 1");
ACCESS(store1_2, "movb %al, dw_cell + 2");
ACCESS(store1_3, "movb %al, dw_cell + 3");
ACCESS(store1_4, "movb %al, dw_cell + 4");
ACCESS(store1_8, "movb %al, dw_cell + 8");
ACCESS(store1_15, "movb %al, dw_cell + 15");
ACCESS(store1_16, "movb %al, dw_cell + 16");
ACCESS(store2_0, "movw %ax, dw_cell");
ACCESS(store4_0, "movl %eax, dw_cell");
ACCESS(store4_16, "movl %eax, dw_cell + 16");
ACCESS(store8_0, "movq %rdx, dw_cell");
ACCESS(load1_1, "movb dw_cell + 1, %al");
ACCESS(load4_16, "movl dw_cell + 16, %eax");
ACCESS(load8_8, "movq dw_cell + 8, %rdx");
ACCESS(add4_16, "addl $3, dw_cell + 16");
ACCESS(xchg4_16, "xchgl %eax, dw_cell + 16");
ACCESS(same4_16, "movl dw_cell + 20, %eax\n movl %eax, dw_cell + 20");

static void arm(unsigned slot, unsigned offset, unsigned kind)
{
	uint64_t address = (uint64_t)&dw_cell[offset];

	if (slot == 0)
		dr_set0(address);
	else if (slot == 1)
		dr_set1(address);
	else if (slot == 2)
		dr_set2(address);
	else
		dr_set3(address);
	dr_arm((dr_get7() & ~DR7_KIND(slot, 0xf)) | DR7_G(slot) |
	       DR7_KIND(slot, kind));
}

static void begin(const char *name)
{
	dr_scene(name);
	dr_reset();
}

void guest_main(void)
{
	dr_init();
	begin("one byte");
	arm(0, 1, DR7_W1);
	store1_0();
	store1_1();
	store2_0();
	store4_0();
	store1_2();
	load1_1();

	begin("two bytes");
	arm(1, 2, DR7_W2);
	store1_1();
	store1_2();
	store1_3();
	store1_4();

	begin("four bytes");
	arm(2, 4, DR7_W4);
	store4_0();
	store1_4();
	store8_0();
	store1_8();

	begin("eight bytes");
	arm(3, 8, DR7_W8);
	store1_8();
	store1_15();
	store1_16();
	load8_8();

	begin("access");
	arm(0, 16, DR7_RW4);
	load4_16();
	store4_16();
	add4_16();
	xchg4_16();

	begin("read-modify-write");
	arm(1, 16, DR7_W4);
	load4_16();
	add4_16();
	xchg4_16();

	begin("the same value");
	arm(2, 20, DR7_W4);
	same4_16();

	begin("four at once");
	arm(0, 0, DR7_W1);
	arm(1, 2, DR7_W2);
	arm(2, 8, DR7_RW8);
	arm(3, 16, DR7_W4);
	store1_0();
	store1_1();
	store1_3();
	load8_8();
	store4_16();
	load4_16();

	begin("end");
	store4_0();
	store4_16();
	dr_scene("over");
}
