/* SPDX-License-Identifier: MIT */
/*
 * Objects and functions that are used much, and others that are used once; and
 * a guest that takes the debug registers and gives them back.
 */
#include "guest.h"

#define PAGE __attribute__((aligned(4096)))

enum { HITS = 40, MISSES = 50, CLAIMS = 25 };

volatile uint64_t cold[4] PAGE;
volatile uint32_t hot PAGE;
volatile uint32_t near; /* in the same page */
volatile uint32_t hot2 PAGE;
volatile uint32_t calls[2];
volatile uint64_t tail PAGE;

static void set_dr7(uint64_t value)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"(value));
}

/* Four execution breakpoints where nothing runs. */
static void set_addresses(void)
{
	uint64_t at = (uint64_t)&tail;

	__asm__ volatile("mov %0, %%dr0\n\t"
			 "mov %0, %%dr1\n\t"
			 "mov %0, %%dr2\n\t"
			 "mov %0, %%dr3"
			 :
			 : "r"(at));
}

static void data(void)
{
	for (unsigned i = 0; i < MISSES; i++)
		near = near + 1;
	for (unsigned i = 0; i < HITS; i++)
		hot = hot + 1;
	for (unsigned i = 0; i < 4; i++)
		cold[i] = cold[i] + 1;
}

#define COLD_CALL(n)                                                       \
	__attribute__((noinline, aligned(4096))) static void cold_call##n( \
	    void)                                                          \
	{                                                                  \
		calls[1] = calls[1] + 1;                                   \
	}

COLD_CALL(0)
COLD_CALL(1)
COLD_CALL(2)
COLD_CALL(3)

/* Behind the others: GDB asks in the order of addresses. */
__attribute__((noinline, aligned(4096))) static void hot_call(void)
{
	calls[0] = calls[0] + 1;
}

__attribute__((noinline, aligned(4096))) static void code(void)
{
	for (unsigned i = 0; i < HITS; i++)
		hot_call();
	cold_call0();
	cold_call1();
	cold_call2();
	cold_call3();
}

static void claimed(void)
{
	__asm__ volatile("nop");
}

static void released(void)
{
	__asm__ volatile("nop");
}

/* Exits, so that a KVM that cannot trap MOV DR looks. */
static void rest(void)
{
	guest_puts("rest\n");
}

static void claims(void)
{
	set_addresses();
	for (unsigned i = 0; i < CLAIMS; i++) {
		set_dr7(0x4ff);
		if (i == CLAIMS - 1) {
			rest();
			claimed();
		}
		hot2 = hot2 + 1;
		set_dr7(0x400);
		hot2 = hot2 + 1;
	}
	rest();
	released();
	hot2 = hot2 + 1;
}

void guest_main(void)
{
	guest_puts("tier: start\n");
	data();
	code();
	claims();
	guest_report("hot", hot);
	guest_report("calls", calls[0]);
	guest_report("hot2", hot2);
	guest_puts("tier: end\n");
}
