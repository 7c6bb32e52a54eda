/* SPDX-License-Identifier: MIT */
/* The CPUID that a guest's CPU has, by KVM_GET_CPUID2.  Owner of the vCPU. */
#ifndef KVMBACKEND_GUESTCPUID_H
#define KVMBACKEND_GUESTCPUID_H

#include <linux/kvm.h>
#include <stdint.h>

/* 0 and a LEAF, zeroes if the guest has no such one; -ENODATA: KVM does not
 * tell. */
int guestcpuid_leaf(int vcpu_fd, uint32_t function, uint32_t index,
		    struct kvm_cpuid_entry2 *leaf);

/* The bits of DR6 that read as one on this CPU, see dr6_fixed(); 0 or -ENODATA
 * (and what they are on a CPU without a leaf 7). */
int guestcpuid_dr6_fixed(int vcpu_fd, uint64_t *fixed);

#endif
