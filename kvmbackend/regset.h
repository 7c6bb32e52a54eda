/* SPDX-License-Identifier: MIT */
/*
 * Registers by name in the sets that KVM hands out; each function only for the
 * registers of its set.
 */
#ifndef KVMBACKEND_REGSET_H
#define KVMBACKEND_REGSET_H

#include <kvmgdb/target.h>
#include <linux/kvm.h>

/* RAX to EFLAGS, to read or to write. */
__u64 *regset_gpr(struct kvm_regs *regs, enum kvmgdb_reg reg);

/* Control registers, segments and tables. */
uint64_t regset_sreg(struct kvm_sregs *sregs, enum kvmgdb_reg reg);

uint64_t regset_debugreg(const struct kvm_debugregs *debugregs,
			 enum kvmgdb_reg reg);

/* Without CR4.OSXSAVE the CPU behaves as if XCR0 were 1, and KVM gives that. */
uint64_t regset_xcr0(const struct kvm_xcrs *xcrs);

#endif
