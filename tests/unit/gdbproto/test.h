/* SPDX-License-Identifier: MIT */
/* What cmocka needs before it, and what all tests of this folder share. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The answer to a packet, and that nothing was wrong with its bytes. */
#define assert_answer(rig, payload, expected)              \
	do {                                               \
		const char *got_ = rig_send(rig, payload); \
		assert_null((rig)->bad);                   \
		assert_non_null(got_);                     \
		assert_string_equal(got_, expected);       \
	} while (0)

#define assert_no_answer(rig, payload)               \
	do {                                         \
		assert_null(rig_send(rig, payload)); \
		assert_null((rig)->bad);             \
	} while (0)

#define assert_stop(rig, steps, expected)               \
	do {                                            \
		const char *got_ = rig_run(rig, steps); \
		assert_null((rig)->bad);                \
		assert_non_null(got_);                  \
		assert_string_equal(got_, expected);    \
	} while (0)

/* A test with this file's setup() and teardown(). */
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
