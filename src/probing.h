/* SPDX-License-Identifier: MIT */
/* The probe of this KVM, beside the making of the machine: both mostly wait for
 * the kernel. */
#ifndef KVMGDB_PROBING_H
#define KVMGDB_PROBING_H

#include <kvmgdb/backend.h>
#include <pthread.h>
#include <stdbool.h>

struct probing {
	pthread_t thread;
	bool running;
	int kvm_fd, rc;
	struct kvmgdb_probe probe;
	struct kvmgdb_reason why;
};

/* KVM_FD stays open until probing_end(). */
void probing_start(struct probing *p, int kvm_fd);

/* Waits.  0, or -errno with WHY, as kvmgdb_probe(). */
int probing_end(struct probing *p, struct kvmgdb_probe *probe,
		struct kvmgdb_reason *why);

#endif
