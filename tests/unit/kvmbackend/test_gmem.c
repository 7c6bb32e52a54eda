/* SPDX-License-Identifier: MIT */
#include "failalloc.h"
#include "kvmbackend/gmem.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE ((size_t)0x1000)

/* Slots at 0x10000 (two pages) and right behind it at 0x12000 (one), a ROM of
 * one page behind those, a hole, and one page at 0x20000. */
struct layout {
	struct gmem *gmem;
	uint8_t low[2 * PAGE], next[PAGE], rom[PAGE], far[PAGE];
};

static int setup(void **state)
{
	struct layout *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	l->gmem = gmem_new();
	assert_non_null(l->gmem);
	memset(l->low, 0x11, sizeof(l->low));
	memset(l->next, 0x22, sizeof(l->next));
	memset(l->rom, 0x33, sizeof(l->rom));
	memset(l->far, 0x44, sizeof(l->far));
	/* not in the order of their addresses */
	assert_int_equal(gmem_slot(l->gmem, 7, 0x20000, PAGE, l->far, false),
			 0);
	assert_int_equal(
	    gmem_slot(l->gmem, 1, 0x10000, 2 * PAGE, l->low, false), 0);
	assert_int_equal(gmem_slot(l->gmem, 3, 0x13000, PAGE, l->rom, true), 0);
	assert_int_equal(gmem_slot(l->gmem, 2, 0x12000, PAGE, l->next, false),
			 0);
	*state = l;
	return 0;
}

static int teardown(void **state)
{
	struct layout *l = *state;

	failalloc_after(-1);
	gmem_free(l->gmem);
	free(l);
	return 0;
}

static void assert_bytes(struct gmem *gmem, uint64_t gpa, const char *expected)
{
	char buf[64];
	size_t len = strlen(expected);

	assert_true(len <= sizeof(buf));
	assert_int_equal(gmem_read(gmem, gpa, buf, len), len);
	assert_memory_equal(buf, expected, len);
}

static void test_read(void **state)
{
	struct layout *l = *state;
	uint8_t buf[4 * PAGE + 8];

	assert_bytes(l->gmem, 0x11ffe, "\x11\x11\x22\x22");
	assert_bytes(l->gmem, 0x12fff, "\x22\x33");
	assert_int_equal(gmem_read(l->gmem, 0x10000, buf, 4 * PAGE), 4 * PAGE);
	assert_int_equal(buf[2 * PAGE - 1], 0x11);
	assert_int_equal(buf[2 * PAGE], 0x22);
	assert_int_equal(buf[4 * PAGE - 1], 0x33);
	/* up to the hole, and not a byte of BUF further */
	buf[2] = 0xee;
	assert_int_equal(gmem_read(l->gmem, 0x13ffe, buf, 8), 2);
	assert_int_equal(buf[2], 0xee);
	assert_int_equal(gmem_read(l->gmem, 0x14000, buf, 1), -EFAULT);
	assert_int_equal(gmem_read(l->gmem, 0x1ffff, buf, 8), -EFAULT);
	assert_int_equal(gmem_read(l->gmem, 0xffff, buf, 1), -EFAULT);
	assert_int_equal(gmem_read(l->gmem, 0x14000, buf, 0), 0);
	assert_int_equal(gmem_read(l->gmem, UINT64_MAX, buf, 2), -EFAULT);
	assert_int_equal(gmem_read(l->gmem, 0x10000, buf, SIZE_MAX), -EINVAL);
}

static void test_write(void **state)
{
	struct layout *l = *state;

	assert_int_equal(gmem_write(l->gmem, 0x11fff, "ab", 2), 0);
	assert_int_equal(l->low[2 * PAGE - 1], 'a');
	assert_int_equal(l->next[0], 'b');
	assert_int_equal(l->next[1], 0x22);

	/* all or nothing */
	assert_int_equal(gmem_write(l->gmem, 0x12fff, "cd", 2), -EROFS);
	assert_int_equal(l->next[PAGE - 1], 0x22);
	assert_int_equal(l->rom[0], 0x33);
	assert_int_equal(gmem_write(l->gmem, 0x20fff, "ef", 2), -EFAULT);
	assert_int_equal(l->far[PAGE - 1], 0x44);
	assert_int_equal(gmem_write(l->gmem, 0x1fff0, "ef", 2), -EFAULT);
	assert_int_equal(gmem_write(l->gmem, UINT64_MAX, "ef", 2), -EFAULT);
	assert_int_equal(gmem_write(l->gmem, 0, "", 0), 0);
}

static void test_delete_and_move(void **state)
{
	struct layout *l = *state;
	uint64_t gpa, size;
	uint8_t byte;

	assert_true(gmem_slot_range(l->gmem, 2, &gpa, &size));
	assert_int_equal(gpa, 0x12000);
	assert_int_equal(size, PAGE);
	assert_int_equal(gmem_slot(l->gmem, 2, 0, 0, NULL, false), 0);
	assert_false(gmem_slot_range(l->gmem, 2, &gpa, &size));
	assert_int_equal(gmem_read(l->gmem, 0x12000, &byte, 1), -EFAULT);
	assert_bytes(l->gmem, 0x11fff, "\x11");
	assert_bytes(l->gmem, 0x13000, "\x33");
	assert_int_equal(gmem_slot(l->gmem, 2, 0, 0, NULL, false), -EINVAL);

	/* back, with other memory, as ROM */
	assert_int_equal(gmem_slot(l->gmem, 2, 0x12000, PAGE, l->far, true), 0);
	assert_bytes(l->gmem, 0x11fff, "\x11\x44");
	assert_int_equal(gmem_write(l->gmem, 0x12000, "x", 1), -EROFS);

	/* moved, without a deletion */
	assert_int_equal(
	    gmem_slot(l->gmem, 1, 0x40000, 2 * PAGE, l->low, false), 0);
	assert_int_equal(gmem_read(l->gmem, 0x10000, &byte, 1), -EFAULT);
	assert_bytes(l->gmem, 0x41fff, "\x11");
	/* over a part of where it is now */
	assert_int_equal(
	    gmem_slot(l->gmem, 1, 0x41000, 2 * PAGE, l->low, false), 0);
	assert_bytes(l->gmem, 0x42fff, "\x11");
	assert_int_equal(gmem_read(l->gmem, 0x40fff, &byte, 1), -EFAULT);
}

