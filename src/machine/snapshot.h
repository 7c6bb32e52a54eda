/* SPDX-License-Identifier: MIT */
/*
 * What KVM holds of a machine: its vCPUs, interrupt chips and timer.  Taken
 * before the first instruction, put back to start again.
 */
#ifndef MACHINE_SNAPSHOT_H
#define MACHINE_SNAPSHOT_H

#include <kvmgdb/target.h>

struct snapshot;

/* Of the vCPUs FDS, of which none runs.  0 or -errno with WHY. */
int snapshot_take(int kvm_fd, int vm_fd, const int *fds, unsigned count,
		  struct snapshot **out, struct kvmgdb_reason *why);

/* 0 or -errno with WHY; no vCPU runs. */
int snapshot_restore(const struct snapshot *snapshot,
		     struct kvmgdb_reason *why);

/* NULL is allowed. */
void snapshot_free(struct snapshot *snapshot);

#endif
