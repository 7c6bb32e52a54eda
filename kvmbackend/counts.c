// SPDX-License-Identifier: MIT
#include "counts.h"

#include <linux/kvm.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NAME_MAX_SIZE 256u
#define EXITS         "exits"

const char *count_name(enum count_of what)
{
	static const char *const names[COUNT_KINDS] = {
	    [COUNT_RUN] = "KVM_RUN",
	    [COUNT_DEBUG] = "debug",
	    [COUNT_INTERRUPTED] = "interrupted",
	    [COUNT_MOV_DR] = "MOV-DR",
	    [COUNT_TRACED] = "traced",
	    [COUNT_GIVEN_BACK] = "given-back",
	    [COUNT_SET_DEBUG] = "set-debug",
	    [COUNT_RANGE_RUN] = "range-run",
	    [COUNT_POLLED_STOP] = "polled-stop",
	    [COUNT_POLLED_GO] = "polled-go",
	    [COUNT_IN_VAIN] = "polled-in-vain",
	};

	return names[what];
}

static bool read_all(int fd, void *buf, size_t len, uint64_t offset)
{
	return pread(fd, buf, len, (off_t)offset) == (ssize_t)len;
}

/* Where in the file the count is. */
static bool find_exits(int fd, uint64_t *at)
{
	struct kvm_stats_header header;
	struct kvm_stats_desc desc;
	char name[NAME_MAX_SIZE];
	uint64_t offset, step;

	if (!read_all(fd, &header, sizeof(header), 0) ||
	    header.name_size > sizeof(name) || header.name_size < sizeof(EXITS))
		return false;
	step = offsetof(struct kvm_stats_desc, name) + header.name_size;
	for (uint32_t i = 0; i < header.num_desc; i++) {
		offset = header.desc_offset + i * step;
		if (!read_all(fd, &desc, offsetof(struct kvm_stats_desc, name),
			      offset) ||
		    !read_all(fd, name, header.name_size,
			      offset + offsetof(struct kvm_stats_desc, name)))
			return false;
		if (memcmp(name, EXITS, sizeof(EXITS)) != 0)
			continue;
		*at = header.data_offset + desc.offset;
		return desc.size == 1;
	}
	return false;
}

bool count_kvm_exits(struct counts *counts, int fd, uint64_t *exits)
{
	uint64_t at;

	if (!counts->stats_tried)
		counts->stats_fd = ioctl(fd, KVM_GET_STATS_FD, NULL);
	counts->stats_tried = true;
	return counts->stats_fd >= 0 && find_exits(counts->stats_fd, &at) &&
	       read_all(counts->stats_fd, exits, sizeof(*exits), at);
}

void counts_end(struct counts *counts)
{
	if (counts->stats_tried && counts->stats_fd >= 0)
		close(counts->stats_fd);
	counts->stats_tried = false;
}
