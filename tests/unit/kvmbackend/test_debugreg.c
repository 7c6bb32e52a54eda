/* SPDX-License-Identifier: MIT */
/* The arbiter's functions one by one, with values from the manual. */
#include "kvmbackend/debugreg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TOP UINT64_MAX

/* DR7 as it is drawn in fig. 18-1. */
#define L(i)               (UINT64_C(1) << (2 * (i)))
#define G(i)               (UINT64_C(2) << (2 * (i)))
#define FIELD(i, rw, code) ((uint64_t)((rw) | (code) << 2) << (16 + 4 * (i)))
enum { LEN1 = 0, LEN2 = 1, LEN8 = 2, LEN4 = 3 };

static const struct dr_guest idle = {.dr6 = DR6_RESET, .dr7 = DR7_RESET};

static struct dr_piece exec_at(uint64_t addr)
{
	return (struct dr_piece){.addr = addr, .len = 1, .rw = DR_EXEC};
}

static struct dr_piece write_at(uint64_t addr, uint8_t len)
{
	return (struct dr_piece){.addr = addr, .len = len, .rw = DR_WRITE};
}

static struct dr_piece access_at(uint64_t addr, uint8_t len)
{
	return (struct dr_piece){.addr = addr, .len = len, .rw = DR_ACCESS};
}

static void assert_piece(const struct dr_piece *p, uint64_t addr, unsigned len,
			 unsigned rw)
{
	assert_true(p->addr == addr);
	assert_int_equal(p->len, len);
	assert_int_equal(p->rw, rw);
}

static void assert_slot(const struct dr_plan *plan, unsigned i, uint64_t addr,
			unsigned len, unsigned rw)
{
	assert_true(dr7_enabled(plan->dr7, i));
	assert_true(plan->db[i] == addr);
	assert_int_equal(dr7_len(plan->dr7, i), len);
	assert_int_equal(dr7_rw(plan->dr7, i), rw);
}

static void test_dr7_fields(void **state)
{
	static const unsigned bytes[] = {1, 2, 8, 4};
	unsigned i, k;

	(void)state;
	for (i = 0; i < DR_SLOTS; i++) {
		assert_true(dr7_enabled(L(i), i));
		assert_true(dr7_enabled(G(i), i));
		assert_false(dr7_enabled(~(L(i) | G(i)), i));
		for (k = 0; k < 4; k++) {
			assert_int_equal(dr7_len(FIELD(i, 0u, k), i), bytes[k]);
			assert_int_equal(dr7_rw(FIELD(i, k, 0u), i), k);
			assert_int_equal(dr7_rw(~FIELD(i, 3u - k, 0u), i), k);
		}
	}
}

static void test_dr6_fixed(void **state)
{
	(void)state;
	assert_true(dr6_fixed(false, false) == 0xffff0ff0);
	assert_true(dr6_fixed(true, false) == 0xfffe0ff0);
	assert_true(dr6_fixed(false, true) == 0xffff07f0);
	assert_true(dr6_fixed(true, true) == 0xfffe07f0);
}

static void test_dr6_write(void **state)
{
	uint64_t plain = dr6_fixed(false, false), all = dr6_fixed(true, true);

	(void)state;
	assert_true(dr6_write(plain, 0) == 0xffff0ff0);
	assert_true(dr6_write(plain, 0xffffffff) == 0xffffefff);
	assert_true(dr6_write(plain, 0xe00f) == 0xffffefff);
	assert_true(dr6_write(plain, 0x1000) == 0xffff0ff0);
	assert_true(dr6_write(all, 0) == 0xfffe07f0);
	assert_true(dr6_write(all, 0x10000) == 0xffff07f0);
	assert_true(dr6_write(all, 0x800) == 0xfffe0ff0);
	assert_true(dr6_write(all, 0xffffffff) == 0xffffefff);
}

static void test_dr7_write(void **state)
{
	(void)state;
	assert_true(dr7_write(0) == 0x400);
	assert_true(dr7_write(0xffffffff) == 0xffff2fff);
	assert_true(dr7_write(0xffffdfff) == 0xffff0fff);
	assert_true(dr7_write(0x00ff0000) == 0x00ff0400);
	assert_true(dr7_write(0xd000) == 0x400);
}

