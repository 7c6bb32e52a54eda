/* SPDX-License-Identifier: MIT */
/* Rights are looked at by really touching the pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvmbackend/pagetrap.h"

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

#define PAGES 8u
#define SIZE  (PAGES * PAGETRAP_PAGE)
#define GPA   UINT64_C(0x100000)

struct fixture {
	struct pagetrap *pt;
	uint8_t *room, *mapping;
	int pipe[2];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || pipe(f->pipe))
		return -1;
	f->room = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* aligned: in one half of a stretch (pagetrap.c), which mappings()
	 * would see the end of */
	f->mapping = f->room + (-(uintptr_t)f->room & (SIZE - 1));
	f->pt = pagetrap_new();
	*state = f;
	return f->room == MAP_FAILED || !f->pt ||
		       pagetrap_region(f->pt, GPA, PAGES * PAGETRAP_PAGE,
				       f->mapping)
		   ? -1
		   : 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pagetrap_free(f->pt);
	munmap(f->room, 2 * SIZE);
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
	assert_int_equal(pagetrap_apply(f->pt), 0);
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
	assert_int_equal(pagetrap_apply(f->pt), 0);
	assert_true(readable(f, 1) && !writable(f, 1));
	assert_true(writable(f, 3) && writable(f, 5));
	pagetrap_begin(f->pt);
	assert_int_equal(pagetrap_apply(f->pt), 0);
	assert_true(writable(f, 1));
	assert_false(pagetrap_active(f->pt));
}

static void test_lift(void **state)
{
	struct fixture *f = *state;

	pagetrap_begin(f->pt);
	want(f, 2, PAGETRAP_READ);
	want(f, 6, PAGETRAP_NOTHING);
	assert_int_equal(pagetrap_apply(f->pt), 0);
	pagetrap_lift(f->pt, GPA + 2 * PAGETRAP_PAGE + 1);
	assert_true(writable(f, 2));
	assert_false(readable(f, 6));
	assert_int_equal(pagetrap_restore(f->pt), 0);
	assert_false(writable(f, 2));
	pagetrap_lift_all(f->pt);
	assert_true(writable(f, 2) && writable(f, 6));
	assert_int_equal(pagetrap_restore(f->pt), 0);
	assert_false(writable(f, 2) || readable(f, 6));
	pagetrap_lift(f->pt, GPA); /* not trapped: nothing happens */
	assert_int_equal(pagetrap_restore(f->pt), 0);
}

/* How many mappings the kernel has for the pages. */
static unsigned mappings(const struct fixture *f)
{
	uintptr_t low = (uintptr_t)f->mapping;
	uintptr_t high = low + PAGES * PAGETRAP_PAGE;
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	unsigned n = 0;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		n += sscanf(line, "%lx-%lx", &from, &to) == 2 && from < high &&
		     to > low;
	fclose(maps);
	return n;
}

static void test_runs(void **state)
{
	struct fixture *f = *state;
	unsigned i, calm = mappings(f);

	pagetrap_begin(f->pt);
	for (i = 1; i < 7; i++)
		want(f, i, i < 5 ? PAGETRAP_READ : PAGETRAP_NOTHING);
	assert_int_equal(pagetrap_tighten(f->pt), 0);
	assert_true(mappings(f) <= calm + 3);
	for (i = 0; i < PAGES; i++) {
		assert_int_equal(readable(f, i), i < 5 || i == 7);
		assert_int_equal(writable(f, i), i < 1 || i == 7);
	}
	/* nothing is given back before the next apply */
	pagetrap_begin(f->pt);
	want(f, 2, PAGETRAP_NOTHING);
	assert_int_equal(pagetrap_tighten(f->pt), 0);
	assert_false(readable(f, 2) || writable(f, 1) || writable(f, 4));
	assert_int_equal(pagetrap_apply(f->pt), 0);
	assert_false(readable(f, 2));
	assert_true(writable(f, 1) && writable(f, 4) && writable(f, 6));
}

