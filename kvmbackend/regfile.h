/* SPDX-License-Identifier: MIT */
/*
 * One vCPU's registers, cached between two entries of the guest.
 *
 * Sets are fetched when first asked for and written back by regfile_flush().
 * Who may touch it: the vCPU's thread while the vCPU is under way, the
 * session's thread while the vCPU is parked; never both (the lock of the VM
 * hands it over).  Writing order is the one that keeps a single step alive:
 * SREGS, REGS, XSAVE, DEBUGREGS, MSRs; KVM_SET_GUEST_DEBUG comes after.
 */
#ifndef KVMBACKEND_REGFILE_H
#define KVMBACKEND_REGFILE_H

#include <kvmgdb/target.h>
#include <linux/kvm.h>

struct regfile;

/* VCPU_FD stays the caller's.  XSAVE_SIZE: bytes of KVM_GET_XSAVE2
 * (KVM_CAP_XSAVE2), 0: 4096 by KVM_GET_XSAVE.  NULL: no memory. */
struct regfile *regfile_new(int vcpu_fd, size_t xsave_size);
void regfile_free(struct regfile *rf);

/* The sets, fetched if need be: a pointer into the cache, or NULL with errno.
 * regfile_dirty_*: fetched, and to be written back by the next flush. */
const struct kvm_regs *regfile_regs(struct regfile *rf);
const struct kvm_sregs *regfile_sregs(struct regfile *rf);
const struct kvm_debugregs *regfile_debugregs(struct regfile *rf);
struct kvm_regs *regfile_dirty_regs(struct regfile *rf);
struct kvm_sregs *regfile_dirty_sregs(struct regfile *rf);
struct kvm_debugregs *regfile_dirty_debugregs(struct regfile *rf);

/* Write back what is dirty; 0 or -errno of the first ioctl that failed (the
 * set stays dirty). */
int regfile_flush(struct regfile *rf);

/* The guest has run: forget everything.  Nothing may be dirty. */
void regfile_invalidate(struct regfile *rf);

/* KVM has left these two sets in kvm_run (KVM_CAP_SYNC_REGS): no need to ask
 * for them.  After regfile_invalidate(). */
void regfile_synced(struct regfile *rf, const struct kvm_sync_regs *regs);

/* Has the guest's CPU this register?  Asks KVM for the guest's CPUID, once. */
bool regfile_present(struct regfile *rf, enum kvmgdb_reg reg);

/* By name, see kvmgdb_target_ops.reg_read and reg_write for the contract;
 * -EBUSY never.  A write checks what KVM would refuse or fix up silently:
 * reserved bits of CR0/CR4/EFER combinations that fail KVM_SET_SREGS, high
 * bits of DR6/DR7, CR8 > 15, MXCSR reserved bits, non-canonical bases.
 * It is in the cache at once, and is written back by regfile_flush(); CR0, CR3,
 * CR4 and EFER are also tried on KVM at once, which alone knows what the
 * guest's CPUID reserves.  A register may always be given the value it has.
 *
 * CR8: without a local APIC in the kernel, KVM_RUN takes it from kvm_run.cr8
 * (5, "The kvm_run structure"), which is the caller's to set. */
ssize_t regfile_read(struct regfile *rf, enum kvmgdb_reg reg, void *buf);
int regfile_write(struct regfile *rf, enum kvmgdb_reg reg, const void *buf,
		  size_t size);

#endif
