/* SPDX-License-Identifier: MIT */
/*
 * Accesses to trapped pages that hit requests: which access is a hit of which
 * kind, and what was hit by one instruction, until it can be posted.  Owner of
 * the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_PAGENOTE_H
#define KVMBACKEND_PAGENOTE_H

#include "vm.h"

/* What was done to the bytes of a request. */
struct page_deed {
	bool changed, read, written;
};

bool pagenote_fires(const struct kvmgdb_vm *vm, enum kvmgdb_bp_kind kind,
		    const struct page_deed *deed);

/* R was hit at AT, and its bytes are as SEEN.  Kept by name: the lock is
 * dropped before they are posted. */
void pagenote_add(struct kvmgdb_vcpu *v, const struct request *r, uint64_t at,
		  const struct hit_bytes *seen);

/* Post what was noted, unless it is gone by now. */
void pagenote_post(struct kvmgdb_vcpu *v);

#endif
