/* SPDX-License-Identifier: MIT */
/*
 * What debugging costs, in exits: counted, for `monitor exits` and the tests.
 */
#ifndef KVMBACKEND_COUNTS_H
#define KVMBACKEND_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

enum count_of {
	COUNT_RUN,         /* KVM_RUN has returned */
	COUNT_DEBUG,       /* ... with KVM_EXIT_DEBUG */
	COUNT_INTERRUPTED, /* ... by a signal */
	COUNT_MOV_DR,      /* a guest's MOV DR that was stopped by DR7.GD */
	COUNT_TRACED,      /* ... or that the tracepoint told of */
	COUNT_GIVEN_BACK,  /* a #DB given to the guest */
	COUNT_SET_DEBUG,   /* KVM_SET_GUEST_DEBUG was called */
	COUNT_RANGE_RUN,   /* a loop in a range was run, see rangerun.h */
	/* a thread stayed awake for another, see handoff.h: */
	COUNT_POLLED_STOP, /* ... and was told of a stop */
	COUNT_POLLED_GO,   /* ... and was let go */
	COUNT_IN_VAIN,     /* ... and slept after all */
	COUNT_KINDS
};

struct counts {
	uint64_t n[COUNT_KINDS];
	int stats_fd; /* KVM's own, or -1; opened when first asked for */
	bool stats_tried;
};

const char *count_name(enum count_of what);

/* KVM's own count of the exits of the vCPU FD, those that it handles itself
 * included (KVM API 4.133, KVM_GET_STATS_FD).  False: this KVM does not tell.
 */
bool count_kvm_exits(struct counts *counts, int fd, uint64_t *exits);

void counts_end(struct counts *counts);

#endif
