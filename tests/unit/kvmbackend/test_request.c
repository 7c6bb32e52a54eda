/* SPDX-License-Identifier: MIT */
/* The list of what the debugger has asked for. */
#include "kvmbackend/request.h"

#include "failalloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TOP UINT64_MAX

static int setup(void **state)
{
	*state = requests_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	failalloc_after(-1);
	requests_free(*state);
	return 0;
}

static struct request *add(struct requests *rs, enum kvmgdb_bp_kind kind,
			   uint64_t addr, uint64_t len)
{
	struct request *r = requests_add(rs, kind, TIER_SLOT, addr, len);

	assert_non_null(r);
	return r;
}

static unsigned count_pieces(const struct requests *rs)
{
	unsigned n;

	requests_pieces(rs, &n);
	return n;
}

static void assert_piece(const struct dr_piece *p, uint64_t addr, unsigned len,
			 unsigned rw)
{
	assert_true(p->addr == addr);
	assert_int_equal(p->len, len);
	assert_int_equal(p->rw, rw);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_true(bp_is_exec(KVMGDB_BP_SOFTWARE));
	assert_true(bp_is_exec(KVMGDB_BP_HARDWARE));
	assert_false(bp_is_exec(KVMGDB_BP_WRITE));
	assert_false(bp_is_exec(KVMGDB_BP_READ));
	assert_false(bp_is_exec(KVMGDB_BP_ACCESS));
	assert_int_equal(bp_rw(KVMGDB_BP_SOFTWARE), DR_EXEC);
	assert_int_equal(bp_rw(KVMGDB_BP_HARDWARE), DR_EXEC);
	assert_int_equal(bp_rw(KVMGDB_BP_WRITE), DR_WRITE);
	/* R/W = 10 would be I/O */
	assert_int_equal(bp_rw(KVMGDB_BP_READ), DR_ACCESS);
	assert_int_equal(bp_rw(KVMGDB_BP_ACCESS), DR_ACCESS);
}

static void test_empty(void **state)
{
	struct requests *rs = *state;

	assert_int_equal(requests_count(rs), 0);
	assert_int_equal(count_pieces(rs), 0);
	assert_null(requests_at(rs, 0));
	assert_null(requests_find(rs, KVMGDB_BP_WRITE, 0, 4));
	requests_tick(rs);
	requests_clear(rs);
	requests_free(NULL);
}

static void test_find_by_identity(void **state)
{
	struct requests *rs = *state;
	struct request *w = add(rs, KVMGDB_BP_WRITE, 0x1000, 4);
	struct request *a = add(rs, KVMGDB_BP_ACCESS, 0x1000, 4);
	struct request *h = add(rs, KVMGDB_BP_HARDWARE, 0x1000, 1);

	assert_int_equal(requests_count(rs), 3);
	assert_ptr_equal(requests_find(rs, KVMGDB_BP_WRITE, 0x1000, 4), w);
	assert_ptr_equal(requests_find(rs, KVMGDB_BP_ACCESS, 0x1000, 4), a);
	assert_null(requests_find(rs, KVMGDB_BP_WRITE, 0x1000, 2));
	assert_null(requests_find(rs, KVMGDB_BP_WRITE, 0x1004, 4));
	assert_null(requests_find(rs, KVMGDB_BP_READ, 0x1000, 4));
	/* a breakpoint's "length" is GDB's name for its kind */
	assert_ptr_equal(requests_find(rs, KVMGDB_BP_HARDWARE, 0x1000, 3), h);
	assert_null(requests_find(rs, KVMGDB_BP_SOFTWARE, 0x1000, 1));
	assert_ptr_equal(requests_at(rs, 0), w);
	assert_ptr_equal(requests_at(rs, 2), h);
	assert_null(requests_at(rs, 3));
}

static void test_remove(void **state)
{
	struct requests *rs = *state;
	struct request *one = add(rs, KVMGDB_BP_WRITE, 0x1000, 4);
	struct request *two = add(rs, KVMGDB_BP_WRITE, 0x2000, 4);
	struct request stranger = {.kind = KVMGDB_BP_WRITE};

	requests_remove(rs, &stranger);
	assert_int_equal(requests_count(rs), 2);
	requests_remove(rs, one);
	assert_int_equal(requests_count(rs), 1);
	assert_ptr_equal(requests_at(rs, 0), two);
	assert_int_equal(count_pieces(rs), 1);
	assert_piece(requests_pieces(rs, &(unsigned){0}), 0x2000, 4, DR_WRITE);
	requests_clear(rs);
	assert_int_equal(requests_count(rs), 0);
	assert_int_equal(count_pieces(rs), 0);
}

