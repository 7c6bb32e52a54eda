/* SPDX-License-Identifier: MIT */
/* CPUID as the guest sees it: what KVM supports, made one vCPU's own. */
#ifndef MACHINE_CPUID_H
#define MACHINE_CPUID_H

#include <linux/kvm.h>

/* KVM_GET_SUPPORTED_CPUID (4.46) of KVM_FD (/dev/kvm), to be freed with
 * free(); NULL with errno set. */
struct kvm_cpuid2 *cpuid_supported(int kvm_fd);

/* Put in the APIC id INDEX and the number of CPUS. */
void cpuid_fit(struct kvm_cpuid2 *cpuid, unsigned index, unsigned cpus);

#endif
