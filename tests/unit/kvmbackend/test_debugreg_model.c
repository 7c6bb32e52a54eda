/* SPDX-License-Identifier: MIT */
/*
 * The arbiter against the model, by random steps.
 *
 *   test_debugreg_model [STEPS [SEED]]
 *
 * or KVMGDB_MODEL_STEPS and KVMGDB_MODEL_SEED in the environment.  The seed is
 * printed; the same seed gives the same steps.
 */
#include "model_dr.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define SHORT_RUN UINT64_C(1000000)
/* A broken arbiter must be found in this many steps. */
#define CONTROL_RUN UINT64_C(200000)

struct run {
	uint64_t steps, seed;
};

static uint64_t number(const char *arg, const char *env, uint64_t otherwise)
{
	const char *text = arg ? arg : getenv(env);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* Steps until they disagree, or STEPS. */
static uint64_t steps_in_agreement(struct model_dr *m, uint64_t steps)
{
	uint64_t i;

	for (i = 0; i < steps; i++)
		if (!model_dr_step(m))
			break;
	return i;
}

static void test_agreement(void **state)
{
	const struct run *run = *state;
	struct model_dr *m =
	    model_dr_new(&model_real_arbiter, run->seed, NULL, 0);
	unsigned c, never = 0;
	uint64_t done;

	assert_non_null(m);
	print_message("seed %" PRIu64 ", %" PRIu64 " steps\n", run->seed,
		      run->steps);
	done = steps_in_agreement(m, run->steps);
	if (done < run->steps)
		model_dr_print(m);
	for (c = 0; c < MODEL_CASE_COUNT && done == run->steps; c++) {
		uint64_t count = model_dr_count(m, (enum model_case)c);

		print_message("%12" PRIu64 " %s\n", count,
			      model_case_name((enum model_case)c));
		never += !count;
	}
	model_dr_free(m);
	assert_true(done == run->steps);
	assert_int_equal(never, 0);
}

static void test_same_seed_same_steps(void **state)
{
	unsigned c;
	struct model_dr *a = model_dr_new(&model_real_arbiter, 7, NULL, 0);
	struct model_dr *b = model_dr_new(&model_real_arbiter, 7, NULL, 0);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	steps_in_agreement(a, 10000);
	steps_in_agreement(b, 10000);
	for (c = 0; c < MODEL_CASE_COUNT; c++)
		assert_true(model_dr_count(a, (enum model_case)c) ==
			    model_dr_count(b, (enum model_case)c));
	model_dr_free(a);
	model_dr_free(b);
}

/*
 * Positive controls: arbiters with one fault each, which the model must find.
 */
static struct dr_hits disabled_not_masked(const struct dr_plan *plan,
					  uint64_t dr6)
{
	struct dr_hits hits = dr_classify(plan, dr6);

	hits.guest |= (uint8_t)(dr6 & 0xf & (unsigned)~plan->host);
	return hits;
}

static struct dr_hits nothing_implied(const struct dr_plan *plan, uint64_t dr6)
{
	struct dr_hits hits = dr_classify(plan, dr6);

	hits.host &= (uint8_t)(dr6 & 0xf);
	hits.guest &= (uint8_t)(dr6 & 0xf);
	return hits;
}

static struct dr_hits host_takes_all(const struct dr_plan *plan, uint64_t dr6)
{
	struct dr_hits hits = dr_classify(plan, dr6);

	hits.guest &= (uint8_t)~hits.host;
	return hits;
}

static void forgets_prev(const struct dr_guest *guest,
			 const struct dr_piece *pieces, unsigned n,
			 unsigned flags, const struct dr_plan *prev,
			 struct dr_plan *plan)
{
	(void)prev;
	dr_merge(guest, pieces, n, flags, NULL, plan);
}

static void host_first(const struct dr_guest *guest,
		       const struct dr_piece *pieces, unsigned n,
		       unsigned flags, const struct dr_plan *prev,
		       struct dr_plan *plan)
{
	struct dr_guest less = *guest;

	if (n >= DR_SLOTS)
		less.dr7 &= ~UINT64_C(0xc0);
	dr_merge(&less, pieces, n, flags, prev, plan);
}

static void hides_unplaced(const struct dr_guest *guest,
			   const struct dr_piece *pieces, unsigned n,
			   unsigned flags, const struct dr_plan *prev,
			   struct dr_plan *plan)
{
	dr_merge(guest, pieces, n, flags, prev, plan);
	plan->unplaced = 0;
}

static uint64_t keeps_old_hits(uint64_t old, uint64_t payload)
{
	return dr6_deliver(old, payload) | (old & 0xf);
}

static uint64_t loses_sticky_bs(uint64_t old, uint64_t payload)
{
	return dr6_deliver(old & ~DR6_BS, payload);
}

static void find_fault(struct arbiter broken)
{
	struct model_dr *m = model_dr_new(&broken, 1, NULL, 0);
	uint64_t done;

	assert_non_null(m);
	done = steps_in_agreement(m, CONTROL_RUN);
	model_dr_free(m);
	assert_true(done < CONTROL_RUN);
}

#define CONTROL(member, function)                           \
	static void control_##function(void **state)        \
	{                                                   \
		struct arbiter broken = model_real_arbiter; \
                                                            \
		(void)state;                                \
		broken.member = function;                   \
		find_fault(broken);                         \
	}

CONTROL(classify, disabled_not_masked)
CONTROL(classify, nothing_implied)
CONTROL(classify, host_takes_all)
CONTROL(merge, forgets_prev)
CONTROL(merge, host_first)
CONTROL(merge, hides_unplaced)
CONTROL(deliver, keeps_old_hits)
CONTROL(deliver, loses_sticky_bs)

int main(int argc, char **argv)
{
	struct run run = {
	    .steps = number(argc > 1 ? argv[1] : NULL, "KVMGDB_MODEL_STEPS",
			    SHORT_RUN),
	    .seed = number(argc > 2 ? argv[2] : NULL, "KVMGDB_MODEL_SEED",
			   (uint64_t)time(NULL)),
	};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_prestate(test_agreement, &run),
	    cmocka_unit_test(test_same_seed_same_steps),
	    cmocka_unit_test(control_disabled_not_masked),
	    cmocka_unit_test(control_nothing_implied),
	    cmocka_unit_test(control_host_takes_all),
	    cmocka_unit_test(control_forgets_prev),
	    cmocka_unit_test(control_host_first),
	    cmocka_unit_test(control_hides_unplaced),
	    cmocka_unit_test(control_keeps_old_hits),
	    cmocka_unit_test(control_loses_sticky_bs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
