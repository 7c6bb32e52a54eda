/* SPDX-License-Identifier: MIT */
/* Loads every register with a known value, rests at regs_loaded for a
 * debugger, and says what was in some of them afterwards. */
#include "guest.h"

#define CR0_EM         0x4ul
#define CR0_MP         0x2ul
#define CR0_TS         0x8ul
#define CR4_OSFXSR     0x200ul
#define CR4_OSXMMEXCPT 0x400ul

struct snapshot {
	uint64_t rbx, r15;
	uint64_t xmm5[2];
	uint8_t st0[10];
	uint32_t mxcsr;
};

/* regs64.S: load, rest, and store into the snapshot. */
void regs_exercise(struct snapshot *after);

volatile uint64_t memory_cell = 0x1122334455667788;
volatile uint8_t buffer[64];
struct snapshot after;

static void sse_on(void)
{
	uint64_t cr0, cr4;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	cr0 = (cr0 & ~(CR0_EM | CR0_TS)) | CR0_MP;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
	__asm__ volatile("fninit");
}

static void report_hex(const char *name, uint64_t value)
{
	guest_puts(name);
	guest_puts("=0x");
	guest_put_hex(value);
	guest_puts("\n");
}

void guest_main(void)
{
	uint64_t cr2, cr3, dr0;
	uint32_t efer_low, efer_high;
	uint64_t mantissa = 0;

	guest_puts("regs: start\n");
	sse_on();
	regs_exercise(&after);
	report_hex("rbx", after.rbx);
	report_hex("r15", after.r15);
	report_hex("xmm5.low", after.xmm5[0]);
	report_hex("xmm5.high", after.xmm5[1]);
	for (int i = 7; i >= 0; i--)
		mantissa = mantissa << 8 | after.st0[i];
	report_hex("st0.mantissa", mantissa);
	report_hex("st0.exponent", (uint64_t)after.st0[9] << 8 | after.st0[8]);
	report_hex("mxcsr", after.mxcsr);
	report_hex("memory_cell", memory_cell);
	report_hex("buffer3", buffer[3]);
	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	__asm__ volatile("mov %%dr0, %0" : "=r"(dr0));
	__asm__ volatile("rdmsr"
			 : "=a"(efer_low), "=d"(efer_high)
			 : "c"(0xc0000080));
	report_hex("cr2", cr2);
	report_hex("cr3", cr3);
	report_hex("efer", efer_low);
	report_hex("dr0", dr0);
	guest_puts("regs: end\n");
}
