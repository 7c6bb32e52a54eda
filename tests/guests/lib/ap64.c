/* SPDX-License-Identifier: MIT */
#include "ap64.h"

#include <stdbool.h>

#include "guest.h"

#define APIC_BASE     0xfee00000ul
#define APIC_SPURIOUS 0xf0
#define APIC_ICR_LOW  0x300
#define APIC_ICR_HIGH 0x310
#define ICR_INIT      0x4500u
#define ICR_STARTUP   0x4600u
#define ICR_BUSY      0x1000u
#define TRAMPOLINE    0x8000ul

extern const uint8_t trampoline[], trampoline_end[];
uint64_t trampoline_cr3;

uint8_t ap_stack[AP_STACK] __attribute__((aligned(4096)));

static volatile uint32_t *apic(unsigned reg)
{
	return (volatile uint32_t *)(APIC_BASE + reg);
}

static void apic_send(uint32_t what)
{
	*apic(APIC_ICR_HIGH) = 1u << 24;
	*apic(APIC_ICR_LOW) = what;
	while (*apic(APIC_ICR_LOW) & ICR_BUSY)
		;
}

/* Until *STARTS is not BEFORE, or for a while. */
static bool started(const volatile uint32_t *starts, uint32_t before)
{
	for (volatile int i = 0; i < 1000; i++)
		if (*starts != before)
			return true;
	return false;
}

void start_ap(volatile uint32_t *starts)
{
	uint32_t before = *starts;
	volatile uint8_t *to = (volatile uint8_t *)TRAMPOLINE;

	__asm__ volatile("mov %%cr3, %0" : "=r"(trampoline_cr3));
	for (unsigned i = 0; i < (unsigned)(trampoline_end - trampoline); i++)
		to[i] = trampoline[i];
	*apic(APIC_SPURIOUS) = 0x1ff; /* enabled */
	apic_send(ICR_INIT);
	apic_send(ICR_STARTUP | TRAMPOLINE >> 12);
	if (!started(starts, before))
		apic_send(ICR_STARTUP | TRAMPOLINE >> 12);
	while (!started(starts, before))
		;
}
