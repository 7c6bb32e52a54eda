// SPDX-License-Identifier: MIT
#include "test.h"

#include <gdbproto/buffer.h>
#include <gdbproto/hex.h>
#include <gdbproto/threadid.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct hex_in in_of(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	return (struct hex_in){p, p + strlen(text)};
}

static void test_number(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t value;
		size_t left;
	} cases[] = {
	    {"0", true, 0, 0},
	    {"7f,", true, 0x7f, 1},
	    {"DeadBeef", true, 0xdeadbeef, 0},
	    {"ffffffffffffffff", true, UINT64_MAX, 0},
	    {"00000000000000000000001", true, 1, 0},
	    {"10000000000000000", false, 0, 17},
	    {"", false, 0, 0},
	    {"-1", false, 0, 2},
	    {"+1", false, 0, 2},
	    {" 1", false, 0, 2},
	    {"0x1", true, 0, 2},
	    {"g", false, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hex_in in = in_of(cases[i].text);
		uint64_t value = 0;

		assert_int_equal(hex_number(&in, &value), cases[i].ok);
		assert_true(value == cases[i].value);
		assert_int_equal(hex_left(&in), cases[i].left);
	}
}

/* What we write, against printf. */
static void test_written(void **state)
{
	static const uint64_t numbers[] = {0, 9, 10, 1234567890, UINT64_MAX};
	struct buffer b = {0};
	char want[48];

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		uint8_t byte = (uint8_t)i;

		snprintf(want, sizeof(want), "%02x", i);
		buffer_clear(&b);
		buffer_add_hex(&b, &byte, 1);
		assert_int_equal(b.len, 2);
		assert_memory_equal(b.data, want, 2);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(want, sizeof(want), "%" PRIu64 ".%" PRIx64, numbers[i],
			 numbers[i]);
		buffer_clear(&b);
		buffer_add_decimal(&b, numbers[i]);
		buffer_add_char(&b, '.');
		buffer_add_number(&b, numbers[i], 1);
		buffer_add_char(&b, '\0');
		assert_string_equal((char *)b.data, want);
	}
	buffer_free(&b);
}

static void test_bytes(void **state)
{
	struct hex_in in = in_of("00ffA5x0");
	uint8_t out[4] = {1, 2, 3, 4};

	(void)state;
	assert_false(hex_bytes(&in, out, 4));
	assert_false(hex_bytes(&in, out, SIZE_MAX));
	assert_int_equal(hex_left(&in), 8);
	assert_int_equal(out[0], 1);
	assert_true(hex_bytes(&in, out, 3));
	assert_memory_equal(out, "\x00\xff\xa5\x04", 4);
	assert_int_equal(hex_left(&in), 2);
	assert_true(hex_bytes(&in, out, 0));
}

static void test_items(void **state)
{
	struct hex_in in = in_of("read:1000,20;rest");
	struct hex_in part;
	uint64_t addr, len;

	(void)state;
	assert_false(hex_text(&in, "ready"));
	assert_true(hex_text(&in, "read"));
	assert_false(hex_char(&in, ';'));
	assert_true(hex_char(&in, ':'));
	assert_true(hex_range(&in, &addr, &len));
	assert_int_equal(addr, 0x1000);
	assert_int_equal(len, 0x20);
	assert_false(hex_range(&in, &addr, &len));
	hex_split(&in, ';', &part);
	assert_int_equal(hex_left(&part), 0);
	hex_split(&in, ';', &part);
	assert_int_equal(hex_left(&part), 4);
	assert_int_equal(hex_left(&in), 0);
	hex_split(&in, ';', &part);
	assert_int_equal(hex_left(&part), 0);
}

static void test_range_takes_nothing_on_failure(void **state)
{
	static const char *const bad[] = {"1", "1,", ",1", "1;2", "1,g", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hex_in in = in_of(bad[i]);
		uint64_t a, b;

		assert_false(hex_range(&in, &a, &b));
		assert_int_equal(hex_left(&in), strlen(bad[i]));
	}
}

static void test_thread_ids(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		enum threadid_kind kind;
		unsigned vcpu;
	} cases[] = {
	    {"1", true, THREADID_ONE, 0},
	    {"a", true, THREADID_ONE, 9},
	    {"b", true, THREADID_NONE, 0},
	    {"ffffffffffffffff", true, THREADID_ALL, 0},
	    {"0", true, THREADID_ANY, 0},
	    {"-1", true, THREADID_ALL, 0},
	    {"p1.1", true, THREADID_ONE, 0},
	    {"p1.2", true, THREADID_ONE, 1},
	    {"p1.b", true, THREADID_NONE, 0},
	    {"p2.1", true, THREADID_NONE, 0},
	    {"p2.-1", true, THREADID_NONE, 0},
	    {"p1.-1", true, THREADID_ALL, 0},
	    {"p-1.-1", true, THREADID_ALL, 0},
	    {"p-1", true, THREADID_ALL, 0},
	    {"p1", true, THREADID_ALL, 0},
	    {"p0.0", true, THREADID_ANY, 0},
	    {"p0.2", true, THREADID_ONE, 1},
	    {"", false, 0, 0},
	    {"p", false, 0, 0},
	    {"p.1", false, 0, 0},
	    {"p1.", false, 0, 0},
	    {"-2", false, 0, 0},
	    {"x", false, 0, 0},
	    {"11111111111111111", false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hex_in in = in_of(cases[i].text);
		struct threadid id = {0};

		assert_int_equal(threadid_parse(&in, 10, &id), cases[i].ok);
		if (!cases[i].ok) {
			assert_int_equal(hex_left(&in), strlen(cases[i].text));
			continue;
		}
		assert_int_equal(id.kind, cases[i].kind);
		assert_int_equal(id.vcpu, cases[i].vcpu);
		assert_int_equal(hex_left(&in), 0);
	}
}

static void test_process_ids(void **state)
{
	struct hex_in in = in_of("1;-1;0;2;z");
	bool ours;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_true(threadid_parse_process(&in, &ours));
		assert_int_equal(ours, i < 3);
		assert_true(hex_char(&in, ';'));
	}
	assert_false(threadid_parse_process(&in, &ours));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_written),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_items),
	    cmocka_unit_test(test_range_takes_nothing_on_failure),
	    cmocka_unit_test(test_thread_ids),
	    cmocka_unit_test(test_process_ids),
	};

	return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
