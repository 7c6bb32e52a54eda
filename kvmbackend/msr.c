/* SPDX-License-Identifier: MIT */
#include "msr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LIST_MAX 65536u

/* KVM answers E2BIG and the number until there is room. */
static struct kvm_msr_list *ask(int kvm, unsigned long request)
{
	struct kvm_msr_list *list = NULL, *more;
	uint32_t room = 0;

	do {
		more = realloc(list,
			       sizeof(*list) + (size_t)room * sizeof(uint32_t));
		if (!more)
			break;
		list = more;
		list->nmsrs = room;
		if (ioctl(kvm, request, list) == 0)
			return list;
		if (errno != E2BIG || list->nmsrs <= room)
			break;
		room = list->nmsrs;
	} while (room <= LIST_MAX);
	free(list);
	return NULL;
}

static bool holds(const struct msr_list *list, uint32_t index)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->index[i] == index)
			return true;
	return false;
}

static int add_all(struct msr_list *list, int kvm, unsigned long request)
{
	struct kvm_msr_list *answer = ask(kvm, request);
	uint32_t *index;

	if (!answer)
		return -ENODATA;
	index = realloc(list->index,
			(list->count + answer->nmsrs + 1) * sizeof(*index));
	if (!index) {
		free(answer);
		return -ENOMEM;
	}
	list->index = index;
	for (uint32_t i = 0; i < answer->nmsrs; i++)
		if (!holds(list, answer->indices[i]))
			index[list->count++] = answer->indices[i];
	free(answer);
	return 0;
}

int msr_list_get(struct msr_list *list)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int err;

	*list = (struct msr_list){0};
	if (kvm < 0)
		return -errno;
	err = add_all(list, kvm, KVM_GET_MSR_INDEX_LIST);
	if (!err)
		add_all(list, kvm, KVM_GET_MSR_FEATURE_INDEX_LIST);
	close(kvm);
	return err;
}

void msr_list_free(struct msr_list *list)
{
	free(list->index);
	*list = (struct msr_list){0};
}

static int call(int vcpu_fd, unsigned long request, uint32_t index,
		uint64_t *value)
{
	union {
		struct kvm_msrs head;
		uint8_t room[sizeof(struct kvm_msrs) +
			     sizeof(struct kvm_msr_entry)];
	} one = {.head = {.nmsrs = 1}};
	struct kvm_msr_entry *entry = one.head.entries;

	entry->index = index;
	entry->data = *value;
	/* how many it has done (KVM API 4.18) */
	if (ioctl(vcpu_fd, request, &one) != 1)
		return -1;
	*value = entry->data;
	return 0;
}

int msr_get(int vcpu_fd, uint32_t index, uint64_t *value)
{
	*value = 0;
	return call(vcpu_fd, KVM_GET_MSRS, index, value) ? -ENODATA : 0;
}

int msr_set(int vcpu_fd, uint32_t index, uint64_t value)
{
	return call(vcpu_fd, KVM_SET_MSRS, index, &value) ? -EINVAL : 0;
}