static void test_dr6_deliver(void **state)
{
	(void)state;
	assert_true(dr6_deliver(DR6_RESET, 1) == 0xffff0ff1);
	/* B0-B3 are replaced; BS, BD and BT stay until software clears them */
	assert_true(dr6_deliver(0xffffeff8, 2) == 0xffffeff2);
	assert_true(dr6_deliver(0xffff0fff, DR6_BS) == 0xffff4ff0);
	assert_true(dr6_deliver(0xffff4ff0, DR6_BD) == 0xffff6ff0);
	assert_true(dr6_deliver(DR6_RESET, DR6_BT | 0xf) == 0xffff8fff);
	/* nothing else comes out of the payload */
	assert_true(dr6_deliver(DR6_RESET, ~UINT64_C(0xe00f)) == DR6_RESET);
	/* RTM: set by this #DB; BLD: not modified by it */
	assert_true(dr6_deliver(0xfffe0ff0, 1) == 0xffff0ff1);
	assert_true(dr6_deliver(0xffff07f0, 1) == 0xffff07f1);
}

static void test_merge_nothing(void **state)
{
	struct dr_plan plan;
	unsigned i;

	(void)state;
	memset(&plan, 0xa5, sizeof(plan));
	dr_merge(&idle, NULL, 0, 0, NULL, &plan);
	assert_true(plan.dr7 == DR7_RESET);
	assert_int_equal(plan.guest, 0);
	assert_int_equal(plan.host, 0);
	assert_int_equal(plan.unplaced, 0);
	for (i = 0; i < DR_SLOTS; i++)
		assert_int_equal(plan.piece[i], -1);
}

static void test_merge_host_alone(void **state)
{
	const struct dr_piece p[] = {exec_at(0x1001), write_at(0x2000, 2),
				     access_at(0x3004, 4), write_at(0x4008, 8)};
	struct dr_plan plan;
	unsigned i;

	(void)state;
	dr_merge(&idle, p, 4, 0, NULL, &plan);
	assert_int_equal(plan.host, 0xf);
	assert_int_equal(plan.guest, 0);
	assert_int_equal(plan.unplaced, 0);
	for (i = 0; i < DR_SLOTS; i++) {
		const struct dr_piece *q = &p[plan.piece[i]];

		assert_slot(&plan, i, q->addr, q->len, q->rw);
		/* a hardware task switch clears the local enables */
		assert_true(plan.dr7 & G(i));
	}
}

static void test_merge_guest_keeps_numbers(void **state)
{
	struct dr_guest guest = idle;
	const struct dr_piece p[] = {write_at(0x5000, 1), write_at(0x6000, 1),
				     write_at(0x7000, 1)};
	struct dr_plan plan;

	(void)state;
	guest.db[1] = 0x1003; /* unaligned, as the guest wrote it */
	guest.db[3] = 0x400000;
	guest.dr7 |= L(1) | FIELD(1, DR_ACCESS, LEN4) | G(3);
	dr_merge(&guest, p, 3, 0, NULL, &plan);
	assert_int_equal(plan.guest, 0xa);
	assert_int_equal(plan.host, 0x5);
	assert_slot(&plan, 1, 0x1003, 4, DR_ACCESS);
	assert_slot(&plan, 3, 0x400000, 1, DR_EXEC);
	assert_int_equal(plan.unplaced, 1 << 2);
	/* its own enables, not others: they are its to read back */
	assert_true((plan.dr7 & (L(1) | G(1) | L(3) | G(3))) == (L(1) | G(3)));
}

static void test_merge_disabled_slot_is_free(void **state)
{
	struct dr_guest guest = idle;
	struct dr_piece p = write_at(0x1000, 8);
	struct dr_plan plan;

	(void)state;
	guest.db[0] = 0xdead;
	guest.dr7 |= FIELD(0, DR_IO, LEN4) | G(1) | G(2) | G(3);
	dr_merge(&guest, &p, 1, 0, NULL, &plan);
	assert_int_equal(plan.host, 1);
	assert_int_equal(plan.guest, 0xe);
	assert_slot(&plan, 0, 0x1000, 8, DR_WRITE);
}

static void test_merge_shares_equals(void **state)
{
	struct dr_guest guest = idle;
	const struct dr_piece p[] = {write_at(0x1000, 4), exec_at(0x2000)};
	struct dr_plan plan;

	(void)state;
	/* low bits are ignored by the CPU: 0x1002 is 0x1000 with LEN 4 */
	guest.db[2] = 0x1002;
	guest.db[3] = 0x2000;
	guest.dr7 |= G(2) | FIELD(2, DR_WRITE, LEN4) | L(3);
	dr_merge(&guest, p, 2, 0, NULL, &plan);
	assert_int_equal(plan.guest, 0xc);
	assert_int_equal(plan.host, 0xc);
	assert_int_equal(plan.piece[2], 0);
	assert_int_equal(plan.piece[3], 1);
	assert_true(plan.db[2] == 0x1002);
	assert_false(dr7_enabled(plan.dr7, 0) || dr7_enabled(plan.dr7, 1));
}

