/* SPDX-License-Identifier: MIT */
/* Model-specific registers of one vCPU, as KVM gives and takes them. */
#ifndef KVMBACKEND_MSR_H
#define KVMBACKEND_MSR_H

#include <stddef.h>
#include <stdint.h>

/* MSRs that this KVM lists: those it saves for a migration, then those that
 * tell of features (KVM_GET_MSR_INDEX_LIST, KVM_GET_MSR_FEATURE_INDEX_LIST),
 * without repetitions. */
struct msr_list {
	uint32_t *index;
	size_t count;
};

/* Asks /dev/kvm.  0 or -errno; LIST is empty then. */
int msr_list_get(struct msr_list *list);
void msr_list_free(struct msr_list *list);

/* One MSR; VCPU_FD's owner.  0; -ENODATA, -EINVAL: KVM does not. */
int msr_get(int vcpu_fd, uint32_t index, uint64_t *value);
int msr_set(int vcpu_fd, uint32_t index, uint64_t value);

#endif
