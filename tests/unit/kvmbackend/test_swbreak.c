/* SPDX-License-Identifier: MIT */
#include "failalloc.h"
#include "kvmbackend/swbreak.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE ((size_t)0x1000)
#define BASE UINT64_C(0x10000) /* RAM: two pages in two slots */
#define ROM  UINT64_C(0x20000)
#define HIGH UINT64_C(0xffffffff80000000) /* where GDB says BASE is */

struct rig {
	struct gmem *gmem;
	struct swbreak *sb;
	uint8_t ram[2 * PAGE], rom[PAGE];
};

static uint8_t original(size_t at)
{
	return (uint8_t)(at % 0x80);
}

static void ram_slots(struct rig *r)
{
	assert_int_equal(gmem_slot(r->gmem, 0, BASE, PAGE, r->ram, false), 0);
	assert_int_equal(
	    gmem_slot(r->gmem, 1, BASE + PAGE, PAGE, r->ram + PAGE, false), 0);
}

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	size_t i;

	assert_non_null(r);
	for (i = 0; i < sizeof(r->ram); i++)
		r->ram[i] = original(i);
	r->gmem = gmem_new();
	assert_non_null(r->gmem);
	ram_slots(r);
	assert_int_equal(gmem_slot(r->gmem, 2, ROM, PAGE, r->rom, true), 0);
	r->sb = swbreak_new(r->gmem);
	assert_non_null(r->sb);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;

	failalloc_after(-1);
	swbreak_free(r->sb);
	gmem_free(r->gmem);
	free(r);
	return 0;
}

static void insert(struct rig *r, size_t at)
{
	assert_int_equal(swbreak_insert(r->sb, HIGH + at, BASE + at), 0);
}

static void assert_untouched(const struct rig *r)
{
	size_t i;

	for (i = 0; i < sizeof(r->ram); i++)
		assert_int_equal(r->ram[i], original(i));
}

static void test_insert_remove(void **state)
{
	struct rig *r = *state;

	insert(r, 5);
	insert(r, 5); /* idempotent */
	assert_int_equal(swbreak_count(r->sb), 1);
	assert_int_equal(r->ram[5], 0xcc);
	assert_true(swbreak_at(r->sb, BASE + 5));
	assert_false(swbreak_at(r->sb, BASE + 6));
	assert_int_equal(swbreak_remove(r->sb, HIGH + 6), -ENOENT);
	assert_int_equal(swbreak_remove(r->sb, HIGH + 5), 0);
	assert_int_equal(swbreak_remove(r->sb, HIGH + 5), -ENOENT);
	assert_false(swbreak_at(r->sb, BASE + 5));
	assert_untouched(r);

	assert_int_equal(swbreak_insert(r->sb, 1, ROM), -EROFS);
	assert_int_equal(swbreak_insert(r->sb, 1, 0x50000), -EFAULT);
	assert_int_equal(swbreak_count(r->sb), 0);
	assert_int_equal(r->rom[0], 0);
}

static void test_shared_patch(void **state)
{
	struct rig *r = *state;

	insert(r, 9);
	assert_int_equal(swbreak_insert(r->sb, 0x409, BASE + 9), 0);
	assert_int_equal(swbreak_count(r->sb), 2);
	assert_int_equal(swbreak_remove(r->sb, HIGH + 9), 0);
	assert_int_equal(r->ram[9], 0xcc);
	assert_int_equal(swbreak_remove(r->sb, 0x409), 0);
	assert_untouched(r);
}

