/* SPDX-License-Identifier: MIT */
/*
 * Target operations that only look: physical memory, page tables, MSRs, the
 * place in the code.  See struct kvmgdb_target_ops for the contracts.
 */
#ifndef KVMBACKEND_INSPECT_H
#define KVMBACKEND_INSPECT_H

#include "vm.h"

/* Lock the VM and find the vCPU; -EINVAL or, if it must stand, -EBUSY, with the
 * lock dropped (ops.c). */
int vm_lock_vcpu(struct kvmgdb_vm *vm, unsigned vcpu, struct kvmgdb_vcpu **v);

ssize_t inspect_phys_read(void *target, uint64_t gpa, void *buf, size_t len);
int inspect_phys_write(void *target, uint64_t gpa, const void *buf, size_t len);
int inspect_walk(void *target, unsigned vcpu, uint64_t gva,
		 struct kvmgdb_walk_view *view);
int inspect_place(void *target, unsigned vcpu, struct kvmgdb_place_view *view);
bool inspect_present(void *target, enum kvmgdb_reg reg);
/* On the vCPU's thread before it enters the guest first; lock. */
void inspect_learn(struct kvmgdb_vcpu *v);
int inspect_msr_list(void *target, unsigned index, uint32_t *msr);
int inspect_msr_read(void *target, unsigned vcpu, uint32_t msr,
		     uint64_t *value);
int inspect_msr_write(void *target, unsigned vcpu, uint32_t msr,
		      uint64_t value);

#endif
