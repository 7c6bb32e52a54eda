/* SPDX-License-Identifier: MIT */
/* The XSAVE area without KVM: initial states, and the tag word against the CPU
 * that this test runs on. */
#include "kvmbackend/xstate.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define AT_MXCSR 24
#define AT_BV    512

struct area {
	_Alignas(64) uint8_t bytes[XSTATE_MIN_SIZE];
};

/* Nothing in use, and garbage where nothing is to be looked at. */
static struct area unused_area(uint64_t bv)
{
	struct area area;

	memset(area.bytes, 0xa5, sizeof(area.bytes));
	memset(area.bytes + AT_BV, 0, XSTATE_MIN_SIZE - AT_BV);
	memcpy(area.bytes + AT_BV, &bv, sizeof(bv));
	return area;
}

static uint64_t bv_of(const struct area *area)
{
	uint64_t bv;

	memcpy(&bv, area->bytes + AT_BV, sizeof(bv));
	return bv;
}

static uint32_t get(const struct area *area, enum kvmgdb_reg reg)
{
	uint32_t value = 0;

	assert_int_equal(kvmgdb_reg_size(reg), sizeof(value));
	xstate_read(area->bytes, reg, &value);
	return value;
}

static int put(struct area *area, enum kvmgdb_reg reg, uint32_t value)
{
	return xstate_write(area->bytes, 0xffff, reg, &value);
}

static void assert_x87_initial(const struct area *area)
{
	static const uint8_t zero[10];
	uint8_t buf[10];
	unsigned i;

	for (i = 0; i < 8; i++) {
		xstate_read(area->bytes, KVMGDB_REG_ST0 + i, buf);
		assert_memory_equal(buf, zero, 10);
	}
	assert_int_equal(get(area, KVMGDB_REG_FCTRL), 0x37f);
	assert_int_equal(get(area, KVMGDB_REG_FSTAT), 0);
	assert_int_equal(get(area, KVMGDB_REG_FTAG), 0xffff);
	assert_int_equal(get(area, KVMGDB_REG_FIOFF), 0);
	assert_int_equal(get(area, KVMGDB_REG_FISEG), 0);
	assert_int_equal(get(area, KVMGDB_REG_FOOFF), 0);
	assert_int_equal(get(area, KVMGDB_REG_FOSEG), 0);
	assert_int_equal(get(area, KVMGDB_REG_FOP), 0);
}

