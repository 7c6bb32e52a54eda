/* SPDX-License-Identifier: MIT */
#include "machine/snapshot.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "machine/oserror.h"

#define IRQCHIPS 3u /* two PICs and the I/O APIC: KVM API 4.26 */

struct vcpu_state {
	int fd;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_mp_state mp;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	struct kvm_debugregs debugregs;
	struct kvm_xcrs xcrs;
	bool has_xcrs;
	void *xsave;
	struct kvm_msr_entry *msrs;
	unsigned msr_count; /* those that can be read */
};

struct snapshot {
	int vm_fd;
	struct kvm_irqchip chips[IRQCHIPS];
	struct kvm_pit_state2 pit;
	struct vcpu_state *vcpus;
	unsigned count;
	size_t xsave_size;
};

static struct kvm_msr_list *msr_list(int kvm_fd)
{
	struct kvm_msr_list none = {.nmsrs = 0};
	struct kvm_msr_list *list;

	/* fails with E2BIG, and says how many there are */
	ioctl(kvm_fd, KVM_GET_MSR_INDEX_LIST, &none);
	list = calloc(1, sizeof(*list) + none.nmsrs * sizeof(uint32_t));
	if (list == NULL)
		return NULL;
	list->nmsrs = none.nmsrs;
	if (ioctl(kvm_fd, KVM_GET_MSR_INDEX_LIST, list) < 0) {
		free(list);
		return NULL;
	}
	return list;
}

/* KVM_GET_MSRS and KVM_SET_MSRS (4.18) stop at the first that they do not like:
 * one at a time. */
static bool msr_ioctl(int fd, unsigned long request,
		      struct kvm_msr_entry *entry)
{
	_Alignas(struct kvm_msrs) uint8_t
	    buf[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)] = {0};
	struct kvm_msrs *msrs = (struct kvm_msrs *)buf;

	msrs->nmsrs = 1;
	memcpy(buf + sizeof(*msrs), entry, sizeof(*entry));
	if (ioctl(fd, request, msrs) != 1)
		return false;
	memcpy(entry, buf + sizeof(*msrs), sizeof(*entry));
	return true;
}

static int take_msrs(struct vcpu_state *v, const struct kvm_msr_list *list,
		     struct kvmgdb_reason *why)
{
	v->msrs = calloc(list->nmsrs + 1u, sizeof(*v->msrs));
	if (v->msrs == NULL)
		return oserror(why, "MSRs");
	for (unsigned i = 0; i < list->nmsrs; i++) {
		struct kvm_msr_entry *e = &v->msrs[v->msr_count];

		*e = (struct kvm_msr_entry){.index = list->indices[i]};
		if (msr_ioctl(v->fd, KVM_GET_MSRS, e))
			v->msr_count++;
	}
	return 0;
}

static int take_vcpu(struct snapshot *s, struct vcpu_state *v,
		     const struct kvm_msr_list *list, struct kvmgdb_reason *why)
{
	const unsigned long get_xsave = s->xsave_size > sizeof(struct kvm_xsave)
					    ? KVM_GET_XSAVE2
					    : KVM_GET_XSAVE;

	v->xsave = calloc(1, s->xsave_size);
	if (v->xsave == NULL)
		return oserror(why, "vCPU state");
	if (ioctl(v->fd, KVM_GET_REGS, &v->regs) < 0 ||
	    ioctl(v->fd, KVM_GET_SREGS, &v->sregs) < 0 ||
	    ioctl(v->fd, KVM_GET_MP_STATE, &v->mp) < 0 ||
	    ioctl(v->fd, KVM_GET_LAPIC, &v->lapic) < 0 ||
	    ioctl(v->fd, KVM_GET_VCPU_EVENTS, &v->events) < 0 ||
	    ioctl(v->fd, KVM_GET_DEBUGREGS, &v->debugregs) < 0 ||
	    ioctl(v->fd, get_xsave, v->xsave) < 0)
		return oserror(why, "reading a vCPU's state");
	v->has_xcrs = ioctl(v->fd, KVM_GET_XCRS, &v->xcrs) == 0;
	return take_msrs(v, list, why);
}

