/* SPDX-License-Identifier: MIT */
/*
 * Who has the four debug registers at the next entry: which pieces of the
 * requests and of a step are to be there, and how they go together with the
 * guest's own, by debugreg.h.  The outcome is v->plan.  Owner of the vCPU, with
 * the VM's lock.
 */
#ifndef KVMBACKEND_SLOTPLAN_H
#define KVMBACKEND_SLOTPLAN_H

#include "vm.h"

struct slot_choice {
	const struct kvmgdb_vcpu *v;
	struct dr_piece *out;
	unsigned n;
	unsigned needed; /* the first ones: a step goes wrong without */
};

/*
 * The pieces for this entry, the most important first: where a step must end,
 * data requests, the handlers that its instruction is expected to run into;
 * then what that one instruction does not reach, and handlers that it hardly
 * runs into.
 * Into OUT, DR_MAX_PIECES of them.
 */
struct slot_choice slotplan_choose(const struct kvmgdb_vcpu *v,
				   struct dr_piece *out);

/* Into v->plan, with the guest's registers as last read. */
void slotplan_merge(struct kvmgdb_vcpu *v, const struct slot_choice *c);

/* Nothing is armed: the next plan is made anew. */
void slotplan_reset(struct kvmgdb_vcpu *v);

/* Move what the guest has driven out to other tiers; true: the pieces have
 * changed.  What cannot move is told once. */
bool slotplan_evict(struct kvmgdb_vcpu *v, const struct dr_piece *pieces);

/* Will arm_vcpu() move a request to another tier, for the guest's sake?  Then
 * the others must be held: what they have hit is told before. */
bool slotplan_will_evict(struct kvmgdb_vcpu *v);

/* A step that needs none of the host's registers goes without a look at the
 * guest's, which is an ioctl.  Look now, into v->plan: what DR6 shows after it
 * may be the guest's.  Owner. */
void slotplan_close(struct kvmgdb_vcpu *v);

/* Are all of PIECES placed on V, whose guest registers are as last read? */
bool slotplan_would_fit(struct kvmgdb_vcpu *v, const struct dr_piece *pieces,
			unsigned n);

/* Read the guest's debug registers into v->guest_dr.  Owner.  0 or -errno. */
int slotplan_read_guest(struct kvmgdb_vcpu *v);

/* Is there a register for P beside the guest's and those of all requests? */
bool slotplan_has_room(const struct kvmgdb_vcpu *v, const struct dr_piece *p);

#endif
