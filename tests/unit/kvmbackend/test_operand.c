/* SPDX-License-Identifier: MIT */
/*
 * Operands in memory: the table of operand_cases.S, whose bytes the assembler
 * made, and what it cannot express.
 */
#include "kvmbackend/operand.h"

#include "operand_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DF (UINT64_C(1) << 10)

static const struct operand_state initial = {
    .gpr = {RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13,
	    R14, R15},
    .rflags = 2,
    .base = {BASE_ES, BASE_CS, BASE_SS, BASE_DS, BASE_FS, BASE_GS},
};

/* From memory of its own of N bytes, so that a sanitizer sees more being read.
 */
static int list_bytes(const void *code, size_t n,
		      const struct operand_state *state,
		      struct operand out[OPERAND_MAX])
{
	uint8_t *copy = malloc(n ? n : 1);
	int count;

	assert_non_null(copy);
	memcpy(copy, code, n);
	count = operand_list(n ? copy : copy + 1, n, state, out);
	free(copy);
	return count;
}

static struct operand_state state_of(unsigned bits, const uint8_t *rip)
{
	struct operand_state state = initial;

	state.bits = state.stack_bits = bits;
	state.rip = (uintptr_t)rip;
	return state;
}

static bool matches(const struct operand_case *c, int count,
		    const struct operand *out)
{
	int expected = c->flags & CASE_ANY ? -1 : c->count;

	if (count != expected)
		return false;
	for (int i = 0; i < count; i++)
		if (out[i].addr != c->ops[i].addr ||
		    out[i].len != c->ops[i].len ||
		    out[i].read != (bool)(c->ops[i].access & ACCESS_R) ||
		    out[i].write != (bool)(c->ops[i].access & ACCESS_W))
			return false;
	return true;
}

static void print_answer(const struct operand_case *c, int count,
			 const struct operand *out)
{
	print_error("%d bits, %s: %d operands\n", c->bits, c->text, count);
	for (int i = 0; i < count; i++)
		print_error(
		    "  %#llx+%llu%s%s\n", (unsigned long long)out[i].addr,
		    (unsigned long long)out[i].len, out[i].read ? " read" : "",
		    out[i].write ? " write" : "");
}

static void test_table(void **unused)
{
	const struct operand_case *c;
	struct operand out[OPERAND_MAX];
	unsigned wrong = 0;

	(void)unused;
	for (c = operand_cases; c < operand_cases_end; c++) {
		struct operand_state state =
		    state_of((unsigned)c->bits, c->code);
		int count = list_bytes(c->code, (size_t)c->len, &state, out);

		if (matches(c, count, out))
			continue;
		print_answer(c, count, out);
		wrong++;
	}
	assert_true(operand_cases_end - operand_cases > 300);
	assert_int_equal(wrong, 0);
}

/* An answer would be a guess. */
static void test_truncated(void **unused)
{
	const struct operand_case *c;
	struct operand out[OPERAND_MAX];

	(void)unused;
	for (c = operand_cases; c < operand_cases_end; c++) {
		struct operand_state state =
		    state_of((unsigned)c->bits, c->code);

		for (size_t n = 0; n < (size_t)c->len; n++)
			if (list_bytes(c->code, n, &state, out) != -1)
				fail_msg("%s: %zu bytes", c->text, n);
	}
}

static void test_fifteen_bytes(void **unused)
{
	struct operand_state state = state_of(64, NULL);
	struct operand out[OPERAND_MAX];
	uint8_t code[32];

	(void)unused;
	memset(code, 0x66, sizeof(code));
	code[13] = 0x89;
	code[14] = 0x07;
	assert_int_equal(list_bytes(code, 32, &state, out), 1);
	assert_int_equal(out[0].len, 2);
	memmove(code + 14, code + 13, 2);
	code[13] = 0x66;
	assert_int_equal(list_bytes(code, 32, &state, out), -1);
}

#define LIST(bytes, state, out) list_bytes(bytes, sizeof(bytes) - 1, state, out)