/* One step away from equal is not equal. */
static void test_merge_shares_nothing_else(void **state)
{
	const struct dr_piece p[] = {write_at(0x1000, 2), access_at(0x1000, 4),
				     write_at(0x1004, 4), exec_at(0x1000),
				     write_at(0x1000, 8)};
	struct dr_guest guest = idle;
	struct dr_plan plan;
	unsigned i;

	(void)state;
	guest.db[0] = 0x1000;
	guest.dr7 |= G(0) | FIELD(0, DR_WRITE, LEN4);
	for (i = 0; i < sizeof(p) / sizeof(p[0]); i++) {
		dr_merge(&guest, &p[i], 1, 0, NULL, &plan);
		assert_int_equal(plan.guest, 1);
		assert_int_equal(plan.host & 1, 0);
		assert_int_equal(plan.unplaced, 0);
	}
}

/* SDM vol. 3, 18.2.4: LEN must be 00 for execution, else undefined. */
static void test_merge_odd_exec_length(void **state)
{
	struct dr_guest guest = idle;
	struct dr_piece p = exec_at(0x1000);
	struct dr_plan plan;
	struct dr_hits hits;

	(void)state;
	guest.db[0] = 0x1000;
	guest.dr7 |= G(0) | FIELD(0, DR_EXEC, LEN4);
	dr_merge(&guest, &p, 1, 0, NULL, &plan);
	assert_int_equal(plan.guest, 1);
	assert_int_equal(plan.host & 1, 0);
	assert_true(plan.host);
	hits = dr_classify(&plan, plan.host);
	assert_int_equal(hits.host, plan.host);
	assert_int_equal(hits.guest, 0);
}

static void test_merge_repeated_request(void **state)
{
	const struct dr_piece p[] = {write_at(0x1000, 4), exec_at(0x2000),
				     write_at(0x1000, 4), exec_at(0x3000),
				     exec_at(0x4000),     exec_at(0x3000)};
	struct dr_plan plan;

	(void)state;
	dr_merge(&idle, p, 6, 0, NULL, &plan);
	assert_int_equal(plan.host, 0xf);
	assert_int_equal(plan.unplaced, 0);
}

static void test_merge_unplaced(void **state)
{
	struct dr_piece p[DR_MAX_PIECES];
	struct dr_guest guest = idle;
	struct dr_plan plan;
	unsigned i;

	(void)state;
	for (i = 0; i < DR_MAX_PIECES; i++)
		p[i] = exec_at(0x1000 + i);
	dr_merge(&guest, p, 4, 0, NULL, &plan);
	assert_int_equal(plan.unplaced, 0);
	dr_merge(&guest, p, 5, 0, NULL, &plan);
	assert_int_equal(plan.unplaced, 0x10);
	dr_merge(&guest, p, DR_MAX_PIECES, 0, NULL, &plan);
	assert_true(plan.unplaced == 0xfffffff0);
	/* the last of the list shares, though no register is free */
	guest.db[0] = 0x1000 + 31;
	guest.dr7 |= 0xff | FIELD(1, DR_WRITE, LEN1) |
		     FIELD(2, DR_WRITE, LEN1) | FIELD(3, DR_WRITE, LEN1);
	dr_merge(&guest, p, DR_MAX_PIECES, 0, NULL, &plan);
	assert_int_equal(plan.guest, 0xf);
	assert_int_equal(plan.host, 1);
	assert_int_equal(plan.piece[0], 31);
	assert_true(plan.unplaced == 0x7fffffff);
}

static void test_merge_control_bits(void **state)
{
	struct dr_guest guest = idle;
	struct dr_plan plan;

	(void)state;
	dr_merge(&idle, NULL, 0, DR_TRAP_ACCESS, NULL, &plan);
	assert_true(plan.dr7 == (DR7_RESET | DR7_GD));
	guest.dr7 |= DR7_GD;
	dr_merge(&guest, NULL, 0, 0, NULL, &plan);
	assert_true(plan.dr7 == (DR7_RESET | DR7_GD));
	guest.dr7 = DR7_RESET | 0x100;
	dr_merge(&guest, NULL, 0, 0, NULL, &plan);
	assert_true(plan.dr7 == (DR7_RESET | 0x100));
	guest.dr7 = DR7_RESET | 0x200;
	dr_merge(&guest, NULL, 0, 0, NULL, &plan);
	assert_true(plan.dr7 == (DR7_RESET | 0x200));
}

