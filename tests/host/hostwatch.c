/* SPDX-License-Identifier: MIT */
/*
 * A process of the host's that is watched by debuggers of the host's, while a
 * guest runs on the same CPU:  hostwatch perf|ptrace STORES [SECONDS]
 *
 * Its stores come over SECONDS (2).  "NAME HITS of STORES", status 0 if they
 * are equal; status 2 if this machine has no such breakpoints.
 */
#include <err.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOT_HERE       2
#define DR7_L0_WRITE_4 0xd0001ul

static volatile uint32_t cell;

struct plan {
	unsigned stores;
	struct timespec pause;
};

static void work(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->stores; i++) {
		nanosleep(&plan->pause, NULL);
		cell = i;
	}
}

static int tell(const char *name, unsigned long hits, const struct plan *plan)
{
	printf("%s %lu of %u\n", name, hits, plan->stores);
	return hits != plan->stores;
}

static int by_perf(const struct plan *plan)
{
	struct perf_event_attr attr = {
	    .type = PERF_TYPE_BREAKPOINT,
	    .size = sizeof(attr),
	    .bp_type = HW_BREAKPOINT_W,
	    .bp_addr = (uintptr_t)&cell,
	    .bp_len = HW_BREAKPOINT_LEN_4,
	    .sample_period = 1,
	    .exclude_kernel = 1,
	    .exclude_hv = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	uint64_t hits;

	if (fd < 0) {
		warn("perf_event_open");
		return NOT_HERE;
	}
	work(plan);
	if (read(fd, &hits, sizeof(hits)) != (ssize_t)sizeof(hits))
		err(1, "perf event");
	close(fd);
	return tell("perf", hits, plan);
}

static long debugreg(pid_t pid, unsigned i, unsigned long value)
{
	size_t offset =
	    offsetof(struct user, u_debugreg) + i * sizeof(unsigned long);

	return ptrace(PTRACE_POKEUSER, pid, offset, value);
}

static int by_ptrace(const struct plan *plan)
{
	unsigned long hits = 0;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		work(plan);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		errx(1, "the child did not stop");
	if (debugreg(pid, 0, (uintptr_t)&cell) ||
	    debugreg(pid, 7, DR7_L0_WRITE_4)) {
		warn("PTRACE_POKEUSER");
		kill(pid, SIGKILL);
		return NOT_HERE;
	}
	while (!ptrace(PTRACE_CONT, pid, 0, 0) &&
	       waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		hits += WSTOPSIG(status) == SIGTRAP;
	return tell("ptrace", hits, plan);
}

int main(int argc, char **argv)
{
	struct plan plan = {0};
	cpu_set_t first;
	double seconds;

	if (argc < 3)
		errx(1, "usage: hostwatch perf|ptrace STORES [SECONDS]");
	plan.stores = (unsigned)strtoul(argv[2], NULL, 10);
	seconds = argc > 3 ? strtod(argv[3], NULL) : 2;
	plan.pause.tv_nsec = (long)(seconds * 1e9 / (plan.stores + 1));
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		err(1, "sched_setaffinity");
	printf("watching\n");
	fflush(stdout);
	return strcmp(argv[1], "perf") ? by_ptrace(&plan) : by_perf(&plan);
}
