// SPDX-License-Identifier: MIT
#include "test.h"

#include "fake_target.h"

#include <gdbproto/tdesc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers, written down once more by hand: GDB's amd64 numbering. */
static void test_numbers(void **state)
{
	static const struct {
		unsigned number;
		enum kvmgdb_reg reg;
	} cases[] = {{0, KVMGDB_REG_RAX},       {1, KVMGDB_REG_RBX},
		     {5, KVMGDB_REG_RDI},       {6, KVMGDB_REG_RBP},
		     {7, KVMGDB_REG_RSP},       {8, KVMGDB_REG_R8},
		     {16, KVMGDB_REG_RIP},      {17, KVMGDB_REG_EFLAGS},
		     {23, KVMGDB_REG_GS},       {24, KVMGDB_REG_ST0},
		     {31, KVMGDB_REG_ST7},      {32, KVMGDB_REG_FCTRL},
		     {39, KVMGDB_REG_FOP},      {40, KVMGDB_REG_XMM0},
		     {55, KVMGDB_REG_XMM15},    {56, KVMGDB_REG_MXCSR},
		     {57, KVMGDB_REG_FS_BASE},  {58, KVMGDB_REG_GS_BASE},
		     {59, KVMGDB_REG_K_GS_BASE}};
	struct tdesc_reg r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(tdesc_lookup(TDESC_X86_64, cases[i].number, &r));
		assert_int_equal(r.reg, cases[i].reg);
	}
	assert_false(tdesc_lookup(TDESC_X86_64, tdesc_count(TDESC_X86_64), &r));
	assert_false(tdesc_lookup(TDESC_X86_64, UINT64_MAX, &r));
}

static void test_every_register_once(void **state)
{
	bool seen[KVMGDB_REG_COUNT] = {false};

	(void)state;
	assert_int_equal(tdesc_count(TDESC_X86_64), KVMGDB_REG_COUNT);
	for (unsigned n = 0; n < tdesc_count(TDESC_X86_64); n++) {
		struct tdesc_reg r;

		assert_true(tdesc_lookup(TDESC_X86_64, n, &r));
		assert_false(seen[r.reg]);
		seen[r.reg] = true;
		/* what stops and `g` go by */
		assert_int_equal(r.reg, n);
		assert_int_equal(r.size, kvmgdb_reg_size(r.reg));
		assert_int_equal(tdesc_number(TDESC_X86_64, r.reg), n);
	}
}

static void test_g_size(void **state)
{
	size_t size = 0;
	struct tdesc_reg r = {.reg = KVMGDB_REG_COUNT};

	(void)state;
	for (unsigned n = 0; n < TDESC_G_REGS; n++) {
		assert_true(tdesc_lookup(TDESC_X86_64, n, &r));
		size += r.size;
	}
	assert_int_equal(r.reg, KVMGDB_REG_K7);
	assert_int_equal(size, TDESC_G_SIZE);
	/* up to GS_BASE, as GDB's own descriptions have it, 27 more, and what
	 * not every CPU has: XCR0 and K0-7 */
	assert_int_equal(size, 552 + 27 * 8 + 9 * 8);
}

/* Walk the <reg> elements: each number once, sizes those of the seam; features
 * are not torn. */
static void test_xml(void **state)
{
	bool seen[KVMGDB_REG_COUNT] = {false};
	struct buffer b = {0};
	unsigned count = 0;
	const char *p;

	(void)state;
	tdesc_add_xml(&b, TDESC_X86_64, NULL, NULL);
	buffer_add_char(&b, '\0');
	assert_false(b.failed);
	assert_non_null(
	    strstr((char *)b.data, "<architecture>i386:x86-64</architecture>"));
	assert_non_null(strstr((char *)b.data, "<osabi>none</osabi>"));
	assert_non_null(strstr((char *)b.data, "name=\"cr3\""));
	for (p = strstr((char *)b.data, "<reg "); p;
	     p = strstr(p + 1, "<reg ")) {
		char want[64];
		struct tdesc_reg r;
		const char *end = strchr(p, '>');
		const char *at = strstr(p, "regnum=\"");
		unsigned long number;

		assert_true(at && at < end);
		number = strtoul(at + strlen("regnum=\""), NULL, 10);
		assert_true(tdesc_lookup(TDESC_X86_64, number, &r));
		assert_false(seen[number]);
		seen[number] = true;
		snprintf(want, sizeof(want), "bitsize=\"%zu\"", 8 * r.size);
		at = strstr(p, want);
		assert_true(at && at < end);
		count++;
	}
	assert_int_equal(count, KVMGDB_REG_COUNT);
	p = strstr((char *)b.data, "\"org.gnu.gdb.i386.avx512\"");
	assert_non_null(p);
	assert_null(strstr(p + 1, "\"org.gnu.gdb.i386.avx512\""));
	buffer_free(&b);
}

/* What the CPU has not is left out, and the others keep their numbers. */
static void test_present(void **state)
{
	static struct fake_target f;
	struct buffer b = {0};

	(void)state;
	fake_init(&f);
	tdesc_add_xml(&b, TDESC_X86_64, &fake_ops, &f);
	buffer_add_char(&b, '\0');
	assert_non_null(strstr((char *)b.data, "org.gnu.gdb.i386.avx\""));
	assert_non_null(strstr((char *)b.data, "\"ymm15h\""));
	assert_null(strstr((char *)b.data, "avx512"));
	assert_null(strstr((char *)b.data, "pkru"));
	assert_non_null(strstr((char *)b.data,
			       "\"xcr0\" bitsize=\"64\" type=\"uint64\" "
			       "regnum=\"86\""));
	buffer_clear(&b);
	f.no_avx = true;
	tdesc_add_xml(&b, TDESC_X86_64, &fake_ops, &f);
	buffer_add_char(&b, '\0');
	assert_null(strstr((char *)b.data, "org.gnu.gdb.i386.avx"));
	assert_non_null(strstr((char *)b.data, "regnum=\"86\""));
	buffer_free(&b);
}

static void test_names(void **state)
{
	static const struct {
		unsigned number;
		const char *name;
	} cases[] = {{0, "rax"},      {24, "st0"},     {55, "xmm15"},
		     {60, "cr0"},     {86, "xcr0"},    {87, "k0"},
		     {95, "ymm0h"},   {111, "xmm16"},  {126, "xmm31"},
		     {127, "ymm16h"}, {174, "zmm31h"}, {175, "pkru"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer b = {0};

		tdesc_add_name(&b, TDESC_X86_64, cases[i].number);
		buffer_add_char(&b, '\0');
		assert_string_equal((char *)b.data, cases[i].name);
		buffer_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_every_register_once),
	    cmocka_unit_test(test_g_size),
	    cmocka_unit_test(test_xml),
	    cmocka_unit_test(test_present),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("tdesc", tests, NULL, NULL);
}