static void test_merge_skips_guest_exec(void **state)
{
	struct dr_guest guest = idle;
	const struct dr_piece p[] = {exec_at(0x1000), exec_at(0x2000),
				     exec_at(0x3000)};
	struct dr_plan plan;

	(void)state;
	guest.db[0] = 0x1000;
	guest.db[1] = 0x8000;
	guest.dr7 |= G(0) | G(1) | FIELD(1, DR_WRITE, LEN1);
	dr_merge(&guest, p, 3, DR_SKIP_GUEST_EXEC, NULL, &plan);
	assert_int_equal(plan.guest, 2);
	/* slot 0 is the host's for what it likes */
	assert_int_equal(plan.host, 0xd);
	assert_int_equal(plan.unplaced, 0);
	assert_int_equal(dr_classify(&plan, 1).guest, 0);
	assert_int_equal(dr_classify(&plan, 1).host, 1);
	dr_merge(&guest, p, 3, 0, NULL, &plan);
	assert_int_equal(plan.guest, 3);
	assert_int_equal(plan.host, 0xd);
}

static void test_merge_keeps_places(void **state)
{
	struct dr_guest guest = idle;
	const struct dr_piece p[] = {exec_at(0x1000), exec_at(0x2000),
				     exec_at(0x3000)};
	struct dr_plan one, two;

	(void)state;
	/* 0x1000 sits in slot 2, since 0 and 1 were the guest's */
	guest.dr7 |= G(0) | G(1);
	dr_merge(&guest, p, 1, 0, NULL, &one);
	assert_int_equal(one.piece[2], 0);
	/* they are free: it stays all the same */
	dr_merge(&idle, p, 1, 0, &one, &two);
	assert_int_equal(two.host, 4);
	assert_int_equal(two.piece[2], 0);
	/* as it does when others come, or come first in the list */
	dr_merge(&idle, p, 3, 0, &two, &one);
	assert_int_equal(one.piece[2], 0);
	two = one;
	dr_merge(&idle, &p[1], 2, 0, &two, &one);
	assert_int_equal(one.piece[2], -1);
	assert_int_equal(one.host, two.host & ~4);
}

static void test_merge_moves_for_guest(void **state)
{
	struct dr_guest guest = idle;
	const struct dr_piece p[] = {write_at(0x1000, 1), write_at(0x2000, 1)};
	struct dr_plan before, after;

	(void)state;
	dr_merge(&idle, p, 2, 0, NULL, &before);
	assert_int_equal(before.host, 3);
	guest.db[0] = 0x5000;
	guest.dr7 |= L(0);
	dr_merge(&guest, p, 2, 0, &before, &after);
	assert_int_equal(after.guest, 1);
	assert_int_equal(after.host, 6);
	assert_int_equal(after.piece[1], 1); /* the other did not move */
	assert_int_equal(after.piece[2], 0);
	/* all four: nowhere to go, and nobody keeps quiet about it */
	guest.dr7 |= L(1) | L(2) | L(3);
	dr_merge(&guest, p, 2, 0, &after, &before);
	assert_int_equal(before.host, 0);
	assert_int_equal(before.unplaced, 3);
	/* and back */
	dr_merge(&idle, p, 2, 0, &before, &after);
	assert_int_equal(after.unplaced, 0);
}

static void test_merge_stays_with_its_twin(void **state)
{
	struct dr_guest guest = idle;
	struct dr_piece p = exec_at(0x1000);
	struct dr_plan one, two;

	(void)state;
	guest.db[3] = 0x1000;
	guest.dr7 |= G(3);
	dr_merge(&guest, &p, 1, 0, NULL, &one);
	assert_int_equal(one.piece[3], 0);
	/* the guest has a second one: the first is as good as it was */
	guest.db[1] = 0x1000;
	guest.dr7 |= G(1);
	dr_merge(&guest, &p, 1, 0, &one, &two);
	assert_int_equal(two.host, 8);
	/* it takes that one away: stay, alone */
	dr_merge(&idle, &p, 1, 0, &two, &one);
	assert_int_equal(one.host, 8);
	assert_int_equal(one.guest, 0);
}

