/* SPDX-License-Identifier: MIT */
/*
 * Hits that a filter decides beside the vCPU (struct kvmgdb_filter), and the
 * text that filters print.  The VM's lock is held in all of these; what takes a
 * vCPU is called by its owner.
 */
#ifndef KVMBACKEND_FILTER_H
#define KVMBACKEND_FILTER_H

#include "vm.h"

/* R was hit at AT: does its filter let that pass?  Counts it if so.  False
 * without a filter. */
bool filter_lets_pass(struct kvmgdb_vcpu *v, struct request *r, uint64_t at);

/* Get off the execution breakpoint at RIP with RFLAGS.RF instead of a step.
 * False: not on this KVM, or not with this instruction. */
bool filter_pass_by_rf(struct kvmgdb_vcpu *v);

/* See next_text of the seam. */
size_t filter_take_text(struct kvmgdb_vm *vm, char *buf, size_t size);

/* Nobody will fetch it any more. */
void filter_forget_text(struct kvmgdb_vm *vm);

#endif
