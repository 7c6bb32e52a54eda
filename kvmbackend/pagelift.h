/* SPDX-License-Identifier: MIT */
/*
 * KVM_RUN returned EFAULT for a trapped page: the instruction is stepped with
 * the rights given back, and what it did to the watched bytes is looked at
 * afterwards.  Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_PAGELIFT_H
#define KVMBACKEND_PAGELIFT_H

#include "vm.h"

/* Does the instruction at RIP touch a trapped page, as far as it tells? */
bool pagelift_touches(struct kvmgdb_vcpu *v);

/* Give the instruction the rights that it needs for one step.  The others are
 * held.  What it hits is noted by _end. */
void pagelift_begin(struct kvmgdb_vcpu *v);

/* The step is over, the instruction was carried out or not: take the rights
 * again, and post what was hit.  Does nothing without a lift. */
void pagelift_end(struct kvmgdb_vcpu *v, bool carried_out);

/* An access was caught that this KVM cannot step: take the page watches back,
 * say so, and stop before it. */
void pagelift_give_up(struct kvmgdb_vcpu *v);

#endif
