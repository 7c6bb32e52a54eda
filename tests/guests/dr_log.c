/* SPDX-License-Identifier: MIT */
#include "dr_log.h"

#define MAX_EVENTS 64u
#define CPUS       2u
#define PAGE       0x1000ul
#define IMAGE      0x100000ul
#define IMAGE_END  0x140000ul /* more than any of these guests needs */

struct event {
	struct dr_frame frame;
	uint64_t db[4], dr6, dr7;
};

struct noted {
	struct event event[MAX_EVENTS];
	unsigned count;
};

struct table_ptr {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

void dr_stub_1(void);
void dr_stub_3(void);
void dr_stub_6(void);
void dr_stub_12(void);
void dr_stub_13(void);
void dr_stub_14(void);
void dr_stub_48(void);

static struct noted noted[CPUS];
static struct table_ptr idt_ptr;
static const uint8_t *ap_stack_low, *ap_stack_end;
volatile dr_hook dr_on_event = dr_default_hook;
volatile uint32_t dr_keep_dr6;
volatile uint64_t dr_resume_at;

volatile uint64_t dr_far[32] __attribute__((aligned(4096)));

/* Alone in its page: a breakpoint on it may be a page trap. */
__asm__(".text\n.balign 4096\n.globl dr_never\n.type dr_never, @function\n"
	"dr_never: nop\n nop\n nop\n nop\n ret\n"
	".size dr_never, . - dr_never\n.balign 4096\n");

/* By the stack: asking the CPU would exit. */
static unsigned cpu_of(const struct dr_frame *frame)
{
	const uint8_t *p = (const uint8_t *)frame;

	return p >= ap_stack_low && p < ap_stack_end;
}

void dr_default_hook(struct dr_frame *frame, uint64_t dr6)
{
	if (frame->vector == VECTOR_DB) {
		if (dr6 & 0xf)
			frame->rflags |= RFLAGS_RF;
	} else if (frame->vector != VECTOR_SOFT && frame->vector != 3) {
		frame->rip = dr_resume_at;
	}
}

void dr_trap(struct dr_frame *frame)
{
	struct noted *n = &noted[cpu_of(frame)];
	uint64_t dr6 = dr_get6();

	if (n->count == MAX_EVENTS) {
		dr_flush();
		guest_puts("too many events\n");
		guest_end(GUEST_FAILED);
	}
	struct event *e = &n->event[n->count++];
	e->frame = *frame;
	e->dr6 = dr6;
	e->dr7 = dr_get7();
	e->db[0] = dr_get0();
	e->db[1] = dr_get1();
	e->db[2] = dr_get2();
	e->db[3] = dr_get3();
	if (!dr_keep_dr6 && frame->vector == VECTOR_DB)
		dr_set6(DR6_INIT);
	dr_on_event(frame, dr6);
}

static void put(const char *name, uint64_t value)
{
	guest_puts(name);
	guest_put_hex(value);
}

static void tell(const struct event *e)
{
	const struct dr_frame *f = &e->frame;

	put("E v=", f->vector);
	put(" dr6=", e->dr6);
	put(" dr7=", e->dr7);
	put(" rip=", f->rip);
	put(" rflags=", f->rflags);
	put(" error=", f->error);
	put(" cs=", f->cs);
	put(" ss=", f->ss);
	put(" rsp=", f->rsp);
	put(" rax=", f->rax);
	put(" rbx=", f->rbx);
	put(" rcx=", f->rcx);
	put(" rdx=", f->rdx);
	put(" rsi=", f->rsi);
	put(" rdi=", f->rdi);
	put(" rbp=", f->rbp);
	put(" r8=", f->r8);
	put(" r9=", f->r9);
	put(" r10=", f->r10);
	put(" r11=", f->r11);
	put(" r12=", f->r12);
	put(" r13=", f->r13);
	put(" r14=", f->r14);
	put(" r15=", f->r15);
	put(" dr0=", e->db[0]);
	put(" dr1=", e->db[1]);
	put(" dr2=", e->db[2]);
	put(" dr3=", e->db[3]);
	guest_puts("\n");
}

void dr_forget(void)
{
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		noted[cpu].count = 0;
}

void dr_flush(void)
{
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		if (cpu && noted[cpu].count)
			guest_puts("second CPU\n");
		for (unsigned i = 0; i < noted[cpu].count; i++)
			tell(&noted[cpu].event[i]);
		noted[cpu].count = 0;
	}
}

void dr_scene(const char *name)
{
	guest_puts("\n");
	dr_flush();
	guest_puts("scene ");
	guest_puts(name);
	guest_puts("\n");
}

void dr_value(const char *name, uint64_t value)
{
	guest_puts(name);
	guest_puts(" ");
	guest_put_hex(value);
	guest_puts("\n");
}

void dr_reset(void)
{
	dr_set7(DR7_INIT);
	dr_set0(0);
	dr_set1(0);
	dr_set2(0);
	dr_set3(0);
	dr_set6(DR6_INIT);
	dr_sync();
}

/* A page that is first touched while TF is on or a trap is due costs an exit
 * at a delicate moment: emulators of VT-x are known to get that wrong. */
static void touch_pages(void)
{
	for (uint64_t a = IMAGE; a < IMAGE_END; a += PAGE) {
		volatile uint8_t *p = (volatile uint8_t *)a;

		*p = *p;
	}
}

void dr_init(void)
{
	touch_pages();
	desc_init();
	desc_gate(VECTOR_DB, dr_stub_1, 0);
	desc_gate(3, dr_stub_3, 3);
	desc_gate(6, dr_stub_6, 0);
	desc_gate(12, dr_stub_12, 0);
	desc_gate(13, dr_stub_13, 0);
	desc_gate(14, dr_stub_14, 0);
	desc_gate(VECTOR_SOFT, dr_stub_48, 3);
	__asm__ volatile("sidt %0" : "=m"(idt_ptr));
	dr_reset();
}

void dr_init_ap(const uint8_t *stack, uint64_t size)
{
	ap_stack_low = stack;
	ap_stack_end = stack + size;
	__asm__ volatile("lidt %0" : : "m"(idt_ptr));
}