static void test_hide(void **state)
{
	struct rig *r = *state;
	uint8_t buf[PAGE + 16];
	size_t i;

	insert(r, 0);
	insert(r, 3);
	insert(r, 4);
	insert(r, PAGE - 1); /* the last byte of one slot ... */
	insert(r, PAGE);     /* ... and the first of the next */
	assert_int_equal(gmem_read(r->gmem, BASE, buf, sizeof(buf)),
			 sizeof(buf));
	assert_int_equal(buf[3], 0xcc);
	swbreak_hide(r->sb, BASE, buf, sizeof(buf));
	for (i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], original(i));

	/* just inside, just outside */
	buf[0] = 0xcc;
	swbreak_hide(r->sb, BASE + 2, buf, 1);
	assert_int_equal(buf[0], 0xcc);
	swbreak_hide(r->sb, BASE + 5, buf, 1);
	assert_int_equal(buf[0], 0xcc);
	swbreak_hide(r->sb, BASE + 4, buf, 1);
	assert_int_equal(buf[0], 4);

	buf[0] = buf[1] = 0xcc;
	swbreak_hide(r->sb, BASE + 3, buf, 1);
	assert_int_equal(buf[0], 3);
	assert_int_equal(buf[1], 0xcc);

	/* what the guest has put in place of ours is shown */
	buf[0] = 0x90;
	swbreak_hide(r->sb, BASE + 4, buf, 1);
	assert_int_equal(buf[0], 0x90);
}

static void test_write_through(void **state)
{
	struct rig *r = *state;
	uint8_t buf[4];

	insert(r, PAGE - 1);
	insert(r, PAGE);
	insert(r, 100);
	assert_int_equal(
	    swbreak_write(r->sb, BASE + PAGE - 2, "\xa0\xa1\xa2\xa3", 4), 0);
	assert_memory_equal(r->ram + PAGE - 2, "\xa0\xcc\xcc\xa3", 4);
	assert_int_equal(gmem_read(r->gmem, BASE + PAGE - 2, buf, 4), 4);
	swbreak_hide(r->sb, BASE + PAGE - 2, buf, 4);
	assert_memory_equal(buf, "\xa0\xa1\xa2\xa3", 4);
	assert_int_equal(swbreak_remove(r->sb, HIGH + PAGE), 0);
	assert_int_equal(swbreak_remove(r->sb, HIGH + PAGE - 1), 0);
	assert_memory_equal(r->ram + PAGE - 2, "\xa0\xa1\xa2\xa3", 4);

	/* an int3 by the debugger's hand, under ours */
	insert(r, 50);
	assert_int_equal(swbreak_write(r->sb, BASE + 50, "\xcc", 1), 0);
	assert_int_equal(swbreak_remove(r->sb, HIGH + 50), 0);
	assert_int_equal(r->ram[50], 0xcc);

	/* refused: nothing changes, the patch stays */
	insert(r, 2 * PAGE - 1);
	assert_int_equal(swbreak_write(r->sb, BASE + 2 * PAGE - 1, "xy", 2),
			 -EFAULT);
	assert_int_equal(swbreak_remove(r->sb, HIGH + 2 * PAGE - 1), 0);
	assert_int_equal(r->ram[2 * PAGE - 1], original(2 * PAGE - 1));
	assert_int_equal(swbreak_write(r->sb, ROM, "x", 1), -EROFS);
	assert_int_equal(r->ram[100], 0xcc);
}

/* An int3 that is the program's own. */
static void test_guest_int3(void **state)
{
	struct rig *r = *state;

	r->ram[8] = 0xcc;
	assert_false(swbreak_at(r->sb, BASE + 8));
	insert(r, 8);
	assert_true(swbreak_at(r->sb, BASE + 8));
	assert_int_equal(swbreak_lift(r->sb, BASE + 8), 0);
	assert_false(swbreak_at(r->sb, BASE + 8)); /* so it is the guest's */
	assert_int_equal(r->ram[8], 0xcc);
	swbreak_restore(r->sb, BASE + 8);
	assert_true(swbreak_at(r->sb, BASE + 8));
	swbreak_clear(r->sb);
	assert_int_equal(r->ram[8], 0xcc);
}

