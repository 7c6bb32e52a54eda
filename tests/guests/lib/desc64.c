/* SPDX-License-Identifier: MIT */
#include "desc64.h"

#include "guest.h"

struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_mid;
	uint32_t offset_high, reserved;
};

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, iomap;
} __attribute__((packed));

struct table_ptr {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

#define GATE_INTERRUPT 0x8e

static uint64_t gdt[7] = {
    0,
    0x00af9b000000ffff, /* 08: kernel code */
    0x00cf93000000ffff, /* 10: kernel data */
    0x00cff3000000ffff, /* 18: user data */
    0x00affb000000ffff, /* 20: user code */
};
static struct gate idt[256];
static struct tss tss;
static uint8_t interrupt_stack[8192] __attribute__((aligned(16)));

static void tss_descriptor(void)
{
	uint64_t base = (uint64_t)&tss;

	gdt[5] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
		 (uint64_t)0x89 << 40 | (base >> 24 & 0xff) << 56;
	gdt[6] = base >> 32;
}

void desc_gate(unsigned vector, void (*handler)(void), unsigned dpl)
{
	uint64_t offset = (uint64_t)handler;

	idt[vector].offset_low = (uint16_t)offset;
	idt[vector].offset_mid = (uint16_t)(offset >> 16);
	idt[vector].offset_high = (uint32_t)(offset >> 32);
	idt[vector].selector = SEL_KERNEL_CODE;
	idt[vector].type = (uint8_t)(GATE_INTERRUPT | dpl << 5);
}

void desc_init_ring0(void)
{
	struct table_ptr gdt_ptr = {sizeof(gdt) - 1, (uint64_t)gdt};
	struct table_ptr idt_ptr = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %2\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "movl %3, %%ds\n\t"
			 "movl %3, %%es\n\t"
			 "movl %3, %%ss\n\t"
			 "lidt %1"
			 :
			 : "m"(gdt_ptr), "m"(idt_ptr), "i"(SEL_KERNEL_CODE),
			   "r"(SEL_KERNEL_DATA)
			 : "rax", "memory");
}

void desc_init(void)
{
	tss.rsp[0] = (uint64_t)(interrupt_stack + sizeof(interrupt_stack));
	tss.iomap = sizeof(tss);
	tss_descriptor();
	desc_init_ring0();
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
}

#define PIC1         0x20
#define PIC1_DATA    0x21
#define PIC2         0xa0
#define PIC2_DATA    0xa1
#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_HZ       1193182u

void timer_start(unsigned hz)
{
	unsigned divisor = PIT_HZ / hz;

	outb(PIC1, 0x11); /* ICW1: edge, cascade, ICW4 follows */
	outb(PIC2, 0x11);
	outb(PIC1_DATA, VECTOR_TIMER);
	outb(PIC2_DATA, VECTOR_TIMER + 8);
	outb(PIC1_DATA, 4);
	outb(PIC2_DATA, 2);
	outb(PIC1_DATA, 1);
	outb(PIC2_DATA, 1);
	outb(PIC2_DATA, 0xff);
	outb(PIT_MODE, 0x34); /* channel 0, both bytes, rate generator */
	outb(PIT_CHANNEL0, (uint8_t)divisor);
	outb(PIT_CHANNEL0, (uint8_t)(divisor >> 8));
	outb(PIC1_DATA, 0xfe);
}

void timer_stop(void)
{
	outb(PIC1_DATA, 0xff);
}

void timer_eoi(void)
{
	outb(PIC1, 0x20);
}
