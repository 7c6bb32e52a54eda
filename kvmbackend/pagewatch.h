/* SPDX-License-Identifier: MIT */
/*
 * Data requests served by page traps: which pages.  Whose bytes an access to
 * one of them was is told by pagelift.h and pagemmio.h; exact for any size and
 * number: what was written is compared, what was read is told by the
 * instruction's operands.
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

/* R is in debug registers, which the guest may claim at any time: its pages are
 * trapped then, in the midst of the guest's run. */
void pagewatch_foresee(struct kvmgdb_vcpu *v, const struct request *r);

/* The requests have changed: trap the pages that they need now. */
void pagewatch_update(struct kvmgdb_vm *vm);

/* ERR of pagetrap_apply() or _restore(): pages that stay open would miss in
 * silence, so the console is told. */
void pagewatch_check_rights(struct kvmgdb_vm *vm, int err);

/*
 * A page table in use: KVM's own walk of it fails when it has no rights (or, to
 * set an accessed bit, no right to write), and the guest gets a #PF.
 */
bool pagewatch_is_table(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t gpa);

/* The page tables of V, as a request keeps them. */
uint64_t pagewatch_tables(struct kvmgdb_vcpu *v);

#endif