/* A request stays where it is while the list grows. */
static void test_many(void **state)
{
	struct requests *rs = *state;
	struct request *first = add(rs, KVMGDB_BP_WRITE, 0, 1);
	unsigned i, n;

	for (i = 1; i < 100; i++)
		assert_non_null(requests_add(rs, KVMGDB_BP_SOFTWARE, TIER_INT3,
					     0x1000 + i, 1));
	assert_int_equal(requests_count(rs), 100);
	assert_ptr_equal(requests_at(rs, 0), first);
	for (i = 1; i < 100; i++)
		assert_non_null(
		    requests_find(rs, KVMGDB_BP_SOFTWARE, 0x1000 + i, 1));
	/* int3 patches need no register */
	assert_int_equal(count_pieces(rs), 1);
	for (i = 0; i < 40; i++)
		add(rs, KVMGDB_BP_HARDWARE, 0x9000 + i, 1);
	requests_pieces(rs, &n);
	assert_int_equal(n, DR_MAX_PIECES);
}

static void test_pieces_are_distinct(void **state)
{
	struct requests *rs = *state;
	struct request *w = add(rs, KVMGDB_BP_WRITE, 0x1000, 8);
	const struct dr_piece *p;
	unsigned n;

	/* the same eight bytes: Z2 of another range, covered wider */
	add(rs, KVMGDB_BP_WRITE, 0x1001, 7);
	assert_int_equal(count_pieces(rs), 1);
	/* Z3 and Z4 are served by the same kind of register */
	add(rs, KVMGDB_BP_READ, 0x1000, 8);
	add(rs, KVMGDB_BP_ACCESS, 0x1000, 8);
	p = requests_pieces(rs, &n);
	assert_int_equal(n, 2);
	assert_piece(&p[0], 0x1000, 8, DR_WRITE);
	assert_piece(&p[1], 0x1000, 8, DR_ACCESS);
	/* one of two owners gone: the piece stays */
	requests_remove(rs, w);
	assert_int_equal(count_pieces(rs), 2);
	requests_remove(rs, requests_find(rs, KVMGDB_BP_WRITE, 0x1001, 7));
	assert_int_equal(count_pieces(rs), 1);
}

static void test_cover_exec(void **state)
{
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_HARDWARE, 0x1003, 4);

	assert_int_equal(r->pieces, 1);
	assert_piece(&r->piece[0], 0x1003, 1, DR_EXEC);
	assert_false(r->wide);
}

static void test_cover_write(void **state)
{
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_WRITE, 0x1000, 4);

	assert_int_equal(r->pieces, 1);
	assert_false(r->wide);
	/* a changed byte tells whether the range was meant: few, wider */
	r = add(rs, KVMGDB_BP_WRITE, 0x1001, 3);
	assert_int_equal(r->pieces, 1);
	assert_piece(&r->piece[0], 0x1000, 4, DR_WRITE);
	assert_true(r->wide);
	/* wider at its end only */
	r = add(rs, KVMGDB_BP_WRITE, 0x1000, 3);
	assert_true(r->wide);
	r = add(rs, KVMGDB_BP_WRITE, 0x1000, 16);
	assert_int_equal(r->pieces, 2);
	assert_false(r->wide);
	r = add(rs, KVMGDB_BP_WRITE, 0x1000, 32);
	assert_int_equal(r->pieces, 4);
	r = add(rs, KVMGDB_BP_WRITE, TOP - 7, 8);
	assert_piece(&r->piece[0], TOP - 7, 8, DR_WRITE);
	assert_false(r->wide);
	r = add(rs, KVMGDB_BP_WRITE, TOP - 4, 5);
	assert_true(r->wide);
	r = add(rs, KVMGDB_BP_WRITE, TOP - 3, 3);
	assert_piece(&r->piece[0], TOP - 3, 4, DR_WRITE);
	assert_true(r->wide);
}

/* Reads leave no trace: nothing but the range. */
static void test_cover_read(void **state)
{
	static const enum kvmgdb_bp_kind kind[] = {KVMGDB_BP_READ,
						   KVMGDB_BP_ACCESS};
	struct requests *rs = *state;
	unsigned k;

	for (k = 0; k < 2; k++) {
		struct request *r = add(rs, kind[k], 0x1001, 3);

		assert_int_equal(r->pieces, 2);
		assert_piece(&r->piece[0], 0x1001, 1, DR_ACCESS);
		assert_piece(&r->piece[1], 0x1002, 2, DR_ACCESS);
		assert_false(r->wide);
	}
}