static void test_prefixes(void **unused)
{
	struct operand_state state = state_of(64, NULL);
	struct operand out[OPERAND_MAX];

	(void)unused;
	/* REX does not count before another prefix. */
	assert_int_equal(LIST("\x48\x66\x89\x07", &state, out), 1);
	assert_int_equal(out[0].len, 2);
	assert_int_equal(LIST("\x66\x48\x89\x07", &state, out), 1);
	assert_int_equal(out[0].len, 8);
	/* Nor may anything stand before VEX and EVEX. */
	assert_int_equal(LIST("\xc5\xf8\x10\x07", &state, out), 1);
	assert_int_equal(LIST("\x66\xc5\xf8\x10\x07", &state, out), -1);
	assert_int_equal(LIST("\x48\xc5\xf8\x10\x07", &state, out), -1);
	assert_int_equal(LIST("\x62\xf1\x7c\x48\x10\x07", &state, out), 1);
	assert_int_equal(LIST("\xf3\x62\xf1\x7c\x48\x10\x07", &state, out), -1);
	/* What only APX knows. */
	assert_int_equal(LIST("\x62\xf9\x7c\x48\x10\x07", &state, out), -1);
	assert_int_equal(LIST("\x62\xf1\x78\x48\x10\x07", &state, out), -1);
	assert_int_equal(LIST("\x62\xf4\x7c\x48\x10\x07", &state, out), -1);
	/* The last segment counts. */
	assert_int_equal(LIST("\x65\x64\x8b\x07", &state, out), 1);
	assert_int_equal(out[0].addr, RDI + BASE_FS);
	/* Nothing assigned, and XOP. */
	assert_int_equal(LIST("\x8f\xe8\x78\xa2\x07\x00", &state, out), -1);
	assert_int_equal(LIST("\x0f\x0a", &state, out), -1);
	assert_int_equal(LIST("\xff\x3f", &state, out), -1);
	assert_int_equal(LIST("\x06", &state, out), -1);
}

static void test_eip_relative(void **unused)
{
	struct operand_state state = state_of(64, NULL);
	struct operand out[OPERAND_MAX];

	(void)unused;
	state.rip = 0x7ffffff8;
	assert_int_equal(LIST("\x8b\x05\0\0\0\x7f", &state, out), 1);
	assert_int_equal(out[0].addr, 0xfefffffe);
	state.rip = 0xfffffff8;
	assert_int_equal(LIST("\x8b\x05\4\0\0\0", &state, out), 1);
	assert_int_equal(out[0].addr, 0x100000002);
	assert_int_equal(LIST("\x67\x8b\x05\4\0\0\0", &state, out), 1);
	assert_int_equal(out[0].addr, 3);
}

static void expect_range(const struct operand *o, uint64_t addr, uint64_t len)
{
	assert_int_equal(o->addr, addr);
	assert_int_equal(o->len, len);
}

static void test_repeated(void **unused)
{
	struct operand_state state = state_of(64, NULL);
	struct operand out[OPERAND_MAX];

	(void)unused;
	state.rflags |= DF;
	assert_int_equal(LIST("\xf3\xa5", &state, out), 2);
	expect_range(&out[0], RSI - 8, 12);
	expect_range(&out[1], RDI - 8, 12);
	assert_int_equal(LIST("\xa5", &state, out), 2);
	expect_range(&out[0], RSI, 4);
	state.gpr[1] = 0;
	assert_int_equal(LIST("\xf3\xa5", &state, out), 0);
	assert_int_equal(LIST("\xa5", &state, out), 2);
	/* Only CX counts with 16-bit addresses, ECX with 32-bit ones. */
	state.gpr[1] = UINT64_C(0x500000000);
	assert_int_equal(LIST("\x67\xf3\xa4", &state, out), 0);
	assert_int_equal(LIST("\xf3\xa4", &state, out), 2);
	/* strlen: till it is found. */
	state.gpr[1] = UINT64_MAX;
	assert_int_equal(LIST("\xf2\xae", &state, out), 1);
	expect_range(&out[0], 0, RDI + 1);
	assert_int_equal(LIST("\xf2\x48\xaf", &state, out), 1);
	expect_range(&out[0], 0, RDI + 8);
	state.rflags &= ~DF;
	assert_int_equal(LIST("\xf2\xae", &state, out), 1);
	expect_range(&out[0], RDI, UINT64_C(0) - RDI);
	assert_int_equal(LIST("\xf3\x48\xab", &state, out), 1);
	expect_range(&out[0], RDI, UINT64_C(0) - RDI);
}

