/* SPDX-License-Identifier: MIT */
/*
 * Accepting a break- or watchpoint: which tier serves it, or why none does.
 * The VM's lock is held.
 */
#ifndef KVMBACKEND_BREAKPOINTS_H
#define KVMBACKEND_BREAKPOINTS_H

#include "vm.h"

/* The contracts of kvmgdb_target_ops.bp_insert_filtered (FILTER may be
 * NULL) and bp_remove. */
int breakpoint_insert(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind,
		      uint64_t gva, uint64_t len, struct kvmgdb_filter *filter,
		      struct kvmgdb_reason *why);
int breakpoint_remove(struct kvmgdb_vm *vm, enum kvmgdb_bp_kind kind,
		      uint64_t gva, uint64_t len);
/* The guest needs the register that PIECE had on V: move the requests that it
 * serves to another tier.  False: none of them can go. Owner of V. */
bool breakpoint_demote(struct kvmgdb_vcpu *v, const struct dr_piece *piece);
void breakpoint_clear(struct kvmgdb_vm *vm);

#endif
