/* SPDX-License-Identifier: MIT */
/* GDT, TSS and IDT of a 64-bit guest, and the PIT through the PIC. */
#ifndef DESC64_H
#define DESC64_H

#include <stdint.h>

#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_DATA   0x1b /* SYSRET: SS = STAR[63:48] + 8 */
#define SEL_USER_CODE   0x23 /* SYSRET: CS = STAR[63:48] + 16 */
#define SEL_TSS         0x28

#define MSR_EFER  0xc0000080
#define MSR_STAR  0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_FMASK 0xc0000084
#define EFER_SCE  0x1

#define VECTOR_TIMER 0x20

/* What the CPU pushes; for handlers with __attribute__((interrupt)). */
struct desc_frame {
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Load all three; an interrupt from ring 3 gets a stack of its own. */
void desc_init(void);

/* The same without a TSS: no way back from ring 3. */
void desc_init_ring0(void);

/* HANDLER for VECTOR, callable by `int` from ring DPL. */
void desc_gate(unsigned vector, void (*handler)(void), unsigned dpl);

/* IRQ 0 HZ times a second at VECTOR_TIMER; the handler calls timer_eoi(). */
void timer_start(unsigned hz);
void timer_stop(void);
void timer_eoi(void);

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value),
			   "d"((uint32_t)(value >> 32)));
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return ((uint64_t)high << 32) | low;
}

#endif
