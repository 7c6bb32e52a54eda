/* SPDX-License-Identifier: MIT */
/*
 * Telling KVM what to debug (KVM API 4.87, KVM_SET_GUEST_DEBUG), just before
 * the guest is entered.  Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_ARM_H
#define KVMBACKEND_ARM_H

#include "vm.h"

/* In kvm_run.debug.arch.dr7 before each entry: still there after a debug exit
 * that KVM's emulator made, overwritten by one of the hardware's. */
#define ARM_SENTINEL UINT64_C(0x5eed0f0d00000000)

/*
 * Merge the guest's debug registers with the requests, deliver what is owed to
 * the guest, write registers back, set the guest debugging up.
 * 0 or -errno of an ioctl.
 */
int arm_vcpu(struct kvmgdb_vcpu *v);

/* The guest's own TF, which KVM drops when a step ends.  False: KVM failed. */
bool arm_restore_tf(struct kvmgdb_vcpu *v);

/*
 * After each KVM_RUN.  KVM lets a guest at its registers at its first MOV DR
 * (KVM_DEBUGREG_WONT_EXIT) and takes them back at the next exit; if a signal
 * comes before the guest is entered, it still means to when we have armed ours,
 * and takes those for the guest's (Linux 6.1, vcpu_enter_guest()).  The guest
 * gets its own again.  INTERRUPTED: it may not have been entered yet.
 */
void arm_check_guest(struct kvmgdb_vcpu *v, bool interrupted);

#endif