static int take_chips(struct snapshot *s, struct kvmgdb_reason *why)
{
	for (unsigned i = 0; i < IRQCHIPS; i++) {
		s->chips[i].chip_id = i;
		if (ioctl(s->vm_fd, KVM_GET_IRQCHIP, &s->chips[i]) < 0)
			return oserror(why, "KVM_GET_IRQCHIP");
	}
	if (ioctl(s->vm_fd, KVM_GET_PIT2, &s->pit) < 0)
		return oserror(why, "KVM_GET_PIT2");
	return 0;
}

static int take_all(struct snapshot *s, const int *fds,
		    const struct kvm_msr_list *list, struct kvmgdb_reason *why)
{
	int rc = take_chips(s, why);

	for (unsigned i = 0; i < s->count && rc == 0; i++) {
		s->vcpus[i].fd = fds[i];
		rc = take_vcpu(s, &s->vcpus[i], list, why);
	}
	return rc;
}

int snapshot_take(int kvm_fd, int vm_fd, const int *fds, unsigned count,
		  struct snapshot **out, struct kvmgdb_reason *why)
{
	const int size = ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2);
	struct kvm_msr_list *list = msr_list(kvm_fd);
	struct snapshot *s;
	int rc;

	if (list == NULL)
		return oserror(why, "KVM_GET_MSR_INDEX_LIST");
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		rc = oserror(why, "snapshot");
		goto free_list;
	}
	*s = (struct snapshot){.vm_fd = vm_fd,
			       .vcpus = calloc(count, sizeof(*s->vcpus)),
			       .count = count,
			       .xsave_size = sizeof(struct kvm_xsave)};
	if (size > 0 && (size_t)size > s->xsave_size)
		s->xsave_size = (size_t)size;
	rc = s->vcpus != NULL ? take_all(s, fds, list, why)
			      : oserror(why, "snapshot");
	if (rc < 0)
		snapshot_free(s);
	else
		*out = s;
free_list:
	free(list);
	return rc;
}

/* MSRs that cannot be written, or not to that value, keep theirs. */
static int restore_vcpu(const struct vcpu_state *v, struct kvmgdb_reason *why)
{
	if (ioctl(v->fd, KVM_SET_SREGS, &v->sregs) < 0)
		return oserror(why, "KVM_SET_SREGS");
	if (ioctl(v->fd, KVM_SET_REGS, &v->regs) < 0)
		return oserror(why, "KVM_SET_REGS");
	if (v->has_xcrs)
		ioctl(v->fd, KVM_SET_XCRS, &v->xcrs);
	if (ioctl(v->fd, KVM_SET_XSAVE, v->xsave) < 0)
		return oserror(why, "KVM_SET_XSAVE");
	for (unsigned i = 0; i < v->msr_count; i++) {
		struct kvm_msr_entry entry = v->msrs[i];

		msr_ioctl(v->fd, KVM_SET_MSRS, &entry);
	}
	if (ioctl(v->fd, KVM_SET_LAPIC, &v->lapic) < 0)
		return oserror(why, "KVM_SET_LAPIC");
	if (ioctl(v->fd, KVM_SET_DEBUGREGS, &v->debugregs) < 0)
		return oserror(why, "KVM_SET_DEBUGREGS");
	if (ioctl(v->fd, KVM_SET_VCPU_EVENTS, &v->events) < 0)
		return oserror(why, "KVM_SET_VCPU_EVENTS");
	if (ioctl(v->fd, KVM_SET_MP_STATE, &v->mp) < 0)
		return oserror(why, "KVM_SET_MP_STATE");
	return 0;
}

int snapshot_restore(const struct snapshot *snapshot, struct kvmgdb_reason *why)
{
	int rc = 0;

	for (unsigned i = 0; i < IRQCHIPS; i++)
		if (ioctl(snapshot->vm_fd, KVM_SET_IRQCHIP,
			  &snapshot->chips[i]) < 0)
			return oserror(why, "KVM_SET_IRQCHIP");
	if (ioctl(snapshot->vm_fd, KVM_SET_PIT2, &snapshot->pit) < 0)
		return oserror(why, "KVM_SET_PIT2");
	for (unsigned i = 0; i < snapshot->count && rc == 0; i++)
		rc = restore_vcpu(&snapshot->vcpus[i], why);
	return rc;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	for (unsigned i = 0; snapshot->vcpus != NULL && i < snapshot->count;
	     i++) {
		free(snapshot->vcpus[i].xsave);
		free(snapshot->vcpus[i].msrs);
	}
	free(snapshot->vcpus);
	free(snapshot);
}