/* All the mappings that this process may have, used up but for SPARE. */
static uint8_t *use_up_mappings(size_t *size, unsigned spare)
{
	FILE *limit = fopen("/proc/sys/vm/max_map_count", "r");
	unsigned long max = 0, i;
	uint8_t *p;

	if (!limit || fscanf(limit, "%lu", &max) != 1)
		max = 0;
	if (limit)
		fclose(limit);
	if (!max || max > 100000)
		skip();
	*size = 2 * max * PAGETRAP_PAGE;
	p = mmap(NULL, *size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(p != MAP_FAILED);
	for (i = 0; i < max; i++)
		if (mprotect(p + 2 * i * PAGETRAP_PAGE, PAGETRAP_PAGE,
			     PROT_READ))
			break;
	assert_true(i < max); /* or this test shows nothing */
	for (; spare; spare--, i--)
		assert_int_equal(mprotect(p + 2 * (i - 1) * PAGETRAP_PAGE,
					  PAGETRAP_PAGE, PROT_NONE),
				 0);
	return p;
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

static void test_limit(void **state)
{
	struct fixture *f = *state;
	size_t size;
	uint8_t *p;
	unsigned i;
	int err;

#ifdef __SANITIZE_THREAD__
	skip(); /* its run time dies when it gets no mapping */
#endif
	p = use_up_mappings(&size, 2);
	pagetrap_begin(f->pt);
	for (i = 1; i < PAGES; i += 2)
		want(f, i, PAGETRAP_READ);
	err = pagetrap_tighten(f->pt);
	assert_int_equal(pagetrap_apply(f->pt), -ENOMEM);
	munmap(p, size);
	assert_int_equal(err, -ENOMEM);
	/* what could not be had is asked for again */
	assert_int_equal(pagetrap_apply(f->pt), 0);
	for (i = 0; i < PAGES; i++)
		assert_int_equal(writable(f, i), i % 2 == 0);

	/* a page in the middle of a run: then all are lifted */
	pagetrap_begin(f->pt);
	for (i = 1; i < 6; i++)
		want(f, i, PAGETRAP_READ);
	assert_int_equal(pagetrap_apply(f->pt), 0);
	p = use_up_mappings(&size, 0);
	pagetrap_lift(f->pt, GPA + 3 * PAGETRAP_PAGE);
	for (i = 0; i < PAGES; i++)
		assert_true(writable(f, i));
	munmap(p, size);
	assert_int_equal(pagetrap_restore(f->pt), 0);
	for (i = 1; i < 6; i++)
		assert_false(writable(f, i));
}

#define STRETCH (UINT64_C(2) << 20)

/* Is there a mapping that holds all of [START, START + STRETCH)? */
static bool one_mapping(uint64_t start)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long long from, to;
	bool found = false;

	assert_non_null(maps);
	while (fscanf(maps, "%llx-%llx%*[^\n]", &from, &to) == 2)
		found |= from <= start && start + STRETCH <= to;
	fclose(maps);
	return found;
}

/* Where a mapping that holds an aligned stretch of 2 MiB is divided or joined,
 * KVM loses all of that stretch. */
static void test_stretches(void **state)
{
	struct pagetrap *pt = pagetrap_new();
	const size_t size = 4 * STRETCH;
	uint8_t *all = mmap(NULL, size + STRETCH, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	/* aligned, and the regions are not: the last begins in the second
	 * half of a stretch */
	uint8_t *p = all + (-(uintptr_t)all & (STRETCH - 1));
	static const size_t cut[] = {0, 0x1000, 3 * STRETCH + 0x180000,
				     4 * STRETCH};
	static const size_t at[] = {0x1000, 0xff000, 0x100000,
				    STRETCH + 0x17f000, 3 * STRETCH + 0x1ff000};
	unsigned i;

	(void)state;
	assert_true(all != MAP_FAILED);
	for (i = 0; i < 3; i++)
		assert_int_equal(pagetrap_region(pt, cut[i],
						 cut[i + 1] - cut[i],
						 p + cut[i]),
				 0);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		const uint64_t stretch =
		    (uintptr_t)(p + at[i]) & ~(STRETCH - 1);

		pagetrap_begin(pt);
		assert_true(i == 1 || i == 2 || one_mapping(stretch));
		assert_int_equal(pagetrap_want(pt, at[i], PAGETRAP_READ), 0);
		assert_false(one_mapping(stretch));
		assert_int_equal(pagetrap_apply(pt), 0);
		pagetrap_lift_all(pt);
		assert_false(one_mapping(stretch));
		assert_int_equal(pagetrap_restore(pt), 0);
	}
	/* so are those of which it is only foreseen; no page is trapped */
	assert_true(one_mapping((uintptr_t)p + 2 * STRETCH));
	pagetrap_foresee(pt, 2 * STRETCH + 0x1234);
	assert_false(one_mapping((uintptr_t)p + 2 * STRETCH));
	assert_false(pagetrap_at(pt, 2 * STRETCH + 0x1234));
	pagetrap_foresee(pt, size); /* in no region */
	pagetrap_free(pt);
	assert_true(one_mapping((uintptr_t)p));
	munmap(all, size + STRETCH);
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
	assert_int_equal(pagetrap_apply(f->pt), 0);
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
	    cmocka_unit_test_setup_teardown(test_runs, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
	    cmocka_unit_test(test_stretches),
	    cmocka_unit_test_setup_teardown(test_regions, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_gives_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(*) */
