/* SPDX-License-Identifier: MIT */
/* The probe of this KVM, beside the making of the machine: both mostly wait for
 * the kernel. */
#ifndef KVMGDB_PROBING_H
#define KVMGDB_PROBING_H

#include <kvmgdb/backend.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

struct probing {
	pthread_t thread;
	bool started, running;
	sem_t known;
	int kvm_fd, rc;
	struct kvmgdb_probe probe;
	struct kvmgdb_reason why;
};

/* KVM_FD stays open until probing_end(). */
void probing_start(struct probing *p, int kvm_fd);

/* Once; waits.  0, or -errno with WHY, as kvmgdb_probe().  The probe's VM may
 * be there still. */
int probing_result(struct probing *p, struct kvmgdb_probe *probe,
		   struct kvmgdb_reason *why);

/* Nothing if it was not started. */
void probing_end(struct probing *p);

#endif
