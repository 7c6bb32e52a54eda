/* SPDX-License-Identifier: MIT */
#include "guestcpuid.h"

#include "debugreg.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define ENTRIES             256u /* KVM_MAX_CPUID_ENTRIES */
#define LEAF_7_EBX_RTM      (UINT32_C(1) << 11)
#define LEAF_7_ECX_BUS_LOCK (UINT32_C(1) << 24)

int guestcpuid_leaf(int vcpu_fd, uint32_t function, uint32_t index,
		    struct kvm_cpuid_entry2 *leaf)
{
	struct kvm_cpuid2 *cpuid;
	int ret = -ENODATA;
	uint32_t i;

	*leaf = (struct kvm_cpuid_entry2){0};
	cpuid = calloc(1, sizeof(*cpuid) + ENTRIES * sizeof(*cpuid->entries));
	if (!cpuid)
		return ret;
	cpuid->nent = ENTRIES;
	if (ioctl(vcpu_fd, KVM_GET_CPUID2, cpuid) == 0) {
		for (i = 0; i < cpuid->nent; i++)
			if (cpuid->entries[i].function == function &&
			    cpuid->entries[i].index == index)
				*leaf = cpuid->entries[i];
		ret = 0;
	}
	free(cpuid);
	return ret;
}

int guestcpuid_dr6_fixed(int vcpu_fd, uint64_t *fixed)
{
	struct kvm_cpuid_entry2 leaf;
	int ret = guestcpuid_leaf(vcpu_fd, 7, 0, &leaf);

	*fixed = dr6_fixed(leaf.ebx & LEAF_7_EBX_RTM,
			   leaf.ecx & LEAF_7_ECX_BUS_LOCK);
	return ret;
}
