/* SPDX-License-Identifier: MIT */
/*
 * A stop crosses two threads: the vCPU's tells the session's, and waits to be
 * let go.  A thread that sleeps meanwhile has to be woken, and where its CPU
 * sleeps too that takes longer than the step of the guest between; in a VM it
 * takes an exit.  So who has waited for a short time stays awake for as long
 * the next time, as KVM's own halt polling does: at most HANDOFF_NS after each
 * wait that was shorter than that, and not at all after a longer one.  Nobody
 * is awake while a guest runs, a client thinks or a person reads.
 *
 * Not where vCPUs and the session have no CPU each, or where the two threads
 * were on the same one last: who polls would be in the way of the one that it
 * polls for, and to change threads on one CPU is cheap.  The same where others
 * want the CPUs, which shows by polls in vain and by the poller's being put
 * aside: after one of these the next waits are slept through, after each more
 * of them.
 */
#ifndef KVMBACKEND_HANDOFF_H
#define KVMBACKEND_HANDOFF_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define HANDOFF_NS UINT64_C(200000)

/* One waiter; all but the bell is under the lock that guards what it waits
 * for. */
struct handoff {
	unsigned bell;  /* atomic: changes when there may be something */
	int rung_on;    /* atomic: the CPU of who rang last */
	bool sleeping;  /* atomic: who rings has to wake it */
	bool polling;   /* the waiter looks at the bell: that is enough */
	bool quick;     /* the last wait was short */
	uint64_t since; /* the present wait */
	unsigned penalty, asleep; /* waits to sleep after a bad poll; left */
	uint64_t polls, misses;
};

/* CPUs that this process may use. */
unsigned handoff_cpus(void);

void handoff_begin(struct handoff *h);
void handoff_end(struct handoff *h);

/*
 * Wait awake for the bell, without LOCK, if it is worth it.  True: it may have
 * rung, what is waited for is to be looked at, and if it is not there, the call
 * repeated.  False: sleep.
 */
bool handoff_poll(struct handoff *h, pthread_mutex_t *lock);

/* Wait asleep for the bell, without LOCK.  Returns for nothing as well.  One
 * thread at a time.  (A condition variable would take LOCK as if others waited
 * for it too, and pay for that with a system call when it is given back.) */
void handoff_sleep(struct handoff *h, pthread_mutex_t *lock);

/* What is waited for is there; best without the lock, which the waiter wants
 * next. */
void handoff_ring(struct handoff *h);

#endif