static void test_guest_overwrites(void **state)
{
	struct rig *r = *state;

	insert(r, 8);
	r->ram[8] = 0x90;
	assert_false(swbreak_at(r->sb, BASE + 8));
	insert(r, 8); /* anew */
	assert_int_equal(r->ram[8], 0xcc);
	assert_int_equal(swbreak_remove(r->sb, HIGH + 8), 0);
	assert_int_equal(r->ram[8], 0x90);

	insert(r, 8);
	r->ram[8] = 0x91;
	assert_int_equal(swbreak_remove(r->sb, HIGH + 8), 0);
	assert_int_equal(r->ram[8], 0x91);

	/* by another linear address, too */
	insert(r, 8);
	r->ram[8] = 0x92;
	assert_int_equal(swbreak_insert(r->sb, 0x408, BASE + 8), 0);
	assert_int_equal(r->ram[8], 0xcc);
	swbreak_clear(r->sb);
	assert_int_equal(r->ram[8], 0x92);
}

static void test_moved_page(void **state)
{
	struct rig *r = *state;

	insert(r, 8);
	insert(r, 9);
	assert_int_equal(swbreak_insert(r->sb, HIGH + 8, BASE + PAGE + 8), 0);
	assert_int_equal(swbreak_count(r->sb), 2);
	assert_int_equal(r->ram[8], 8);
	assert_int_equal(r->ram[9], 0xcc);
	assert_int_equal(r->ram[PAGE + 8], 0xcc);
	/* where it cannot go it stays */
	assert_int_equal(swbreak_insert(r->sb, HIGH + 8, ROM), -EROFS);
	assert_int_equal(r->ram[PAGE + 8], 0xcc);
	swbreak_clear(r->sb);
	assert_int_equal(swbreak_count(r->sb), 0);
	assert_untouched(r);
}

static void test_lift(void **state)
{
	struct rig *r = *state;

	assert_int_equal(swbreak_lift(r->sb, BASE + 8), -ENOENT);
	swbreak_restore(r->sb, BASE + 8); /* of nothing: nothing */
	insert(r, 8);
	swbreak_restore(r->sb, BASE + 8); /* of what is not lifted, too */
	assert_int_equal(r->ram[8], 0xcc);

	assert_int_equal(swbreak_lift(r->sb, BASE + 8), 0);
	assert_int_equal(r->ram[8], 8);
	insert(r, 8); /* does not end the step under way */
	assert_int_equal(r->ram[8], 8);
	assert_int_equal(swbreak_write(r->sb, BASE + 8, "\x90", 1), 0);
	assert_int_equal(r->ram[8], 0x90);
	swbreak_replant(r->sb);
	assert_int_equal(r->ram[8], 0x90);
	r->ram[8] = 0x91; /* the stepped instruction changes itself */
	swbreak_restore(r->sb, BASE + 8);
	assert_int_equal(r->ram[8], 0xcc);
	assert_int_equal(swbreak_remove(r->sb, HIGH + 8), 0);
	assert_int_equal(r->ram[8], 0x91);

	/* taken back while lifted, and restored after that */
	insert(r, 9);
	assert_int_equal(swbreak_lift(r->sb, BASE + 9), 0);
	assert_int_equal(swbreak_remove(r->sb, HIGH + 9), 0);
	swbreak_restore(r->sb, BASE + 9);
	assert_int_equal(r->ram[9], 9);
}