/* A plan may be its own predecessor. */
static void test_merge_in_place(void **state)
{
	struct dr_guest guest = idle;
	const struct dr_piece p[] = {write_at(0x1000, 1), write_at(0x2000, 1)};
	struct dr_plan plan;

	(void)state;
	guest.dr7 |= G(0);
	dr_merge(&guest, p, 2, 0, NULL, &plan);
	assert_int_equal(plan.host, 6);
	dr_merge(&idle, p, 2, 0, &plan, &plan);
	assert_int_equal(plan.host, 6);
	assert_int_equal(plan.piece[1], 0);
	assert_int_equal(plan.piece[2], 1);
}

static struct dr_plan plan_of(const struct dr_guest *guest,
			      const struct dr_piece *p, unsigned n)
{
	struct dr_plan plan;

	dr_merge(guest, p, n, 0, NULL, &plan);
	assert_int_equal(plan.unplaced, 0);
	return plan;
}

static void assert_hits(const struct dr_plan *plan, uint64_t dr6,
			unsigned guest, unsigned host)
{
	struct dr_hits hits = dr_classify(plan, dr6);

	assert_int_equal(hits.guest, guest);
	assert_int_equal(hits.host, host);
}

static void test_classify_owners(void **state)
{
	struct dr_guest guest = idle;
	const struct dr_piece p[] = {write_at(0x1000, 4), write_at(0x2000, 4)};
	struct dr_plan plan;

	(void)state;
	guest.db[0] = 0x1000;
	guest.db[1] = 0x3000;
	guest.dr7 |=
	    G(0) | FIELD(0, DR_WRITE, LEN4) | G(1) | FIELD(1, DR_WRITE, LEN4);
	plan = plan_of(&guest, p, 2); /* both, guest, host, - */
	assert_hits(&plan, DR6_RESET, 0, 0);
	assert_hits(&plan, DR6_RESET | 1, 1, 1);
	assert_hits(&plan, DR6_RESET | 2, 2, 0);
	assert_hits(&plan, DR6_RESET | 4, 0, 4);
	assert_hits(&plan, DR6_RESET | 6, 2, 4);
	assert_hits(&plan, DR6_RESET | 7, 3, 5);
}

static void test_classify_masks_disabled(void **state)
{
	struct dr_guest guest = idle;
	struct dr_piece p = write_at(0x1000, 4);
	struct dr_plan plan;

	(void)state;
	guest.db[2] = 0x1000; /* same address, but off */
	guest.dr7 |= FIELD(2, DR_WRITE, LEN4);
	plan = plan_of(&guest, &p, 1);
	assert_hits(&plan, DR6_RESET | 0xf, 0, 1);
	assert_hits(&plan, DR6_RESET | 0xe, 0, 0);
}

static void test_classify_other_causes(void **state)
{
	struct dr_plan plan = plan_of(&idle, NULL, 0);
	struct dr_hits hits = dr_classify(&plan, DR6_RESET);

	(void)state;
	assert_false(hits.bs || hits.bd || hits.bt);
	hits = dr_classify(&plan, DR6_RESET | DR6_BS);
	assert_true(hits.bs && !hits.bd && !hits.bt);
	hits = dr_classify(&plan, DR6_RESET | DR6_BD);
	assert_true(!hits.bs && hits.bd && !hits.bt);
	hits = dr_classify(&plan, DR6_RESET | DR6_BT);
	assert_true(!hits.bs && !hits.bd && hits.bt);
}

/* The guest's slot 0 was hit at RIP; what does its slot 1, which is disabled
 * and the host's, show? */
static unsigned beside(unsigned rw, uint64_t addr, unsigned code, uint64_t rip,
		       unsigned shows)
{
	const struct dr_piece p[] = {write_at(0x9000, 4), write_at(0x9010, 4),
				     write_at(0x9020, 4)};
	struct dr_guest guest = idle;
	struct dr_plan plan;
	const unsigned len0 = rw == DR_EXEC ? 0 : LEN4;

	guest.db[0] = 0x1000;
	guest.db[1] = addr;
	guest.dr7 |= G(0) | FIELD(0, rw, len0) | FIELD(1, rw, code);
	plan = plan_of(&guest, p, 3);
	return dr_bystanders(&guest, &plan, 1, rip, shows);
}