static void test_cover_refused(void **state)
{
	static const struct {
		enum kvmgdb_bp_kind kind;
		uint64_t addr, len;
	} bad[] = {
	    {KVMGDB_BP_WRITE, 0x1000, 0},      {KVMGDB_BP_WRITE, 0x1000, 33},
	    {KVMGDB_BP_WRITE, 0x1001, 32},     {KVMGDB_BP_WRITE, 0, UINT64_MAX},
	    {KVMGDB_BP_ACCESS, 0x1001, 14},    {KVMGDB_BP_READ, 0x1000, 40},
	    {KVMGDB_BP_READ, 0x1000, TOP - 7},
	};
	struct requests *rs = *state;
	unsigned i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		assert_null(requests_add(rs, bad[i].kind, TIER_SLOT,
					 bad[i].addr, bad[i].len));
		assert_int_equal(errno, ENOSPC);
	}
	assert_int_equal(requests_count(rs), 0);
	assert_int_equal(count_pieces(rs), 0);
}

static void test_withdraw_and_revive(void **state)
{
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_WRITE, 0x1000, 4);
	uint64_t addr;

	r->hits = 5;
	requests_withdraw(rs, r);
	/* not in force, but in view */
	assert_null(requests_find(rs, KVMGDB_BP_WRITE, 0x1000, 4));
	assert_int_equal(count_pieces(rs), 0);
	assert_false(request_serves(r, &r->piece[0], &addr));
	assert_int_equal(requests_count(rs), 1);
	assert_ptr_equal(requests_at(rs, 0), r);
	/* asked for again: the same one, with its count */
	assert_ptr_equal(add(rs, KVMGDB_BP_WRITE, 0x1000, 4), r);
	assert_int_equal(requests_count(rs), 1);
	assert_int_equal(r->hits, 5);
	assert_int_equal(count_pieces(rs), 1);
	assert_true(request_serves(r, &r->piece[0], &addr));
	assert_ptr_equal(requests_find(rs, KVMGDB_BP_WRITE, 0x1000, 4), r);
}

static void test_revive_needs_identity(void **state)
{
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_HARDWARE, 0x1000, 1);
	r->hits = 3;
	requests_withdraw(rs, r);
	/* another tier may serve it now */
	assert_ptr_equal(
	    requests_add(rs, KVMGDB_BP_HARDWARE, TIER_INT3, 0x1000, 1), r);
	assert_int_equal(r->tier, TIER_INT3);
	assert_int_equal(r->pieces, 0);
	assert_int_equal(count_pieces(rs), 0);
	assert_int_equal(r->hits, 3);
	requests_withdraw(rs, r);
	assert_ptr_equal(add(rs, KVMGDB_BP_HARDWARE, 0x1000, 1), r);
	assert_int_equal(count_pieces(rs), 1);
	/* another length of a watch is another request */
	requests_withdraw(rs, add(rs, KVMGDB_BP_WRITE, 0x2000, 4));
	assert_int_equal(add(rs, KVMGDB_BP_WRITE, 0x2000, 2)->len, 2);
	assert_int_equal(requests_count(rs), 3);
}

static void test_refuse(void **state)
{
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_WRITE, 0x1000, 4);

	requests_refuse(rs, r);
	assert_int_equal(requests_count(rs), 0);
	r = add(rs, KVMGDB_BP_WRITE, 0x1000, 4);
	r->hits = 2;
	requests_withdraw(rs, r);
	assert_ptr_equal(add(rs, KVMGDB_BP_WRITE, 0x1000, 4), r);
	requests_refuse(rs, r);
	assert_int_equal(requests_count(rs), 1);
	assert_int_equal(count_pieces(rs), 0);
	assert_true(r->withdrawn);
	assert_int_equal(r->hits, 2);
}

/* Where stores of the same value count, a wider piece could not tell. */
static void test_exact_writes(void **state)
{
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_WRITE, 0x1001, 3);

	assert_int_equal(r->pieces, 1);
	assert_true(r->wide);
	requests_withdraw(rs, r);
	requests_exact_writes(rs, true);
	assert_ptr_equal(add(rs, KVMGDB_BP_WRITE, 0x1001, 3), r);
	assert_int_equal(r->pieces, 2);
	assert_false(r->wide);
	requests_withdraw(rs, r);
	requests_exact_writes(rs, false);
	assert_ptr_equal(add(rs, KVMGDB_BP_WRITE, 0x1001, 3), r);
	assert_int_equal(r->pieces, 1);
	assert_true(r->wide);
}

/* One resume steps over a breakpoint, the next goes on, and GDB has asked
 * again by then: forgotten at the third. */
static void test_tick_forgets(void **state)
{
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_WRITE, 0x1000, 4);
	struct request *stays = add(rs, KVMGDB_BP_WRITE, 0x2000, 4);

	requests_tick(rs);
	requests_tick(rs);
	requests_tick(rs);
	assert_int_equal(requests_count(rs), 2);
	requests_withdraw(rs, r);
	requests_tick(rs);
	requests_tick(rs);
	assert_int_equal(requests_count(rs), 2);
	/* in time: the count of resumes starts anew */
	assert_ptr_equal(add(rs, KVMGDB_BP_WRITE, 0x1000, 4), r);
	requests_withdraw(rs, r);
	requests_tick(rs);
	requests_tick(rs);
	assert_int_equal(requests_count(rs), 2);
	requests_tick(rs);
	assert_int_equal(requests_count(rs), 1);
	assert_ptr_equal(requests_at(rs, 0), stays);
	/* too late: a new one */
	assert_int_equal(add(rs, KVMGDB_BP_WRITE, 0x1000, 4)->hits, 0);
}

