/* SPDX-License-Identifier: MIT */
/*
 * Which means can serve a request on this KVM, and moving one from one to
 * another.  The VM's lock is held.
 */
#ifndef KVMBACKEND_TIER_H
#define KVMBACKEND_TIER_H

#include "vm.h"

/* May ring 3 run or touch GVA? */
bool tier_may_be_user_code(struct kvmgdb_vcpu *v, uint64_t gva);

/* Does this KVM report what the pieces of R ask for?  By the probe's word: 0,
 * or -ENOTSUP and WHY. */
int tier_check_probe(struct kvmgdb_vcpu *v, const struct request *r,
		     struct kvmgdb_reason *why);
/* Are there registers on all vCPUs for all requests of TIER_SLOT?  0, or
 * -ENOSPC and WHY. */
int tier_check_fit(struct kvmgdb_vm *vm, struct kvmgdb_reason *why);
bool tier_int3_works(const struct kvmgdb_vm *vm);
bool tier_exec_page_works(struct kvmgdb_vcpu *v, uint64_t gva);

/* Serve a request of TIER_SLOT by the next tier, through the page tables of V.
 * False: none can.  pagewatch_update() is then due. */
bool tier_demote(struct kvmgdb_vcpu *v, struct request *r);

/* Does the other kind of breakpoint at the same address use the int3 too? */
bool tier_shares_patch(struct kvmgdb_vm *vm, const struct request *r);

/* R has been placed: could free registers serve it?  Noted in it. */
void tier_note_placed(struct kvmgdb_vcpu *v, struct request *r);

/*
 * Debug registers that are free go to the requests that cost the most without,
 * and cold ones give way to hot ones.  V is the caller's, all others are held
 * or stand, so that nothing is missed on the way.
 */
void tier_balance(struct kvmgdb_vcpu *v);

/* R was hit, or its page was touched. */
void tier_heated(struct kvmgdb_vm *vm, const struct request *r);

/* A trapped page was touched; on V, while the others are held. */
void tier_page_exit(struct kvmgdb_vcpu *v);

/* Before V enters the guest: registers that the guest gave back are used.
 * False: the debugger wants a stop first. */
bool tier_use_freed(struct kvmgdb_vcpu *v);

#endif