static void test_repeated_wraps(void **unused)
{
	struct operand_state state = state_of(16, NULL);
	struct operand out[OPERAND_MAX];

	(void)unused;
	state.gpr[1] = 0x100;
	state.gpr[7] = 0xff00;
	assert_int_equal(LIST("\xf3\xaa", &state, out), 1);
	expect_range(&out[0], BASE_ES + 0xff00, 0x100);
	state.gpr[1] = 0x102;
	assert_int_equal(LIST("\xf3\xaa", &state, out), 1);
	expect_range(&out[0], BASE_ES, 0x10000);
	state.rflags |= DF;
	assert_int_equal(LIST("\xf3\xaa", &state, out), 1);
	expect_range(&out[0], BASE_ES + 0xff00 - 0x101, 0x102);
	state.gpr[7] = 0x100;
	assert_int_equal(LIST("\xf3\xaa", &state, out), 1);
	expect_range(&out[0], BASE_ES, 0x10000);
}

static void test_stack(void **unused)
{
	struct operand_state state = state_of(16, NULL);
	struct operand out[OPERAND_MAX];

	(void)unused;
	/* The first push of an empty stack, the last words of a full one. */
	state.gpr[4] = 0x10000;
	assert_int_equal(LIST("\x50", &state, out), 1);
	expect_range(&out[0], BASE_SS + 0xfffe, 2);
	state.gpr[4] = 0xfffa;
	assert_int_equal(LIST("\xcf", &state, out), 1);
	expect_range(&out[0], BASE_SS + 0xfffa, 6);
	state.gpr[4] = 0xfffc;
	assert_int_equal(LIST("\xcf", &state, out), -1);
	assert_int_equal(LIST("\xcb", &state, out), 1);
	expect_range(&out[0], BASE_SS + 0xfffc, 4);
	state.gpr[4] = 8; /* PUSHA around the end */
	assert_int_equal(LIST("\x60", &state, out), -1);
	/* Code and stack of different sizes. */
	state.gpr[4] = 0x123450000;
	state.stack_bits = 32;
	assert_int_equal(LIST("\x50", &state, out), 1);
	expect_range(&out[0], BASE_SS + 0x2344fffe, 2);
	state.bits = 32;
	state.stack_bits = 16;
	assert_int_equal(LIST("\x50", &state, out), 1);
	expect_range(&out[0], BASE_SS + 0xfffc, 4);
	/* LEAVE by BP. */
	assert_int_equal(LIST("\xc9", &state, out), 1);
	expect_range(&out[0], BASE_SS + (RBP & 0xffff), 4);
}

/* Around the end of the linear addresses. */
static void test_linear_wrap(void **unused)
{
	struct operand_state state = state_of(32, NULL);
	struct operand out[OPERAND_MAX];

	(void)unused;
	state.gpr[7] = 0xfffffffe;
	assert_int_equal(LIST("\x89\x07", &state, out), 1);
	expect_range(&out[0], BASE_DS - 2, 4);
	state.base[3] = 0;
	assert_int_equal(LIST("\x89\x07", &state, out), -1);
	assert_int_equal(LIST("\x66\x89\x07", &state, out), 1);
	state = state_of(64, NULL);
	state.gpr[7] = UINT64_MAX - 2;
	assert_int_equal(LIST("\x89\x07", &state, out), -1);
	state.gpr[7] = UINT64_MAX - 3;
	assert_int_equal(LIST("\x89\x07", &state, out), 1);
}

static void test_bit_strings(void **unused)
{
	struct operand_state state = state_of(64, NULL);
	struct operand out[OPERAND_MAX];

	(void)unused;
	state.gpr[2] = UINT64_C(0x1234ffffffff); /* -1 as 32 bits */
	assert_int_equal(LIST("\x0f\xab\x17", &state, out), 1);
	expect_range(&out[0], RDI - 4, 4);
	state.gpr[2] = (uint64_t)INT64_C(-64);
	assert_int_equal(LIST("\x48\x0f\xa3\x17", &state, out), 1);
	expect_range(&out[0], RDI - 8, 8);
	state.gpr[2] = (uint64_t)INT64_C(-65);
	assert_int_equal(LIST("\x48\x0f\xa3\x17", &state, out), 1);
	expect_range(&out[0], RDI - 16, 8);
	state.gpr[2] = UINT64_C(1) << 63;
	assert_int_equal(LIST("\x48\x0f\xa3\x17", &state, out), 1);
	expect_range(&out[0], RDI - (UINT64_C(1) << 60), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_truncated),
	    cmocka_unit_test(test_fifteen_bytes),
	    cmocka_unit_test(test_prefixes),
	    cmocka_unit_test(test_eip_relative),
	    cmocka_unit_test(test_repeated),
	    cmocka_unit_test(test_repeated_wraps),
	    cmocka_unit_test(test_stack),
	    cmocka_unit_test(test_linear_wrap),
	    cmocka_unit_test(test_bit_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
