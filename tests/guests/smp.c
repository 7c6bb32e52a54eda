/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs: the first starts the second by INIT-SIPI-SIPI, then both work,
 * each on words of its own and one that only the second writes.  Both spin
 * with interrupts on.
 */
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

volatile uint32_t ap_alive, ap_worked;
volatile uint32_t go = 1; /* 0: the second CPU waits */
volatile uint32_t stop;
volatile uint64_t bsp_beats __attribute__((aligned(64)));
volatile uint64_t ap_beats __attribute__((aligned(64)));
volatile uint32_t ap_word __attribute__((aligned(64)));
volatile uint32_t both_calls __attribute__((aligned(64)));
uint8_t ap_stack[8192] __attribute__((aligned(16)));

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

static void both(void)
{
	__sync_fetch_and_add(&both_calls, 1);
}

static void ap_work(void)
{
	ap_word = ap_word + 1;
}

static void ap_beat(void)
{
	ap_beats = ap_beats + 1;
}

static void ap_spin(void)
{
	while (!stop)
		ap_beat();
}

void ap_main(void)
{
	ap_alive = 1;
	while (!go)
		;
	for (int i = 0; i < 3; i++)
		ap_work();
	both();
	ap_worked = 1;
	ap_spin();
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void bsp_beat(void)
{
	bsp_beats = bsp_beats + 1;
}

static void bsp_spin(void)
{
	while (!stop)
		bsp_beat();
}

static void start_ap(void)
{
	volatile uint8_t *to = (volatile uint8_t *)TRAMPOLINE;

	__asm__ volatile("mov %%cr3, %0" : "=r"(trampoline_cr3));
	for (unsigned i = 0; i < (unsigned)(trampoline_end - trampoline); i++)
		to[i] = trampoline[i];
	*apic(APIC_SPURIOUS) = 0x1ff; /* enabled */
	apic_send(ICR_INIT);
	apic_send(ICR_STARTUP | TRAMPOLINE >> 12);
	for (volatile int i = 0; i < 1000 && !ap_alive; i++)
		;
	if (!ap_alive)
		apic_send(ICR_STARTUP | TRAMPOLINE >> 12);
	while (!ap_alive)
		;
}

void guest_main(void)
{
	guest_puts("smp: start\n");
	start_ap();
	guest_puts("smp: second CPU is alive\n");
	both();
	bsp_spin();
	while (!ap_worked)
		;
	guest_report("ap_word", ap_word);
	guest_report("both_calls", both_calls);
	guest_puts("smp: end\n");
}
