/* SPDX-License-Identifier: MIT */
/* Who polls and who sleeps, and that no bell is missed. */
#include "kvmbackend/handoff.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROUNDS 2000u

/* The other side of a table: waits, and answers. */
struct pair {
	pthread_mutex_t lock;
	struct handoff here, there;
	unsigned asked, answered; /* lock */
};

static struct handoff quick(void)
{
	struct handoff h = {.rung_on = -1};

	/* until nothing comes between */
	while (!h.quick) {
		handoff_begin(&h);
		handoff_end(&h);
	}
	return h;
}

/* A whole wait that nobody rings in.  True: it has polled. */
static bool wait_in_vain(struct handoff *h, pthread_mutex_t *lock)
{
	const uint64_t misses = h->misses;

	handoff_begin(h);
	while (handoff_poll(h, lock))
		continue;
	h->quick = true; /* as if the sleep had been short */
	if (h->asleep)
		h->asleep--;
	return h->misses > misses;
}

static void only_after_a_quick_wait(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct handoff h = {.rung_on = -1};

	(void)state;
	pthread_mutex_lock(&lock);
	handoff_begin(&h);
	assert_false(handoff_poll(&h, &lock));
	assert_int_equal(h.misses, 0);
	/* the control */
	h = quick();
	while (!wait_in_vain(&h, &lock))
		h.asleep = 0;
	assert_int_equal(h.misses, 1);
	assert_int_equal(h.polls, 0);
	/* longer than is ever polled */
	h.since -= 2 * HANDOFF_NS;
	handoff_end(&h);
	assert_false(h.quick);
	pthread_mutex_unlock(&lock);
}

static void not_on_one_cpu(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct handoff h = quick();
	cpu_set_t before, one;

	(void)state;
	sched_getaffinity(0, sizeof(before), &before);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	pthread_mutex_lock(&lock);
	handoff_ring(&h);
	handoff_begin(&h);
	assert_false(handoff_poll(&h, &lock));
	assert_int_equal(h.misses, 0);
	assert_int_equal(handoff_cpus(), 1);
	pthread_mutex_unlock(&lock);
	sched_setaffinity(0, sizeof(before), &before);
}

/* More and more waits are slept through. */
static void gives_up(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct handoff h = quick();
	unsigned i;

	(void)state;
	pthread_mutex_lock(&lock);
	for (i = 0; i < 3000; i++)
		wait_in_vain(&h, &lock);
	/* 16 + 32 + ... + 1024 + 1024 */
	assert_in_range(h.misses, 4, 9);
	assert_int_equal(h.polls, 0);
	pthread_mutex_unlock(&lock);
}

static void wait_for(struct handoff *h, pthread_mutex_t *lock,
		     const unsigned *word, unsigned value)
{
	handoff_begin(h);
	while (*word != value && handoff_poll(h, lock))
		continue;
	while (*word != value)
		handoff_sleep(h, lock);
	handoff_end(h);
}

static void *answer(void *arg)
{
	struct pair *p = arg;
	unsigned i;

	pthread_mutex_lock(&p->lock);
	for (i = 1; i <= ROUNDS; i++) {
		wait_for(&p->there, &p->lock, &p->asked, i);
		p->answered = i;
		pthread_mutex_unlock(&p->lock);
		handoff_ring(&p->here);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* A bell that is missed: this never ends. */
static void no_bell_is_missed(void **state)
{
	struct pair p = {.lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t thread;
	unsigned i;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, answer, &p), 0);
	pthread_mutex_lock(&p.lock);
	for (i = 1; i <= ROUNDS; i++) {
		p.asked = i;
		pthread_mutex_unlock(&p.lock);
		handoff_ring(&p.there);
		pthread_mutex_lock(&p.lock);
		wait_for(&p.here, &p.lock, &p.answered, i);
	}
	pthread_mutex_unlock(&p.lock);
	pthread_join(thread, NULL);
	assert_int_equal(p.answered, ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_after_a_quick_wait),
	    cmocka_unit_test(not_on_one_cpu),
	    cmocka_unit_test(gives_up),
	    cmocka_unit_test(no_bell_is_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
