/* SPDX-License-Identifier: MIT */
/* Rights are looked at by really touching the pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvmbackend/pagetrap.h"

#define PAGES 8u
#define GPA   UINT64_C(0x100000)

struct fixture {
	struct pagetrap *pt;
	uint8_t *mapping;
	int pipe[2];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || pipe(f->pipe))
		return -1;
	f->mapping = mmap(NULL, PAGES * PAGETRAP_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	f->pt = pagetrap_new();
	*state = f;
	return f->mapping == MAP_FAILED || !f->pt ||
		       pagetrap_region(f->pt, GPA, PAGES * PAGETRAP_PAGE,
				       f->mapping)
		   ? -1
		   : 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pagetrap_free(f->pt);
	munmap(f->mapping, PAGES * PAGETRAP_PAGE);
	close(f->pipe[0]);
	close(f->pipe[1]);
	free(f);
	return 0;
}

/* The kernel touches the page for us: EFAULT instead of a signal. */
static bool readable(const struct fixture *f, unsigned page)
{
	uint8_t byte;

	if (write(f->pipe[1], f->mapping + page * PAGETRAP_PAGE, 1) != 1)
		return false;
	return read(f->pipe[0], &byte, 1) == 1;
}

static bool writable(const struct fixture *f, unsigned page)
{
	uint8_t byte = 0x5a;

	if (write(f->pipe[1], &byte, 1) != 1)
		return false;
	if (read(f->pipe[0], f->mapping + page * PAGETRAP_PAGE, 1) == 1)
		return true;
	(void)!read(f->pipe[0], &byte, 1);
	return false;
}

static void want(const struct fixture *f, unsigned page,
		 enum pagetrap_right right)
{
	assert_int_equal(
	    pagetrap_want(f->pt, GPA + page * PAGETRAP_PAGE + 17, right), 0);
}

static void test_rights(void **state)
{
	struct fixture *f = *state;

	assert_false(pagetrap_active(f->pt));
	pagetrap_begin(f->pt);
	want(f, 3, PAGETRAP_READ);
	want(f, 1, PAGETRAP_NOTHING);
	want(f, 5, PAGETRAP_READ);
	want(f, 5, PAGETRAP_NOTHING);
	want(f, 5, PAGETRAP_READ); /* the strictest counts */
	assert_true(writable(f, 3));
	pagetrap_apply(f->pt);
	assert_true(readable(f, 3) && !writable(f, 3));
	assert_true(!readable(f, 1) && !writable(f, 1));
	assert_true(!readable(f, 5));
	assert_true(writable(f, 0) && writable(f, 2) && writable(f, 4));
	assert_true(pagetrap_active(f->pt));
	assert_true(pagetrap_at(f->pt, GPA + 3 * PAGETRAP_PAGE + 4095));
	assert_false(pagetrap_at(f->pt, GPA + 2 * PAGETRAP_PAGE));

	/* stated anew: what is not wanted any more has all rights */
	pagetrap_begin(f->pt);
	want(f, 1, PAGETRAP_READ);
	pagetrap_apply(f->pt);
	assert_true(readable(f, 1) && !writable(f, 1));
	assert_true(writable(f, 3) && writable(f, 5));
	pagetrap_begin(f->pt);
	pagetrap_apply(f->pt);
	assert_true(writable(f, 1));
	assert_false(pagetrap_active(f->pt));
}

static void test_lift(void **state)
{
	struct fixture *f = *state;

	pagetrap_begin(f->pt);
	want(f, 2, PAGETRAP_READ);
	want(f, 6, PAGETRAP_NOTHING);
	pagetrap_apply(f->pt);
	pagetrap_lift(f->pt, GPA + 2 * PAGETRAP_PAGE + 1);
	assert_true(writable(f, 2));
	assert_false(readable(f, 6));
	pagetrap_restore(f->pt);
	assert_false(writable(f, 2));
	pagetrap_lift_all(f->pt);
	assert_true(writable(f, 2) && writable(f, 6));
	pagetrap_restore(f->pt);
	assert_false(writable(f, 2) || readable(f, 6));
	pagetrap_lift(f->pt, GPA); /* not trapped: nothing happens */
	pagetrap_restore(f->pt);
}

static void test_regions(void **state)
{
	struct fixture *f = *state;

	assert_true(pagetrap_covers(f->pt, GPA));
	assert_true(pagetrap_covers(f->pt, GPA + PAGES * PAGETRAP_PAGE - 1));
	assert_false(pagetrap_covers(f->pt, GPA - 1));
	assert_false(pagetrap_covers(f->pt, GPA + PAGES * PAGETRAP_PAGE));
	assert_int_equal(pagetrap_want(f->pt, GPA - 1, PAGETRAP_READ), -EFAULT);
	assert_int_equal(
	    pagetrap_region(f->pt, GPA + 1, PAGETRAP_PAGE, f->mapping),
	    -EINVAL);
	assert_int_equal(pagetrap_region(f->pt, GPA, 0, NULL), 0);
	assert_false(pagetrap_covers(f->pt, GPA));
}

/* Freeing gives everything back. */
static void test_gives_back(void **state)
{
	struct fixture *f = *state;

	pagetrap_begin(f->pt);
	want(f, 0, PAGETRAP_NOTHING);
	pagetrap_apply(f->pt);
	assert_false(readable(f, 0));
	pagetrap_free(f->pt);
	f->pt = NULL;
	assert_true(writable(f, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_rights, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_lift, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_regions, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_gives_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
