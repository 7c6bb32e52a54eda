/* SPDX-License-Identifier: MIT */
#include "handoff.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A poller that looks at the clock later than this was put aside. */
#define GAP_NS UINT64_C(20000)

#define PENALTY_MIN 16u
#define PENALTY_MAX 1024u

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

unsigned handoff_cpus(void)
{
	cpu_set_t set;

	/* more CPUs than a cpu_set_t has: EINVAL */
	if (sched_getaffinity(0, sizeof(set), &set))
		return CPU_SETSIZE;
	return (unsigned)CPU_COUNT(&set);
}

void handoff_begin(struct handoff *h)
{
	h->since = now_ns();
}

void handoff_end(struct handoff *h)
{
	h->quick = now_ns() - h->since < HANDOFF_NS;
	if (h->asleep)
		h->asleep--;
}

/* BAD: in vain, or in the way of others. */
static void learn(struct handoff *h, bool bad)
{
	if (!bad) {
		h->penalty -= h->penalty > 0;
		return;
	}
	h->penalty = h->penalty < PENALTY_MIN ? PENALTY_MIN : 2 * h->penalty;
	if (h->penalty > PENALTY_MAX)
		h->penalty = PENALTY_MAX;
	h->asleep = h->penalty;
}

bool handoff_poll(struct handoff *h, pthread_mutex_t *lock)
{
	const uint64_t since = h->since;
	const unsigned heard = __atomic_load_n(&h->bell, __ATOMIC_RELAXED);
	uint64_t last = now_ns(), now = last;
	bool rung = false, gap = false;

	if (!h->quick || h->asleep ||
	    __atomic_load_n(&h->rung_on, __ATOMIC_RELAXED) == sched_getcpu() ||
	    now - h->since >= HANDOFF_NS)
		return false;
	h->polling = true;
	pthread_mutex_unlock(lock);
	do {
		__builtin_ia32_pause();
		rung = __atomic_load_n(&h->bell, __ATOMIC_ACQUIRE) != heard;
		last = now;
		now = now_ns();
		gap = now - last > GAP_NS;
	} while (!rung && !gap && now - since < HANDOFF_NS);
	pthread_mutex_lock(lock);
	h->polling = false;
	h->polls += rung;
	h->misses += !rung;
	learn(h, gap || !rung);
	return rung;
}

void handoff_sleep(struct handoff *h, pthread_mutex_t *lock)
{
	const unsigned heard = __atomic_load_n(&h->bell, __ATOMIC_RELAXED);

	/* either who rings sees this, or the kernel another bell */
	__atomic_store_n(&h->sleeping, true, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(lock);
	syscall(SYS_futex, &h->bell, FUTEX_WAIT_PRIVATE, heard, NULL);
	__atomic_store_n(&h->sleeping, false, __ATOMIC_RELAXED);
	pthread_mutex_lock(lock);
}

void handoff_ring(struct handoff *h)
{
	__atomic_store_n(&h->rung_on, sched_getcpu(), __ATOMIC_RELAXED);
	__atomic_fetch_add(&h->bell, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&h->sleeping, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &h->bell, FUTEX_WAKE_PRIVATE, 1);
}
