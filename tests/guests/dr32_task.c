/* SPDX-License-Identifier: MIT */
/*
 * Hardware task switches under debug registers: local enables are cleared by
 * each, global ones stay; TSS.T raises #DB with DR6.BT before the first
 * instruction of the task.  SDM vol. 3, 8.2.1, 8.3, 18.2.4, 18.3.1.5.
 */
#include "drbits.h"
#include "guest.h"

#define DR7_LE_GE 0x300u

#define EFLAGS_RF  0x10000u
#define EFLAGS_IF  0x202u
#define EFLAGS_NT  0x4000u
#define SEL_CODE   0x08
#define SEL_DATA   0x10
#define SEL_MAIN   0x18
#define SEL_TASK   0x20
#define SEL_TRAP   0x28
#define MAX_EVENTS 64u
#define PAGE       0x1000u
#define IMAGE      0x100000u
#define IMAGE_END  0x120000u

struct tss {
	uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t es, cs, ss, ds, fs, gs, ldt;
	uint16_t trap, iomap;
};

struct table_ptr {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

/* As the stub below leaves it on the stack. */
struct frame {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t eip, cs, eflags;
};

struct event {
	struct frame frame;
	uint32_t dr6, dr7;
};

/* For the debugger; never touched, nor is anything else in this page. */
volatile uint64_t dr_far[512] __attribute__((aligned(4096)));
void dr_never(void);
__asm__(".text\n.balign 4096\n.globl dr_never\n.type dr_never, @function\n"
	"dr_never: nop\n nop\n nop\n nop\n ret\n"
	".size dr_never, . - dr_never\n.balign 4096\n");

volatile uint32_t tk_word, tk_word2, tk_rounds;
volatile uint32_t dr7_in_task;
static struct event events[MAX_EVENTS];
static unsigned count;
static struct tss tss_main, tss_task, tss_trap;
static uint8_t task_stack[4096] __attribute__((aligned(16)));
static uint8_t trap_stack[4096] __attribute__((aligned(16)));
static uint64_t gdt[6];
static uint64_t idt[2];

void tk_run(void);
void db_stub(void);
void tk_task(void);
void tk_trap(void);
__asm__(".text\n.globl tk_run, tk_exec, tk_exec2\n"
	".globl after_tk_word, after_tk_word2\n.type tk_run, @function\n"
	"tk_run: incl tk_rounds\n"
	" movl tk_rounds, %eax\n"
	"tk_exec: nop\n"
	"tk_exec2: movl %eax, tk_word\n"
	"after_tk_word: movl %eax, tk_word2\n"
	"after_tk_word2: ret\n.size tk_run, . - tk_run\n"
	"db_stub: pushal\n pushl %esp\n cld\n call db_event\n"
	" addl $4, %esp\n popal\n iretl\n"
	/* Each time around, the task is left by JMP or by IRET if it was
	 * CALLed. */
	".globl tk_task, tk_trap, tk_trap_first\n"
	"tk_task: call in_task\n"
	" testl %eax, %eax\n jz 1f\n iretl\n jmp tk_task\n"
	"1: ljmp $0x18, $0\n jmp tk_task\n"
	".type tk_trap, @function\n"
	"tk_trap: nop\n call in_trap\n ljmp $0x18, $0\n jmp tk_trap\n"
	".size tk_trap, . - tk_trap\n");

static void sync_dr(void)
{
	outb(COM1, '.');
}

static void value(const char *name, uint32_t v)
{
	guest_puts(name);
	guest_puts(" ");
	guest_put_hex(v);
	guest_puts("\n");
}

void db_event(struct frame *f);
void db_event(struct frame *f)
{
	struct event *e = &events[count];

	if (count == MAX_EVENTS)
		guest_end(GUEST_FAILED);
	count++;
	e->frame = *f;
	e->dr6 = dr_get6();
	e->dr7 = dr_get7();
	dr_set6(DR6_INIT);
	if (e->dr6 & 0xf)
		f->eflags |= EFLAGS_RF;
}

static void put(const char *name, uint32_t v)
{
	guest_puts(name);
	guest_put_hex(v);
}

static void scene(const char *name)
{
	guest_puts("\n");
	for (unsigned i = 0; i < count; i++) {
		const struct frame *f = &events[i].frame;

		put("E v=", 1);
		put(" dr6=", events[i].dr6);
		put(" dr7=", events[i].dr7);
		put(" rip=", f->eip);
		put(" rflags=", f->eflags);
		put(" cs=", f->cs);
		put(" eax=", f->eax);
		put(" ebx=", f->ebx);
		put(" ecx=", f->ecx);
		put(" edx=", f->edx);
		put(" esi=", f->esi);
		put(" edi=", f->edi);
		put(" ebp=", f->ebp);
		put(" esp=", f->esp);
		guest_puts("\n");
	}
	count = 0;
	guest_puts("scene ");
	guest_puts(name);
	guest_puts("\n");
}

static uint32_t eflags(void)
{
	uint32_t flags;

	__asm__ volatile("pushfl\n\tpopl %0" : "=r"(flags));
	return flags;
}

uint32_t in_task(void);
uint32_t in_task(void)
{
	uint32_t called = eflags() & EFLAGS_NT;

	dr7_in_task = dr_get7();
	sync_dr();
	tk_run();
	if (called) { /* local to this task */
		dr_set7(dr7_in_task | DR7_L(3));
		sync_dr();
		tk_run();
	}
	return called;
}

void in_trap(void);
void in_trap(void)
{
	dr7_in_task = dr_get7();
}

static uint64_t tss_descriptor(const struct tss *tss)
{
	uint32_t base = (uint32_t)tss;

	return (sizeof(*tss) - 1) | (uint64_t)(base & 0xffffff) << 16 |
	       (uint64_t)0x89 << 40 | (uint64_t)(base >> 24) << 56;
}

static void task(struct tss *tss, void (*entry)(void), uint8_t *stack_end)
{
	tss->eip = (uint32_t)entry;
	tss->eflags = EFLAGS_IF;
	tss->esp = (uint32_t)stack_end;
	tss->cs = SEL_CODE;
	tss->ss = tss->ds = tss->es = tss->fs = tss->gs = SEL_DATA;
	tss->iomap = sizeof(*tss);
}

static void tables(void)
{
	struct table_ptr gdt_ptr = {sizeof(gdt) - 1, (uint32_t)gdt};
	struct table_ptr idt_ptr = {sizeof(idt) - 1, (uint32_t)idt};
	uint32_t stub = (uint32_t)db_stub;

	gdt[1] = 0x00cf9b000000ffff;
	gdt[2] = 0x00cf93000000ffff;
	gdt[3] = tss_descriptor(&tss_main);
	gdt[4] = tss_descriptor(&tss_task);
	gdt[5] = tss_descriptor(&tss_trap);
	idt[1] = (stub & 0xffff) | (uint64_t)SEL_CODE << 16 |
		 (uint64_t)0x8e00 << 32 | (uint64_t)(stub >> 16) << 48;
	tss_main.iomap = sizeof(tss_main);
	task(&tss_task, tk_task, task_stack + sizeof(task_stack));
	task(&tss_trap, tk_trap, trap_stack + sizeof(trap_stack));
	tss_trap.trap = 1;
	__asm__ volatile("lgdt %0\n\tlidt %1\n\tltr %w2"
			 :
			 : "m"(gdt_ptr), "m"(idt_ptr), "r"(SEL_MAIN)
			 : "memory");
}

static void arm(uint32_t dr7)
{
	dr_set7(DR7_INIT | dr7);
	sync_dr();
}

extern void tk_exec(void), tk_exec2(void);

void guest_main(void)
{
	const uint32_t all = DR7_L(0) | DR7_G(1) | DR7_KIND(1, DR7_W4) |
			     DR7_L(2) | DR7_G(2) | DR7_L(3) |
			     DR7_KIND(3, DR7_W4);

	for (uint32_t a = IMAGE; a < IMAGE_END; a += PAGE)
		*(volatile uint8_t *)a = *(volatile uint8_t *)a;
	tables();
	dr_set0((uint32_t)tk_exec);
	dr_set1((uint32_t)&tk_word);
	dr_set2((uint32_t)tk_exec2);
	dr_set3((uint32_t)&tk_word2);

	scene("before");
	arm(all);
	tk_run();
	scene("by jmp");
	__asm__ volatile("ljmp $0x20, $0" : : : "memory");
	value("in the task", dr7_in_task);
	value("back", dr_get7());
	sync_dr();
	tk_run();
	scene("by call");
	arm(DR7_L(0) | DR7_LE_GE | DR7_KIND(3, DR7_W4));
	__asm__ volatile("lcall $0x20, $0" : : : "memory");
	value("in the task", dr7_in_task & ~0x100u);
	value("back", dr_get7() & ~0x100u);
	sync_dr();
	tk_run();
	scene("trap");
	arm(0);
	__asm__ volatile("ljmp $0x28, $0" : : : "memory");
	value("in the task", dr7_in_task);
	arm(0);
	scene("over");
}