static void test_slot_goes(void **state)
{
	struct rig *r = *state;
	uint8_t buf[2] = {1, 2};

	insert(r, PAGE + 1);
	insert(r, 7);
	assert_int_equal(gmem_slot(r->gmem, 1, 0, 0, NULL, false), 0);
	assert_false(swbreak_at(r->sb, BASE + PAGE + 1));
	assert_int_equal(
	    swbreak_insert(r->sb, HIGH + PAGE + 1, BASE + PAGE + 1), -EFAULT);
	assert_int_equal(swbreak_insert(r->sb, 0x401, BASE + PAGE + 1),
			 -EFAULT);
	assert_int_equal(swbreak_lift(r->sb, BASE + PAGE + 1), 0);
	swbreak_restore(r->sb, BASE + PAGE + 1);
	swbreak_hide(r->sb, BASE + PAGE, buf, 2);
	assert_int_equal(swbreak_write(r->sb, BASE + PAGE, buf, 2), -EFAULT);
	assert_int_equal(swbreak_count(r->sb), 2);
	assert_int_equal(swbreak_remove(r->sb, HIGH + PAGE + 1), 0);
	assert_int_equal(r->ram[7], 0xcc);
	swbreak_clear(r->sb);
	assert_int_equal(r->ram[7], 7);
}

static void test_withdraw(void **state)
{
	struct rig *r = *state;
	uint8_t other[PAGE] = {0x70, 0x71};

	insert(r, PAGE - 1);
	insert(r, PAGE + 1);
	swbreak_withdraw(r->sb, BASE + PAGE, PAGE);
	assert_int_equal(r->ram[PAGE - 1], 0xcc);
	assert_int_equal(r->ram[PAGE + 1], original(PAGE + 1));
	assert_int_equal(gmem_slot(r->gmem, 1, 0, 0, NULL, false), 0);
	swbreak_replant(r->sb);
	assert_int_equal(r->ram[PAGE + 1], original(PAGE + 1));

	assert_int_equal(gmem_slot(r->gmem, 1, BASE + PAGE, PAGE, other, false),
			 0);
	swbreak_replant(r->sb);
	assert_int_equal(other[1], 0xcc);
	assert_true(swbreak_at(r->sb, BASE + PAGE + 1));
	swbreak_clear(r->sb);
	assert_int_equal(other[1], 0x71);
	assert_untouched(r);
}

static void test_many(void **state)
{
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < 1000; i++)
		insert(r, i * 8);
	assert_int_equal(swbreak_count(r->sb), 1000);
	for (i = 0; i < 1000; i += 2)
		assert_int_equal(swbreak_remove(r->sb, HIGH + i * 8), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(r->ram[i * 8], i % 2 ? 0xcc : original(i * 8));
	swbreak_clear(r->sb);
	assert_untouched(r);
}

static void test_free_leaves_memory(void **state)
{
	struct rig *r = *state;

	insert(r, 1);
	swbreak_free(r->sb);
	assert_int_equal(r->ram[1], 0xcc);
	r->sb = NULL; /* swbreak_free(NULL) in the teardown */
}

static void test_no_memory(void **state)
{
	struct rig *r = *state;
	int n, ret;

	failalloc_after(0);
	assert_null(swbreak_new(r->gmem));
	for (n = 0; n < 2; n++) { /* two arrays */
		failalloc_after(n);
		assert_int_equal(swbreak_insert(r->sb, HIGH, BASE), -ENOMEM);
		assert_untouched(r);
		assert_int_equal(swbreak_count(r->sb), 0);
	}
	failalloc_after(2);
	for (n = 0, ret = 0; !ret; n++)
		ret = swbreak_insert(r->sb, HIGH + (unsigned)n,
				     BASE + (unsigned)n);
	assert_int_equal(ret, -ENOMEM);
	assert_int_equal(swbreak_count(r->sb), n - 1);
	assert_int_equal(r->ram[n - 1], original((size_t)n - 1));
	swbreak_clear(r->sb);
	assert_untouched(r);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(test_insert_remove), test(test_shared_patch),
	    test(test_hide),          test(test_write_through),
	    test(test_guest_int3),    test(test_guest_overwrites),
	    test(test_moved_page),    test(test_lift),
	    test(test_slot_goes),     test(test_withdraw),
	    test(test_many),          test(test_free_leaves_memory),
	    test(test_no_memory),
	};

	return cmocka_run_group_tests_name("swbreak", tests, NULL, NULL);
}