static void test_tick_forgets_several(void **state)
{
	struct requests *rs = *state;
	struct request *keep;
	unsigned i;

	for (i = 0; i < 6; i++)
		add(rs, KVMGDB_BP_WRITE, 0x1000 + 8 * i, 8);
	keep = requests_at(rs, 3);
	for (i = 0; i < 6; i++)
		if (i != 3)
			requests_withdraw(rs, requests_at(rs, i));
	for (i = 0; i < 3; i++)
		requests_tick(rs);
	assert_int_equal(requests_count(rs), 1);
	assert_ptr_equal(requests_at(rs, 0), keep);
	assert_int_equal(count_pieces(rs), 1);
}

/* The address told lies inside the range, even if the piece is wider. */
static void test_serves(void **state)
{
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_WRITE, 0x1005, 11);
	struct dr_piece other = r->piece[0];
	uint64_t addr = 0;

	assert_int_equal(r->pieces, 2);
	assert_true(r->piece[0].addr < 0x1005);
	assert_true(request_serves(r, &r->piece[0], &addr));
	assert_true(addr == 0x1005);
	assert_true(request_serves(r, &r->piece[1], &addr));
	assert_true(addr == 0x1008);
	other.rw = DR_ACCESS;
	assert_false(request_serves(r, &other, &addr));
	other = r->piece[0];
	other.len = 1;
	assert_false(request_serves(r, &other, &addr));
	other = r->piece[0];
	other.addr += 16;
	assert_false(request_serves(r, &other, &addr));
}

static void test_no_memory(void **state)
{
	struct requests *rs = *state;
	struct requests *none;
	struct request *r;
	int n;

	failalloc_after(0);
	none = requests_new();
	failalloc_after(-1);
	assert_null(none);
	/* the list's own memory, then the request's */
	for (n = 0; n < 2; n++) {
		failalloc_after(n);
		r = requests_add(rs, KVMGDB_BP_WRITE, TIER_SLOT, 0x1000, 4);
		failalloc_after(-1);
		assert_null(r);
		assert_int_equal(requests_count(rs), 0);
		assert_int_equal(count_pieces(rs), 0);
	}
	add(rs, KVMGDB_BP_WRITE, 0x1000, 4);
}

struct counted {
	struct kvmgdb_filter base;
	unsigned released;
};

static void count_release(struct kvmgdb_filter *filter)
{
	((struct counted *)filter)->released++;
}

/* Released when another comes, and when its request goes, once. */
static void test_filter(void **state)
{
	struct counted f[4] = {{.released = 0}};
	struct requests *rs = *state;
	struct request *r = add(rs, KVMGDB_BP_SOFTWARE, 0x1000, 1);
	unsigned i;

	for (i = 0; i < 4; i++)
		f[i].base.release = count_release;
	assert_null(r->filter);
	requests_set_filter(r, &f[0].base);
	requests_set_filter(r, &f[0].base);
	assert_int_equal(f[0].released, 0);
	requests_set_filter(r, &f[1].base);
	assert_int_equal(f[0].released, 1);
	assert_ptr_equal(r->filter, &f[1].base);
	r->filtered = 7;
	requests_withdraw(rs, r);
	assert_int_equal(f[1].released, 1);
	/* it comes back without, but with its count */
	assert_ptr_equal(add(rs, KVMGDB_BP_SOFTWARE, 0x1000, 1), r);
	assert_null(r->filter);
	assert_true(r->filtered == 7);
	requests_set_filter(r, &f[2].base);
	requests_set_filter(r, NULL);
	assert_int_equal(f[2].released, 1);
	requests_set_filter(r, &f[3].base);
	requests_remove(rs, r);
	for (i = 0; i < 4; i++)
		assert_int_equal(f[i].released, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds),
	    TEST(test_empty),
	    TEST(test_find_by_identity),
	    TEST(test_remove),
	    TEST(test_many),
	    TEST(test_pieces_are_distinct),
	    TEST(test_cover_exec),
	    TEST(test_cover_write),
	    TEST(test_cover_read),
	    TEST(test_cover_refused),
	    TEST(test_withdraw_and_revive),
	    TEST(test_revive_needs_identity),
	    TEST(test_refuse),
	    TEST(test_exact_writes),
	    TEST(test_tick_forgets),
	    TEST(test_tick_forgets_several),
	    TEST(test_serves),
	    TEST(test_filter),
	    TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
