/* SPDX-License-Identifier: MIT */
/*
 * One instruction of one vCPU: what to know before it, and what TF has left
 * behind after it.
 *
 * KVM steps with RFLAGS.TF (KVM_GUESTDBG_SINGLESTEP), which the guest must not
 * see: PUSHF stores it, SYSCALL saves it in R11, a trap frame holds it.  INT n
 * and SYSCALL clear TF on their way into the handler, so that KVM would stop
 * only after the handler has returned; a breakpoint on the handler's first
 * instruction ends those steps where a person expects it.
 *
 * Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_STEP_H
#define KVMBACKEND_STEP_H

#include "vm.h"

/* Prepare to step the instruction at RIP. */
void step_begin(struct kvmgdb_vcpu *v, enum step_kind kind);

/* The step's instruction touches trapped pages: hold the others and give it
 * the rights.  False: the debugger wants a stop first. */
bool step_lift_pages(struct kvmgdb_vcpu *v);

/* A step is on, but a handler that its instruction ran into needs steps of its
 * own: put it aside.  False: no more can be. */
bool step_nest(struct kvmgdb_vcpu *v);
/* The one last put aside goes on.  False: there is none. */
bool step_unnest(struct kvmgdb_vcpu *v);

/* It has run into a handler, to be begun anew afterwards: until then patches
 * and traps are back, and nobody is held. */
void step_suspend(struct kvmgdb_vcpu *v);

/* Does an event wait to be delivered before the instruction at RIP? */
bool step_event_waits(struct kvmgdb_vcpu *v);

/* KVM is about to deliver an event, not to run the instruction: the step ends
 * at the handler. */
void step_expect_event(struct kvmgdb_vcpu *v);

/* Is the vCPU still at the stepped instruction, or just behind it, rather than
 * in a handler that it ran into? */
bool step_is_here(struct kvmgdb_vcpu *v);

/* Has the instruction been carried out?  (A stop without that is an artefact
 * of the hardware below: step again.) */
bool step_moved(struct kvmgdb_vcpu *v);

/* It is done: clean up after TF, put patches back; the guest's own trap, if
 * TF was the guest's too, becomes due.  Returns false if the guest's TF could
 * not be restored. */
bool step_done(struct kvmgdb_vcpu *v);

/* Something else came first; nothing was carried out. */
void step_cancel(struct kvmgdb_vcpu *v);

#endif