static void assert_xmm_zero(const struct area *area, unsigned first)
{
	static const uint8_t zero[16];
	uint8_t buf[16];
	unsigned i;

	for (i = first; i < 16; i++) {
		xstate_read(area->bytes, KVMGDB_REG_XMM0 + i, buf);
		assert_memory_equal(buf, zero, 16);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_false(xstate_has(KVMGDB_REG_GS));
	assert_true(xstate_has(KVMGDB_REG_ST0));
	assert_true(xstate_has(KVMGDB_REG_FOP));
	assert_true(xstate_has(KVMGDB_REG_XMM15));
	assert_true(xstate_has(KVMGDB_REG_MXCSR));
	assert_false(xstate_has(KVMGDB_REG_FS_BASE));
}

static void test_initial(void **state)
{
	struct area area = unused_area(0);

	(void)state;
	assert_x87_initial(&area);
	assert_xmm_zero(&area, 0);
	assert_int_equal(get(&area, KVMGDB_REG_MXCSR), 0x1f80);
}

static void test_in_use(void **state)
{
	struct area area = unused_area(3);
	uint8_t buf[16];

	(void)state;
	assert_int_equal(get(&area, KVMGDB_REG_MXCSR), 0xa5a5a5a5);
	assert_int_equal(get(&area, KVMGDB_REG_FCTRL), 0xa5a5);
	assert_int_equal(get(&area, KVMGDB_REG_FOP), 0x5a5);
	xstate_read(area.bytes, KVMGDB_REG_XMM15, buf);
	assert_int_equal(buf[15], 0xa5);
}

/* AVX makes MXCSR valid, and not the XMM registers. */
static void test_mxcsr_of_avx(void **state)
{
	struct area area = unused_area(4);
	uint32_t mxcsr = 0x1fa0;
	uint8_t one[16] = {1};

	(void)state;
	memcpy(area.bytes + AT_MXCSR, &mxcsr, 4);
	assert_int_equal(get(&area, KVMGDB_REG_MXCSR), 0x1fa0);
	assert_xmm_zero(&area, 0);
	assert_int_equal(xstate_write(area.bytes, 0xffff, KVMGDB_REG_XMM0, one),
			 0);
	assert_int_equal(bv_of(&area), 6);
	assert_int_equal(get(&area, KVMGDB_REG_MXCSR), 0x1fa0);
	assert_xmm_zero(&area, 1);
}

/* x87 does not: KVM gives the initial one to the guest then. */
static void test_mxcsr_of_x87(void **state)
{
	struct area area = unused_area(1);

	(void)state;
	assert_int_equal(get(&area, KVMGDB_REG_MXCSR), 0x1f80);
	assert_int_equal(get(&area, KVMGDB_REG_FCTRL), 0xa5a5);
}

static void test_first_x87_write(void **state)
{
	struct area area = unused_area(0);
	uint8_t st[10] = {1, 2, 3, 4, 5, 6, 7, 0x88, 9, 10}, buf[10];
	uint32_t mxcsr;

	(void)state;
	assert_int_equal(
	    xstate_write(area.bytes, 0xffff, KVMGDB_REG_ST0 + 2, st), 0);
	assert_int_equal(bv_of(&area), 1);
	xstate_read(area.bytes, KVMGDB_REG_ST0 + 2, buf);
	assert_memory_equal(buf, st, 10);
	memset(st, 0, sizeof(st));
	assert_int_equal(
	    xstate_write(area.bytes, 0xffff, KVMGDB_REG_ST0 + 2, st), 0);
	assert_x87_initial(&area);
	assert_xmm_zero(&area, 0);
	/* KVM_SET_XSAVE looks at it, so it must be a good one */
	memcpy(&mxcsr, area.bytes + AT_MXCSR, 4);
	assert_int_equal(mxcsr, 0x1f80);
}

static void test_first_mxcsr_write(void **state)
{
	struct area area = unused_area(0);

	(void)state;
	assert_int_equal(put(&area, KVMGDB_REG_MXCSR, 0x1f81), 0);
	assert_int_equal(bv_of(&area), 2);
	assert_int_equal(get(&area, KVMGDB_REG_MXCSR), 0x1f81);
	assert_xmm_zero(&area, 0);
	assert_x87_initial(&area);
}

static void test_refused(void **state)
{
	const struct area before = unused_area(0);
	struct area area = before;

	(void)state;
	assert_int_equal(put(&area, KVMGDB_REG_MXCSR, 0x11f80), -EINVAL);
	assert_int_equal(put(&area, KVMGDB_REG_FCTRL, 0x10000), -EINVAL);
	assert_int_equal(put(&area, KVMGDB_REG_FSTAT, 0x10000), -EINVAL);
	assert_int_equal(put(&area, KVMGDB_REG_FTAG, 0x10000), -EINVAL);
	assert_int_equal(put(&area, KVMGDB_REG_FOP, 0x800), -EINVAL);
	assert_memory_equal(&area, &before, sizeof(area));
	assert_int_equal(put(&area, KVMGDB_REG_FISEG, 0x10000), 0);
}

/* FTAG as this CPU computes it, for every TOP and every kind of number. */
static void test_tags_of_cpu(void **state)
{
	static const uint8_t numbers[8][10] = {
	    {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f}, /* 1 */
	    {0},                                     /* 0 */
	    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80},       /* -0 */
	    {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f}, /* infinity */
	    {1, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff}, /* NaN */
	    {1},                                     /* denormal */
	    {0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0},       /* pseudo-denormal */
	    {0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0x40}};   /* unnormal */
	_Alignas(16) static uint8_t saved[512];
	unsigned top, empty, i;

	(void)state;
	__asm__ volatile("fxsave64 %0" : "=m"(saved));
	for (top = 0; top < 8; top++) {
		for (empty = 0; empty < 256; empty += 15) {
			struct area area = unused_area(0);
			uint8_t environment[28];
			uint32_t tags = 0;
			uint16_t seen;

			memcpy(area.bytes, saved, sizeof(saved));
			area.bytes[AT_BV] = 3;
			for (i = 0; i < 8; i++)
				xstate_write(area.bytes, 0xffff,
					     KVMGDB_REG_ST0 + i,
					     numbers[(i + empty) % 8]);
			for (i = 0; i < 8; i++)
				tags |= (empty >> i & 1 ? 3u : 0u) << (2 * i);
			assert_int_equal(put(&area, KVMGDB_REG_FTAG, tags), 0);
			assert_int_equal(
			    put(&area, KVMGDB_REG_FSTAT, top << 11), 0);
			__asm__ volatile("fxrstor64 %1\n\t"
					 "fnstenv %0\n\t"
					 "fxrstor64 %2"
					 : "=m"(environment)
					 : "m"(*(uint8_t(*)[512])area.bytes),
					   "m"(saved));
			memcpy(&seen, environment + 8, sizeof(seen));
			assert_int_equal(get(&area, KVMGDB_REG_FTAG), seen);
		}
	}
}

static void test_mxcsr_mask(void **state)
{
	const uint32_t mask = xstate_mxcsr_mask();
	uint32_t mxcsr, old;

	(void)state;
	__asm__ volatile("stmxcsr %0" : "=m"(old));
	mxcsr = mask & ~UINT32_C(0x3f); /* would fault if a bit were reserved */
	__asm__ volatile("ldmxcsr %1\n\tstmxcsr %0\n\tldmxcsr %2"
			 : "=m"(mxcsr)
			 : "m"(mxcsr), "m"(old));
	assert_int_equal(mxcsr, mask & ~UINT32_C(0x3f));
	assert_int_equal(mask & 0xffbf, 0xffbf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_initial),
	    cmocka_unit_test(test_in_use),
	    cmocka_unit_test(test_mxcsr_of_avx),
	    cmocka_unit_test(test_mxcsr_of_x87),
	    cmocka_unit_test(test_first_x87_write),
	    cmocka_unit_test(test_first_mxcsr_write),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_tags_of_cpu),
	    cmocka_unit_test(test_mxcsr_mask),
	};

	return cmocka_run_group_tests_name("xstate", tests, NULL, NULL);
}
