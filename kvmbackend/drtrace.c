// SPDX-License-Identifier: MIT
#include "drtrace.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* isa: 1 is Intel's, where exit reason 29 is MOV DR (SDM vol. 3, appendix C);
 * 2 is AMD's, where 30h-3fh are writes of DR0-15 (APM vol. 2, appendix C).  DR5
 * may be DR7; DR6, and DR4, which may be DR6, arm nothing. */
#define FILTER_DR7 "isa == 2 && (exit_reason == 53 || exit_reason == 55)"
#define FILTER                                             \
	"(isa == 1 && exit_reason == 29) || (isa == 2 && " \
	"exit_reason >= 48 && exit_reason <= 63 && "       \
	"exit_reason != 52 && exit_reason != 54)"

static bool tracepoint_id(uint64_t *id)
{
	static const char *const places[] = {"/sys/kernel/tracing",
					     "/sys/kernel/debug/tracing"};
	char path[64], line[32];
	unsigned i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		FILE *f;
		bool ok;

		snprintf(path, sizeof(path), "%s/events/kvm/kvm_exit/id",
			 places[i]);
		f = fopen(path, "re");
		if (!f)
			continue;
		ok = fgets(line, sizeof(line), f) != NULL;
		fclose(f);
		*id = ok ? strtoull(line, NULL, 10) : 0;
		if (*id)
			return true;
	}
	return false;
}

static bool signal_here(int fd, int signal)
{
	struct f_owner_ex owner = {.type = F_OWNER_TID, .pid = gettid()};

	return !fcntl(fd, F_SETOWN_EX, &owner) &&
	       !fcntl(fd, F_SETSIG, signal) &&
	       !fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK);
}

int drtrace_open(int signal, bool dr7_only)
{
	const char *filter = dr7_only ? FILTER_DR7 : FILTER;
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT,
				       .size = sizeof(attr),
				       .sample_period = 1,
				       .wakeup_events = 1,
				       .disabled = 1};
	uint64_t id;
	int fd;

	if (!tracepoint_id(&id))
		return -1;
	attr.config = id;
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -1;
	if (!ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter) &&
	    signal_here(fd, signal))
		return fd;
	close(fd);
	return -1;
}

void drtrace_set(int fd, bool on)
{
	if (fd >= 0)
		ioctl(fd, on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE,
		      0);
}

uint64_t drtrace_count(int fd)
{
	uint64_t count;

	if (fd < 0 || read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return 0;
	return count;
}