static void test_bystanders(void **state)
{
	const unsigned all = DR_SHOWS_EXEC | DR_SHOWS_DATA;

	(void)state;
	assert_int_equal(beside(DR_EXEC, 0x1000, 0, 0x1000, all), 2);
	assert_int_equal(beside(DR_EXEC, 0x1001, 0, 0x1000, all), 0);
	assert_int_equal(beside(DR_EXEC, 0x1000, 0, 0x1000, DR_SHOWS_DATA), 0);
	assert_int_equal(beside(DR_WRITE, 0x1000, LEN4, 0x500, all), 2);
	assert_int_equal(beside(DR_WRITE, 0x1000, LEN8, 0x500, all), 2);
	assert_int_equal(beside(DR_WRITE, 0x1000, LEN4, 0x500, DR_SHOWS_EXEC),
			 0);
	/* a part of it, or beside it: who knows */
	assert_int_equal(beside(DR_WRITE, 0x1000, LEN1, 0x500, all), 0);
	assert_int_equal(beside(DR_WRITE, 0x1004, LEN4, 0x500, all), 0);
}

/* A register that the guest has disabled on an address of its own is the last
 * that the host takes. */
static void test_merge_leaves_bystanders(void **state)
{
	const struct dr_piece p[] = {write_at(0x9000, 4), write_at(0x9010, 4),
				     write_at(0x9020, 4)};
	struct dr_guest guest = idle;
	struct dr_plan plan;

	(void)state;
	guest.db[0] = guest.db[1] = 0x1000;
	guest.dr7 |= G(0);
	plan = plan_of(&guest, p, 2);
	assert_int_equal(plan.host, 0xc);
	plan = plan_of(&guest, p, 3);
	assert_int_equal(plan.host, 0xe);
	assert_int_equal(plan.unplaced, 0);
}

/* A CPU that reports the guest's slot 0 only, and what the host may conclude
 * for its own request. */
static unsigned concluded(uint64_t addr, unsigned rw, unsigned code,
			  struct dr_piece p)
{
	struct dr_guest guest = idle;
	struct dr_plan plan;
	struct dr_hits hits;

	guest.db[0] = addr;
	guest.dr7 |= G(0) | FIELD(0, rw, code);
	plan = plan_of(&guest, &p, 1);
	assert_int_equal(plan.host, 2);
	hits = dr_classify(&plan, DR6_RESET | 1);
	assert_int_equal(hits.guest, 1);
	return hits.host == 2;
}

static void test_classify_implied(void **state)
{
	(void)state;
	/* a write is an access */
	assert_true(concluded(0x1000, 1, LEN4, access_at(0x1000, 4)));
	assert_false(concluded(0x1000, 3, LEN4, write_at(0x1000, 4)));
	/* the wider one holds the narrower one */
	assert_true(concluded(0x1004, 1, LEN4, write_at(0x1000, 8)));
	assert_true(concluded(0x1007, 1, LEN2, write_at(0x1000, 8)));
	assert_false(concluded(0x1000, 1, LEN8, write_at(0x1004, 4)));
	assert_false(concluded(0x1000, 1, LEN8, write_at(0x1000, 4)));
	/* neighbours */
	assert_false(concluded(0x1008, 1, LEN1, write_at(0x1000, 8)));
	assert_false(concluded(0x0fff, 1, LEN1, write_at(0x1000, 8)));
	/* data and execution never */
	assert_false(concluded(0x1000, 0, LEN1, access_at(0x1000, 1)));
	assert_false(concluded(0x1000, 3, LEN1, exec_at(0x1000)));
	/* I/O ports are not memory */
	assert_false(concluded(0x60, 2, LEN1, access_at(0x60, 1)));
	assert_false(
	    concluded(0x60, 3, LEN1, (struct dr_piece){0x60, 1, DR_IO}));
	assert_true(
	    concluded(0x61, 2, LEN1, (struct dr_piece){0x60, 4, DR_IO}));
	/* the last bytes of all */
	assert_true(concluded(TOP - 1, 1, LEN2, write_at(TOP - 7, 8)));
	assert_true(concluded(TOP, 1, LEN8, access_at(TOP - 7, 8)));
	assert_false(concluded(TOP - 7, 1, LEN8, write_at(TOP - 1, 2)));
	assert_false(concluded(TOP, 1, LEN1, write_at(0, 8)));
	assert_false(concluded(0, 1, LEN1, write_at(TOP, 1)));
}

