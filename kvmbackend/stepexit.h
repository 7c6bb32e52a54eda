/* SPDX-License-Identifier: MIT */
/*
 * An exit while a step is under way: is the step over, did its instruction run
 * into a handler, or does it go on?  Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_STEPEXIT_H
#define KVMBACKEND_STEPEXIT_H

#include "vm.h"

/* The step under way has been carried out: it ends, or the range or the step
 * around it goes on. */
void stepexit_complete(struct kvmgdb_vcpu *v);

/* Tell that it is over, at RIP. */
void stepexit_post(struct kvmgdb_vcpu *v);

/* A #DB; data watches and the guest's own hits are dealt with. */
void stepexit_db(struct kvmgdb_vcpu *v, const struct dr_hits *hits);

/*
 * A breakpoint in a handler that runs inside of a step, and a filter lets it
 * pass: get off it within the step.  False: the debugger is to see it.
 */
bool stepexit_pass_inside(struct kvmgdb_vcpu *v);

#endif
