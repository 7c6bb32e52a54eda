/* SPDX-License-Identifier: MIT */
/*
 * Stores and loads in every form that an instruction has for them, each on
 * bytes of its own, in ring 0 and then, if asked for, in ring 3.  Between two
 * of them next_form() is called.
 */
#include "forms.h"

#include "desc64.h"
#include "guest.h"
#include "user64.h"

struct form {
	void (*run)(uint8_t *at);
	uint64_t offset; /* in the area */
	uint32_t need, where;
};

extern const struct form forms[], forms_end[];
extern uint8_t area0[], area3[];

void user_main(void);
void call_entry(void);
void ud_handler(void);
void int_handler(void);
void irq_handler(void);

volatile uint32_t ring3;                    /* GDB asks for it */
volatile uint8_t skip[256] USER_DATA = {0}; /* GDB's, one per form */
volatile uint32_t has USER_DATA __attribute__((aligned(64))) = 0;
volatile uint32_t current USER_DATA = 0;
volatile uint32_t ran[2] USER_DATA = {0, 0};
uint8_t user_stack[8192] USER_DATA __attribute__((aligned(4096))) = {1};

static void cpuid(uint32_t leaf, uint32_t *c)
{
	uint32_t a = leaf, b, d;

	*c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(*c), "=d"(d));
}

static void set_xcr0(uint32_t value)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"(value), "d"(0));
}

static void features(void)
{
	uint64_t cr4 = 0x600; /* OSFXSR, OSXMMEXCPT */
	uint32_t c;

	cpuid(1, &c);
	has |= c >> 22 & 1 ? NEED_MOVBE : 0;
	has |= c >> 13 & 1 ? NEED_CX16 : 0;
	if (c >> 26 & 1) {
		has |= NEED_XSAVE;
		cr4 |= 0x40000; /* OSXSAVE */
	}
	__asm__ volatile("mov %%cr4, %%rax\n\t"
			 "or %0, %%rax\n\t"
			 "mov %%rax, %%cr4"
			 :
			 : "r"(cr4)
			 : "rax");
	if (!(has & NEED_XSAVE))
		return;
	if (c >> 28 & 1)
		has |= NEED_AVX;
	set_xcr0(has & NEED_AVX ? 7 : 1);
}

/* One for each ring: on some KVMs only ring 0 can have breakpoints. */
__attribute__((noinline)) void next_form0(void)
{
	__asm__ volatile("");
}

USER_TEXT void next_form3(void)
{
	__asm__ volatile("");
}

USER_TEXT static int wanted(const struct form *f, unsigned ring)
{
	return !skip[f - forms] && (f->need & ~has) == 0 &&
	       !(ring && (f->where & RING0_ONLY));
}

USER_TEXT void run_forms(uint8_t *area, unsigned ring)
{
	for (const struct form *f = forms; f < forms_end; f++) {
		if (!wanted(f, ring))
			continue;
		current = (uint32_t)(f - forms);
		if (ring)
			next_form3();
		else
			next_form0();
		f->run(area + f->offset);
		ran[ring != 0]++;
	}
}

/* Ring 3 is through. */
void kernel_call(void)
{
	guest_report("ring3", ran[1]);
	guest_puts("forms: end\n");
	guest_end(GUEST_OK);
}

void guest_main(void)
{
	guest_puts("forms: start\n");
	features();
	if (ring3) {
		user_paging();
		desc_init();
	} else {
		desc_init_ring0();
	}
	desc_gate(6, ud_handler, 0);
	desc_gate(0x81, int_handler, 0);
	desc_gate(VECTOR_TIMER, irq_handler, 0);
	run_forms(area0, 0);
	guest_report("ring0", ran[0]);
	if (ring3) {
		desc_gate(0x80, call_entry, 3);
		enter_user(user_main, user_stack + sizeof(user_stack));
	}
	guest_puts("forms: end\n");
}
