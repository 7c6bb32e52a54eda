/* SPDX-License-Identifier: MIT */
/*
 * Requests that were hit: their filters are asked, and what does not pass is
 * posted as a stop.  Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_HIT_H
#define KVMBACKEND_HIT_H

#include "vm.h"

/* R was hit at ADDR: post a stop, unless one that was posted covers it. */
void hit_watch(struct kvmgdb_vcpu *v, struct request *r, uint64_t addr);

/* Debug registers SLOTS, all for data, were hit: post the requests that they
 * serve and that are due.  Each is asked once, since asking takes a new
 * snapshot of its bytes. */
void hit_slots(struct kvmgdb_vcpu *v, uint8_t slots);

/* The execution requests at RIP: post the one that wants a stop.  True: there
 * is one, and the vCPU is to get off it. */
bool hit_exec(struct kvmgdb_vcpu *v);

/* They let the hit pass (at stop_rip), which cannot be had: post it. */
void hit_exec_unasked(struct kvmgdb_vcpu *v);

/* A step ends on a breakpoint: what that prints is printed now, and once. */
void hit_step_end(struct kvmgdb_vcpu *v, uint64_t rip);

/* A trapped page has stopped the instruction at RIP: if that is where a
 * breakpoint of this tier is, post it. */
bool hit_page_break(struct kvmgdb_vcpu *v);

#endif
