// SPDX-License-Identifier: MIT
/*
 * Each allocation of a whole session fails once (linked with --wrap).  The
 * session may end with -ENOMEM; it may not crash, leak or answer half.
 */
#include "test.h"

#include "fake_target.h"

#include <gdbproto/buffer.h>
#include <gdbproto/packet.h>
#include <gdbproto/session.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static long until_failure = -1; /* -1: never */
static unsigned failures;

static bool fails(void)
{
	if (until_failure < 0 || until_failure-- > 0)
		return false;
	until_failure = -1;
	failures++;
	return true;
}

/* The names are the linker's. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

/* NOLINTEND(bugprone-reserved-identifier) */

static const char *const script[] = {
    "qSupported:multiprocess+;swbreak+;hwbreak+",
    "qXfer:features:read:target.xml:0,fff",
    "qXfer:threads:read::0,fff",
    "?",
    "g",
    "m1000,4000",
    "Z2,2000,4",
    "Z1,ffff,2",
    "qRcmd,6472",
    "qRcmd,68656c70",
    "vCont;c",
};

static int send_packet(struct gdb_session *s, const char *payload)
{
	struct buffer frame = {0};
	long saved = until_failure;
	int error;

	until_failure = -1; /* the client has memory */
	packet_encode(&frame, payload, strlen(payload));
	until_failure = saved;
	error = gdb_session_feed(s, frame.data, frame.len);
	buffer_free(&frame);
	return error;
}

/* The script with the Nth allocation failing; true if one did. */
static bool run_script(long n)
{
	struct fake_target fake;
	struct gdb_session *s;
	unsigned before = failures;
	int error = 0;

	fake_init(&fake);
	until_failure = n;
	s = gdb_session_new(&fake_ops, &fake, NULL);
	for (size_t i = 0; s && !error && i < sizeof(script) / sizeof(*script);
	     i++)
		error = send_packet(s, script[i]);
	if (s && !error) {
		assert_true(fake_run(&fake, 9));
		error = gdb_session_poll(s);
	}
	until_failure = -1;
	if (failures != before) {
		assert_true(!s || error == -ENOMEM);
		if (s) /* and stays so */
			assert_int_equal(send_packet(s, "qC"), -ENOMEM);
	} else {
		assert_non_null(s);
		assert_int_equal(error, 0);
	}
	gdb_session_free(s);
	return failures != before;
}

static void test_every_allocation(void **state)
{
	long n = 0;

	(void)state;
	while (run_script(n))
		n++;
	assert_true(n > 10);
	assert_int_equal(failures, n);
}

static void test_buffer(void **state)
{
	struct buffer b = {0};

	(void)state;
	buffer_add_text(&b, "abc");
	until_failure = 0;
	assert_false(buffer_reserve(&b, 4096));
	until_failure = -1;
	assert_true(b.failed);
	/* Sticky: nothing is appended behind a gap. */
	buffer_add_text(&b, "d");
	buffer_addf(&b, "%d", 1);
	buffer_add_hex(&b, "x", 1);
	assert_int_equal(b.len, 3);
	buffer_clear(&b);
	buffer_addf(&b, "%s-%x", "ef", 0x10);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "ef-10", 5);
	buffer_drop(&b, 3);
	assert_memory_equal(b.data, "10", 2);
	buffer_drop(&b, 99);
	assert_int_equal(b.len, 0);
	assert_false(buffer_reserve(&b, SIZE_MAX));
	assert_false(buffer_reserve(&b, 1));
	buffer_free(&b);
}

static void test_gdb_session_free_null(void **state)
{
	(void)state;
	gdb_session_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_allocation),
	    cmocka_unit_test(test_buffer),
	    cmocka_unit_test(test_gdb_session_free_null),
	};

	return cmocka_run_group_tests_name("oom", tests, NULL, NULL);
}