static void test_refused(void **state)
{
	struct layout *l = *state;
	struct gmem *g = l->gmem;
	uint8_t byte;

	assert_int_equal(gmem_slot(g, 9, 0x11000, PAGE, l->far, false),
			 -EINVAL);
	assert_int_equal(gmem_slot(g, 9, 0xf000, 2 * PAGE, l->far, false),
			 -EINVAL);
	assert_int_equal(gmem_slot(g, 9, 0x30001, PAGE, l->far, false),
			 -EINVAL);
	assert_int_equal(gmem_slot(g, 9, 0x30000, PAGE + 1, l->far, false),
			 -EINVAL);
	assert_int_equal(gmem_slot(g, 9, 0x30000, PAGE, NULL, false), -EINVAL);
	assert_int_equal(
	    gmem_slot(g, 9, UINT64_MAX - PAGE + 1, 2 * PAGE, l->far, false),
	    -EINVAL);
	assert_int_equal(gmem_slot(g, 9, (UINT64_C(1) << 52) - PAGE, 2 * PAGE,
				   l->far, false),
			 -EINVAL);
	assert_int_equal(gmem_read(g, 0x30000, &byte, 1), -EFAULT);
	/* a refused change of a slot leaves it alone */
	assert_int_equal(gmem_slot(g, 7, 0x10000, PAGE, l->far, false),
			 -EINVAL);
	assert_bytes(g, 0x20000, "\x44");
	/* another address space: accepted, and not looked at */
	assert_int_equal(gmem_slot(g, 1u << 16, 0x10000, PAGE, l->far, false),
			 0);
	assert_bytes(g, 0x10000, "\x11");
	assert_int_equal(gmem_slot(g, 1u << 16, 0, 0, NULL, false), 0);
}

static void test_many_slots(void **state)
{
	struct gmem *gmem = gmem_new();
	uint8_t page[PAGE];
	uint32_t i;
	uint8_t byte;

	(void)state;
	memset(page, 0x5a, sizeof(page));
	for (i = 0; i < 500; i++) {
		uint64_t gpa = (uint64_t)(i * 7 % 500) * 2 * PAGE;

		assert_int_equal(gmem_slot(gmem, i, gpa, PAGE, page, false), 0);
	}
	for (i = 0; i < 1000; i++)
		assert_int_equal(gmem_read(gmem, (uint64_t)i * PAGE, &byte, 1),
				 i % 2 ? -EFAULT : 1);
	gmem_free(gmem);
	gmem_free(NULL);
}

static void test_no_memory(void **state)
{
	struct layout *l = *state;
	struct gmem *gmem;
	uint32_t i;
	int ret = 0;

	failalloc_after(0);
	assert_null(gmem_new());
	failalloc_after(-1);

	gmem = gmem_new();
	failalloc_after(0);
	assert_int_equal(gmem_slot(gmem, 0, 0, PAGE, l->far, false), -ENOMEM);
	failalloc_after(1);
	for (i = 0; !ret; i++)
		ret =
		    gmem_slot(gmem, i, (uint64_t)i * PAGE, PAGE, l->far, false);
	assert_int_equal(ret, -ENOMEM);
	assert_true(i > 1);
	assert_bytes(gmem, 0, "\x44"); /* what was there is still there */
	failalloc_after(-1);
	gmem_free(gmem);
}

static void *read_over_and_over(void *arg)
{
	struct layout *l = arg;
	uint8_t buf[2];
	unsigned i;

	for (i = 0; i < 20000; i++) {
		ssize_t n = gmem_read(l->gmem, 0x11fff, buf, 2);

		if (n < 1 || buf[0] != 0x11 || (n == 2 && buf[1] != 0x22))
			return l;
	}
	return NULL;
}

/* A slot that comes and goes under a reader. */
static void test_threads(void **state)
{
	struct layout *l = *state;
	pthread_t reader;
	void *wrong;
	unsigned i;

	assert_int_equal(pthread_create(&reader, NULL, read_over_and_over, l),
			 0);
	for (i = 0; i < 20000; i++) {
		assert_int_equal(gmem_slot(l->gmem, 2, 0, 0, NULL, false), 0);
		assert_int_equal(
		    gmem_slot(l->gmem, 2, 0x12000, PAGE, l->next, false), 0);
	}
	assert_int_equal(pthread_join(reader, &wrong), 0);
	assert_null(wrong);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(test_read),
	    test(test_write),
	    test(test_delete_and_move),
	    test(test_refused),
	    cmocka_unit_test(test_many_slots),
	    test(test_no_memory),
	    test(test_threads),
	};

	return cmocka_run_group_tests_name("gmem", tests, NULL, NULL);
}