/* A slot that is off proves nothing about the others. */
static void test_classify_disabled_implies_nothing(void **state)
{
	struct dr_guest guest = idle;
	struct dr_piece p = access_at(0x1000, 8);
	struct dr_plan plan;

	(void)state;
	guest.db[1] = 0x1000;
	guest.dr7 |= FIELD(1, DR_WRITE, LEN1);
	plan = plan_of(&guest, &p, 1);
	assert_int_equal(plan.host, 1);
	assert_hits(&plan, DR6_RESET | 2, 0, 0);
	/* nor does one that looks like the request: R/W and LEN are 0 */
	p = exec_at(0x1000);
	guest.dr7 = DR7_RESET;
	plan = plan_of(&guest, &p, 1);
	assert_int_equal(plan.host, 1);
	assert_hits(&plan, DR6_RESET | 2, 0, 0);
}

static void test_split_single(void **state)
{
	static const uint8_t lens[] = {1, 2, 4, 8};
	struct dr_piece p[DR_SLOTS];
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(
		    dr_split(0x1000, lens[i], DR_WRITE, true, p, 4), 1);
		assert_piece(&p[0], 0x1000, lens[i], DR_WRITE);
		assert_int_equal(
		    dr_split(0x1010, lens[i], DR_ACCESS, false, p, 4), 1);
		assert_piece(&p[0], 0x1010, lens[i], DR_ACCESS);
	}
	assert_int_equal(dr_split(0x1001, 1, DR_EXEC, true, p, 1), 1);
	assert_piece(&p[0], 0x1001, 1, DR_EXEC);
}

static void test_split_exact(void **state)
{
	struct dr_piece p[DR_SLOTS];

	(void)state;
	assert_int_equal(dr_split(0x1001, 7, DR_WRITE, true, p, 4), 3);
	assert_piece(&p[0], 0x1001, 1, DR_WRITE);
	assert_piece(&p[1], 0x1002, 2, DR_WRITE);
	assert_piece(&p[2], 0x1004, 4, DR_WRITE);
	assert_int_equal(dr_split(0x1000, 7, DR_ACCESS, true, p, 4), 3);
	assert_piece(&p[0], 0x1000, 4, DR_ACCESS);
	assert_piece(&p[1], 0x1004, 2, DR_ACCESS);
	assert_piece(&p[2], 0x1006, 1, DR_ACCESS);
	assert_int_equal(dr_split(0x1001, 4, DR_ACCESS, true, p, 4), 3);
	assert_int_equal(dr_split(0x1006, 4, DR_ACCESS, true, p, 4), 2);
	assert_piece(&p[1], 0x1008, 2, DR_ACCESS);
	assert_int_equal(dr_split(0x1000, 32, DR_ACCESS, true, p, 4), 4);
	assert_piece(&p[3], 0x1018, 8, DR_ACCESS);
	assert_int_equal(dr_split(0x1001, 14, DR_ACCESS, true, p, 4), 0);
	assert_int_equal(dr_split(0x1001, 7, DR_WRITE, true, p, 2), 0);
}

static void test_split_fewest(void **state)
{
	struct dr_piece p[DR_SLOTS];

	(void)state;
	assert_int_equal(dr_split(0x1001, 7, DR_WRITE, false, p, 4), 1);
	assert_piece(&p[0], 0x1000, 8, DR_WRITE);
	assert_int_equal(dr_split(0x1001, 2, DR_WRITE, false, p, 4), 1);
	assert_piece(&p[0], 0x1000, 4, DR_WRITE);
	assert_int_equal(dr_split(0x1005, 2, DR_WRITE, false, p, 4), 1);
	assert_piece(&p[0], 0x1004, 4, DR_WRITE);
	assert_int_equal(dr_split(0x1003, 2, DR_WRITE, false, p, 4), 1);
	assert_piece(&p[0], 0x1000, 8, DR_WRITE);
	assert_int_equal(dr_split(0x1007, 2, DR_WRITE, false, p, 4), 2);
	assert_piece(&p[0], 0x1007, 1, DR_WRITE);
	assert_piece(&p[1], 0x1008, 1, DR_WRITE);
	assert_int_equal(dr_split(0x1001, 31, DR_WRITE, false, p, 4), 4);
	assert_int_equal(dr_split(0x1001, 32, DR_WRITE, false, p, 4), 0);
}

