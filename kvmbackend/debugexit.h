/* SPDX-License-Identifier: MIT */
/*
 * KVM_EXIT_DEBUG: whose is it?  The debugger's hit becomes a pending stop, the
 * guest's becomes owed to it, an artefact is forgotten.  Owner of the vCPU,
 * with the VM's lock.
 */
#ifndef KVMBACKEND_DEBUGEXIT_H
#define KVMBACKEND_DEBUGEXIT_H

#include "vm.h"

void debug_exit(struct kvmgdb_vcpu *v);

/* The step under way has been carried out, without a debug exit. */
void debug_step_complete(struct kvmgdb_vcpu *v);

/* A trapped page has stopped the instruction at RIP: if that is where a
 * breakpoint of this tier is, post it. */
bool debug_page_break(struct kvmgdb_vcpu *v);

/* R was hit at ADDR: post a stop, unless one that was posted covers it. */
void debug_post_watch(struct kvmgdb_vcpu *v, struct request *r, uint64_t addr);

#endif
