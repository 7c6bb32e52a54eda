/* SPDX-License-Identifier: MIT */
/*
 * What a write by the debugger does to a register set, and what is refused:
 * what the CPU would answer with an exception, and states in which KVM could
 * not enter the guest.  Pure.
 *
 * Each function changes one register in a set and what the CPU ties to it.
 * 0, or -EINVAL: then the set must be thrown away.
 */
#ifndef KVMBACKEND_REGCHECK_H
#define KVMBACKEND_REGCHECK_H

#include <kvmgdb/target.h>
#include <linux/kvm.h>

/* RIP and EFLAGS. */
int regcheck_regs(struct kvm_regs *regs, const struct kvm_sregs *sregs,
		  enum kvmgdb_reg reg, uint64_t value);

/* CR0..EFER, selectors, bases, limits, descriptor tables. */
int regcheck_sregs(struct kvm_sregs *sregs, const struct kvm_regs *regs,
		   enum kvmgdb_reg reg, uint64_t value);

/* Canonical under the paging mode of SREGS. */
bool regcheck_canonical(const struct kvm_sregs *sregs, uint64_t value);

/* The segment that a selector register, *_BASE or *_LIMIT names. */
struct kvm_segment *regcheck_segment(struct kvm_sregs *sregs,
				     enum kvmgdb_reg reg);

#endif