static void test_split_edges(void **state)
{
	struct dr_piece p[DR_SLOTS];

	(void)state;
	assert_int_equal(dr_split(0x1000, 0, DR_WRITE, true, p, 4), 0);
	assert_int_equal(dr_split(0x1000, 0, DR_WRITE, false, p, 4), 0);
	assert_int_equal(dr_split(0x1000, 1, DR_WRITE, true, p, 0), 0);
	assert_int_equal(dr_split(0, UINT64_MAX, DR_WRITE, true, p, 4), 0);
	assert_int_equal(dr_split(1, UINT64_MAX, DR_WRITE, false, p, 4), 0);
	assert_int_equal(dr_split(TOP, 1, DR_WRITE, true, p, 4), 1);
	assert_piece(&p[0], TOP, 1, DR_WRITE);
	assert_int_equal(dr_split(TOP - 7, 8, DR_WRITE, false, p, 4), 1);
	assert_piece(&p[0], TOP - 7, 8, DR_WRITE);
	assert_int_equal(dr_split(TOP - 4, 5, DR_WRITE, true, p, 4), 2);
	assert_piece(&p[0], TOP - 4, 1, DR_WRITE);
	assert_piece(&p[1], TOP - 3, 4, DR_WRITE);
	assert_int_equal(dr_split(TOP - 4, 5, DR_WRITE, false, p, 4), 1);
	assert_piece(&p[0], TOP - 7, 8, DR_WRITE);
	assert_int_equal(dr_split(TOP - 31, 32, DR_WRITE, true, p, 4), 4);
	assert_piece(&p[3], TOP - 7, 8, DR_WRITE);
}

/* The fewest pieces there are, by trying them all. */
static unsigned fewest_exact(unsigned from, unsigned to)
{
	unsigned best = 99, size, rest;

	if (from == to)
		return 0;
	for (size = 1; size <= 8; size *= 2) {
		if (from % size || from + size > to)
			continue;
		rest = 1 + fewest_exact(from + size, to);
		best = rest < best ? rest : best;
	}
	return best;
}

/* Every range of up to 32 bytes: aligned pieces, nothing left out; if exact,
 * nothing more; and as few as can be. */
static void test_split_all(void **state)
{
	struct dr_piece p[40];
	unsigned start, len, exact, n, i, b;

	(void)state;
	for (exact = 0; exact < 2; exact++)
		for (start = 8; start < 16; start++)
			for (len = 1; len <= 32; len++) {
				uint8_t hit[64] = {0};

				n = dr_split(start, len, DR_ACCESS, exact, p,
					     40);
				assert_int_equal(
				    n, exact ? fewest_exact(start, start + len)
					     : (start + len - 1) / 8 -
						   start / 8 + 1);
				for (i = 0; i < n; i++) {
					assert_int_equal(p[i].addr % p[i].len,
							 0);
					for (b = 0; b < p[i].len; b++)
						hit[p[i].addr + b]++;
				}
				for (b = 0; b < 64; b++) {
					bool in = b >= start && b < start + len;

					assert_true(hit[b] <= 1);
					if (in || exact)
						assert_int_equal(hit[b], in);
				}
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dr7_fields),
	    cmocka_unit_test(test_dr6_fixed),
	    cmocka_unit_test(test_dr6_write),
	    cmocka_unit_test(test_dr7_write),
	    cmocka_unit_test(test_dr6_deliver),
	    cmocka_unit_test(test_merge_nothing),
	    cmocka_unit_test(test_merge_host_alone),
	    cmocka_unit_test(test_merge_guest_keeps_numbers),
	    cmocka_unit_test(test_merge_disabled_slot_is_free),
	    cmocka_unit_test(test_merge_shares_equals),
	    cmocka_unit_test(test_merge_shares_nothing_else),
	    cmocka_unit_test(test_merge_odd_exec_length),
	    cmocka_unit_test(test_merge_repeated_request),
	    cmocka_unit_test(test_merge_unplaced),
	    cmocka_unit_test(test_merge_control_bits),
	    cmocka_unit_test(test_merge_skips_guest_exec),
	    cmocka_unit_test(test_merge_keeps_places),
	    cmocka_unit_test(test_merge_moves_for_guest),
	    cmocka_unit_test(test_merge_stays_with_its_twin),
	    cmocka_unit_test(test_merge_in_place),
	    cmocka_unit_test(test_classify_owners),
	    cmocka_unit_test(test_classify_masks_disabled),
	    cmocka_unit_test(test_bystanders),
	    cmocka_unit_test(test_merge_leaves_bystanders),
	    cmocka_unit_test(test_classify_other_causes),
	    cmocka_unit_test(test_classify_implied),
	    cmocka_unit_test(test_classify_disabled_implies_nothing),
	    cmocka_unit_test(test_split_single),
	    cmocka_unit_test(test_split_exact),
	    cmocka_unit_test(test_split_fewest),
	    cmocka_unit_test(test_split_edges),
	    cmocka_unit_test(test_split_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
