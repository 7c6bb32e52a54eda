/* SPDX-License-Identifier: MIT */
/* Loads AVX registers where the CPU has them, rests, and says what was in them
 * afterwards; in ring 0, so that it needs a KVM that does not emulate that. */
#include "guest.h"

#define CR0_EM         0x4ul
#define CR0_MP         0x2ul
#define CR0_TS         0x8ul
#define CR4_OSFXSR     0x200ul
#define CR4_OSXMMEXCPT 0x400ul
#define CR4_OSXSAVE    0x40000ul
#define XCR0_AVX       0x7u
#define XCR0_AVX512    0xe7u

/* avx64.S; RDI: 64 bytes for ZMM5 or YMM5, and 8 for K3 */
void avx_exercise(void *after);
void avx512_exercise(void *after);

struct {
	uint64_t vector[8];
	uint64_t k3;
} after;

static void cpuid(uint32_t leaf, uint32_t sub, uint32_t out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]),
			   "=d"(out[3])
			 : "a"(leaf), "c"(sub));
}

static uint32_t components(void)
{
	uint32_t leaf[4];

	cpuid(1, 0, leaf);
	if (!(leaf[2] & 1u << 26))
		return 0;
	cpuid(0xd, 0, leaf);
	return leaf[0];
}

static void on(uint32_t xcr0)
{
	uint64_t cr0, cr4;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	cr0 = (cr0 & ~(CR0_EM | CR0_TS)) | CR0_MP;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
	__asm__ volatile("xsetbv" : : "c"(0), "a"(xcr0), "d"(0));
}

static void report(const char *name, uint64_t value)
{
	guest_puts(name);
	guest_puts("=0x");
	guest_put_hex(value);
	guest_puts("\n");
}

static void no_more(void)
{
	__asm__ volatile("nop");
}

void guest_main(void)
{
	uint32_t have = components();

	guest_puts("avx: start\n");
	if ((have & XCR0_AVX) == XCR0_AVX) {
		on(XCR0_AVX);
		avx_exercise(&after);
		for (unsigned i = 0; i < 4; i++)
			report("ymm5", after.vector[i]);
	}
	if ((have & XCR0_AVX512) == XCR0_AVX512) {
		on(XCR0_AVX512);
		avx512_exercise(&after);
		for (unsigned i = 0; i < 8; i++)
			report("zmm20", after.vector[i]);
		report("k3", after.k3);
	}
	no_more();
	guest_puts("avx: end\n");
}
