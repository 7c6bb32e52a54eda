/* SPDX-License-Identifier: MIT */
/* AVX, AVX-512 and PKRU in an XSAVE area, against this CPU's own XSAVE and
 * XRSTOR; what it does not have is skipped. */
#include "kvmbackend/xfeature.h"
#include "kvmbackend/xstate.h"

#include <cpuid.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define AREA   8192u
#define AT_BV  512u
#define AVX    0x6u
#define AVX512 0xe6u

static _Alignas(64) uint8_t area[AREA];
static struct xfeature_layout layout;

static uint64_t xcr0(void)
{
	uint32_t a, b, c, d, low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return 0;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

static void need(uint64_t components)
{
	if ((xcr0() & components) != components)
		skip();
	memset(area, 0, sizeof(area));
	xfeature_layout(&layout, sizeof(area));
}

/* The components under test: all that a CPU has may need more than AREA. */
static void xsave(void)
{
	__asm__ volatile("xsave64 %0"
			 : "+m"(area)
			 : "a"(0x2e7), "d"(0)
			 : "memory");
}

#define FILL(i) (uint8_t)(0x11 * ((i) % 13) + (i))

static void fill(uint8_t *bytes, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = FILL(i + seed);
}

static void assert_reg(enum kvmgdb_reg reg, const void *want)
{
	uint8_t got[KVMGDB_REG_MAX_SIZE];

	assert_true(xfeature_read(area, &layout, reg, got));
	assert_memory_equal(got, want, kvmgdb_reg_size(reg));
}

static void avx_as_saved(void **state)
{
	uint8_t value[32];

	(void)state;
	need(AVX);
	fill(value, sizeof(value), 1);
	__asm__ volatile("vmovdqu %0, %%ymm3\n\t"
			 "vmovdqu %0, %%ymm15"
			 :
			 : "m"(value)
			 : "xmm3", "xmm15");
	xsave();
	assert_reg(KVMGDB_REG_YMM0H + 3, value + 16);
	assert_reg(KVMGDB_REG_YMM15H, value + 16);
}

static void avx_as_loaded(void **state)
{
	uint8_t value[16], got[32];

	(void)state;
	need(AVX);
	fill(value, sizeof(value), 2);
	assert_true(xfeature_write(area, &layout, KVMGDB_REG_YMM0H + 7, value));
	assert_reg(KVMGDB_REG_YMM0H + 7, value);
	__asm__ volatile("xrstor64 %1\n\t"
			 "vmovdqu %%ymm7, %0"
			 : "=m"(got)
			 : "m"(area), "a"(4), "d"(0)
			 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
			   "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
			   "xmm12", "xmm13", "xmm14", "xmm15");
	assert_memory_equal(got + 16, value, 16);
}

__attribute__((target("avx512f"))) static void avx512_as_saved(void **state)
{
	uint8_t value[64];
	const uint16_t mask = 0x1234;

	(void)state;
	need(AVX512);
	fill(value, sizeof(value), 3);
	__asm__ volatile("vmovdqu64 %0, %%zmm5\n\t"
			 "vmovdqu64 %0, %%zmm20\n\t"
			 "kmovw %1, %%k3"
			 :
			 : "m"(value), "m"(mask)
			 : "xmm5", "xmm20", "k3");
	xsave();
	assert_reg(KVMGDB_REG_YMM0H + 5, value + 16);
	assert_reg(KVMGDB_REG_ZMM0H + 5, value + 32);
	assert_reg(KVMGDB_REG_XMM16 + 4, value);
	assert_reg(KVMGDB_REG_YMM16H + 4, value + 16);
	assert_reg(KVMGDB_REG_ZMM0H + 20, value + 32);
	assert_reg(KVMGDB_REG_K0 + 3, (uint8_t[8]){0x34, 0x12});
}

/* What is not in use is initial, whatever the bytes say; a write makes all of
 * its component valid, and MXCSR stays. */
static void initial_state(void **state)
{
	static const uint8_t zero[32];
	uint8_t value[16];
	uint32_t mxcsr = 0;
	enum kvmgdb_reg reg;

	(void)state;
	need(AVX);
	memset(area, 0xa5, sizeof(area));
	memset(area + AT_BV, 0, 64);
	for (reg = KVMGDB_REG_K0; reg <= KVMGDB_REG_PKRU; reg++)
		if (!(xfeature_needs(reg) & ~xcr0()))
			assert_reg(reg, zero);
	fill(value, sizeof(value), 4);
	assert_true(xfeature_write(area, &layout, KVMGDB_REG_YMM0H + 1, value));
	assert_reg(KVMGDB_REG_YMM0H, zero);
	assert_reg(KVMGDB_REG_YMM0H + 1, value);
	assert_int_equal(area[AT_BV], 4);
	xstate_read(area, KVMGDB_REG_MXCSR, &mxcsr);
	assert_int_equal(mxcsr, 0x1f80);
}

static void needs_and_names(void **state)
{
	(void)state;
	assert_false(xfeature_has(KVMGDB_REG_DR7));
	assert_true(xfeature_has(KVMGDB_REG_YMM0H));
	assert_true(xfeature_has(KVMGDB_REG_PKRU));
	assert_false(xfeature_has(KVMGDB_REG_XCR0));
	assert_int_equal(xfeature_needs(KVMGDB_REG_YMM15H), 0x4);
	assert_int_equal(xfeature_needs(KVMGDB_REG_XMM16), 0xe4);
	assert_int_equal(xfeature_needs(KVMGDB_REG_ZMM31H), 0xe4);
	assert_int_equal(xfeature_needs(KVMGDB_REG_PKRU), 0x200);
}

/* An area too small for a component has none of it. */
static void small_area(void **state)
{
	struct xfeature_layout small;
	uint8_t value[16];

	(void)state;
	need(AVX);
	xfeature_layout(&small, XSTATE_MIN_SIZE);
	assert_false(xfeature_read(area, &small, KVMGDB_REG_YMM0H, value));
	assert_false(xfeature_write(area, &small, KVMGDB_REG_YMM0H, value));
	xfeature_layout(&small, XSTATE_MIN_SIZE + 256);
	assert_true(xfeature_read(area, &small, KVMGDB_REG_YMM15H, value));
	assert_false(xfeature_read(area, &small, KVMGDB_REG_K0, value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(avx_as_saved),    cmocka_unit_test(avx_as_loaded),
	    cmocka_unit_test(avx512_as_saved), cmocka_unit_test(initial_state),
	    cmocka_unit_test(needs_and_names), cmocka_unit_test(small_area),
	};

	return cmocka_run_group_tests_name("xfeature", tests, NULL, NULL);
}
