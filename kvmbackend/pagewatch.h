/* SPDX-License-Identifier: MIT */
/*
 * Data requests served by page traps: which pages, and, once an access to one
 * of them was caught, whose bytes it was.  Exact for any size and number: what
 * was written is compared, what was read is told by the instruction's operands.
 *
 * A request holds the guest-physical bytes that its range is mapped to; writes
 * through any other linear address of them are caught too.
 *
 * Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_PAGEWATCH_H
#define KVMBACKEND_PAGEWATCH_H

#include "vm.h"

/* Serve R by page traps, through the page tables of V.  0, -EFAULT (a page is
 * not mapped to memory that can be trapped), -EBUSY (a page table in use),
 * -E2BIG, -ENOMEM. */
int pagewatch_place(struct kvmgdb_vcpu *v, struct request *r);

/* Trap the page of an execution breakpoint: 0, or as above. */
int pagewatch_place_exec(struct kvmgdb_vcpu *v, struct request *r);

/* Trap the pages of R at once, beside those that are trapped already.  0, or
 * -ENOMEM: the host's limit of mappings. */
int pagewatch_take(struct kvmgdb_vm *vm, const struct request *r);

/* The requests have changed: trap the pages that they need now. */
void pagewatch_update(struct kvmgdb_vm *vm);

/* Does the instruction at RIP touch a trapped page, as far as it tells? */
bool pagewatch_touches(struct kvmgdb_vcpu *v);

/* KVM_RUN returned EFAULT: give the instruction the rights that it needs for
 * one step.  The others are held.  What it hits is noted by _done. */
void pagewatch_lift(struct kvmgdb_vcpu *v);

/* An access was caught that this KVM cannot step: take the page watches back,
 * say so, and stop before it. */
void pagewatch_give_up(struct kvmgdb_vcpu *v);

/* The step is over, the instruction was carried out or not: take the rights
 * again, and post what was hit.  Does nothing without a lift. */
void pagewatch_done(struct kvmgdb_vcpu *v, bool carried_out);

/*
 * Has the guest mapped other memory where requests are?  Looks once in a while,
 * through the page tables that V runs with, and follows; what has been stored
 * there meanwhile is told now.  Before V enters the guest.
 */
void pagewatch_follow(struct kvmgdb_vcpu *v);

/* An MMIO exit for memory that is trapped: carry out the access, note what it
 * hits.  False: not ours. */
bool pagewatch_mmio(struct kvmgdb_vcpu *v);

/* KVM has completed that access: post what was noted. */
void pagewatch_mmio_done(struct kvmgdb_vcpu *v);

#endif
