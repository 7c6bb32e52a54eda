/* SPDX-License-Identifier: MIT */
/* What is armed beforehand, with DR7 as fig. 18-1 of the manual has it. */
#include "kvmbackend/drhabit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define G(i)               (UINT64_C(2) << (2 * (i)))
#define FIELD(i, rw, code) ((uint64_t)((rw) | (code) << 2) << (16 + 4 * (i)))
enum { LEN1 = 0, LEN8 = 2 };

static const struct dr_guest off = {.dr6 = DR6_RESET, .dr7 = DR7_RESET};

static struct dr_guest watching(unsigned slot, uint64_t addr)
{
	struct dr_guest g = off;

	g.db[slot] = addr;
	g.dr7 |= G(slot) | FIELD(slot, DR_WRITE, LEN8);
	return g;
}

static void switched_off_and_on(void **state)
{
	struct dr_guest guest = watching(1, 0x1000), now = off;
	struct dr_habit habit = {.dr7 = 0};

	(void)state;
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 0);
	assert_true(now.dr7 == off.dr7);
	dr_habit_learn(&habit, &guest);
	dr_habit_learn(&habit, &off);
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 1);
	assert_true(now.dr7 == guest.dr7);
	assert_true(now.db[1] == 0x1000);
	/* Nothing is added to what is there. */
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &guest), 0);
}

/* The guest's own comes first, whatever is known of its slot. */
static void guest_first(void **state)
{
	struct dr_guest before = watching(0, 0x1000);
	struct dr_guest now = watching(0, 0x2000);
	struct dr_habit habit = {.dr7 = 0};

	(void)state;
	before.db[3] = 0x3000;
	before.dr7 |= G(3) | FIELD(3, DR_EXEC, LEN1);
	dr_habit_learn(&habit, &before);
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 1);
	assert_true(now.db[0] == 0x2000);
	assert_true(now.db[3] == 0x3000);
	/* The newer one of a slot is what stays known. */
	now = watching(0, 0x2000);
	dr_habit_learn(&habit, &now);
	now = off;
	assert_int_equal(dr_habit_add(&habit, NULL, 0, 1, &now), 1);
	assert_true(now.db[0] == 0x2000);
	assert_false(dr7_enabled(now.dr7, 3));
}

static void not_over_others(void **state)
{
	static const struct {
		struct dr_piece host;
		unsigned added;
	} cases[] = {
	    {{.addr = 0x1000, .len = 8, .rw = DR_WRITE}, 1},
	    {{.addr = 0x1000, .len = 8, .rw = DR_ACCESS}, 1},
	    {{.addr = 0x1000, .len = 1, .rw = DR_EXEC}, 0},
	    {{.addr = 0x1000, .len = 4, .rw = DR_WRITE}, 0},
	    {{.addr = 0x1004, .len = 4, .rw = DR_ACCESS}, 0},
	    {{.addr = 0x1007, .len = 1, .rw = DR_WRITE}, 0},
	    {{.addr = 0x1008, .len = 4, .rw = DR_WRITE}, 0},
	    {{.addr = 0x103f, .len = 1, .rw = DR_WRITE}, 0},
	    {{.addr = 0x1040, .len = 4, .rw = DR_WRITE}, 1},
	    {{.addr = 0xfc8, .len = 8, .rw = DR_WRITE}, 0},
	    {{.addr = 0xfc0, .len = 8, .rw = DR_WRITE}, 1},
	};
	struct dr_guest guest = watching(0, 0x1000), now;
	struct dr_habit habit = {.dr7 = 0};

	(void)state;
	dr_habit_learn(&habit, &guest);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		now = off;
		assert_int_equal(
		    dr_habit_add(&habit, &cases[i].host, 1, DR_SLOTS, &now),
		    cases[i].added);
	}
	now = watching(3, 0x1040);
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 1);
	now = watching(3, 0x1000);
	now.dr7 &= ~FIELD(3, 0, 3);
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 0);
	/* What is known may overlap what else is known. */
	guest.db[2] = 0x1000;
	guest.dr7 |= G(2) | FIELD(2, DR_ACCESS, LEN8);
	dr_habit_learn(&habit, &guest);
	now = off;
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 2);
}

static void forgotten(void **state)
{
	struct dr_guest guest = watching(0, 0x1000), now;
	struct dr_habit habit = {.dr7 = 0};

	(void)state;
	guest.db[1] = 0x3000;
	guest.dr7 |= G(1) | FIELD(1, DR_EXEC, LEN1);
	dr_habit_learn(&habit, &guest);
	now = off;
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 2);
	dr_habit_hit(&habit, 1, true);
	dr_habit_hit(&habit, 1, false);
	now = off;
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 1);
	assert_true(dr7_enabled(now.dr7, 0));
	for (unsigned i = 0; i < 3 * DR_HABIT_MISSES; i++)
		dr_habit_hit(&habit, 0, i % (DR_HABIT_MISSES - 1) == 0);
	now = off;
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 1);
	for (unsigned i = 0; i < DR_HABIT_MISSES; i++)
		dr_habit_hit(&habit, 0, false);
	now = off;
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 0);
	/* Seen again, known again. */
	dr_habit_learn(&habit, &guest);
	now = off;
	assert_int_equal(dr_habit_add(&habit, NULL, 0, DR_SLOTS, &now), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(switched_off_and_on),
	    cmocka_unit_test(guest_first),
	    cmocka_unit_test(not_over_others),
	    cmocka_unit_test(forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
