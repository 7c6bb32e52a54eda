// SPDX-License-Identifier: MIT
/*
 * PID 1 of a Linux guest: processes that watch their own variables by
 * perf_event_open and by PTRACE_POKEUSER, and count.  While they do, others
 * run, so that the kernel takes the breakpoints off the CPU and puts them
 * back.  Each line that begins with "count" must be the same whoever watches
 * from outside.
 *
 * Environment (the kernel's command line): SETTLE=milliseconds of the process's
 * own time between arming and the first write, 20 by default;
 * END=panic: crash at once.
 */
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
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 30, WRITES = 10, CALLS = 5, NAPS_US = 2000 };

/* Far from each other: there are CPUs, or what emulates them, that report one
 * of two breakpoints that one access hits. */
static volatile uint64_t watched __attribute__((aligned(256)));
static volatile uint64_t looked_at __attribute__((aligned(256)));
static volatile uint64_t beside __attribute__((aligned(256)));
static long settle_ms = 20;

static void nap(long us)
{
	const struct timespec t = {us / 1000000, us % 1000000 * 1000};

	nanosleep(&t, NULL);
}

static long cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* On the CPU: the breakpoints are in its registers for so long. */
static void settle(void)
{
	const long start = cpu_ms();

	while (cpu_ms() - start < settle_ms)
		;
}

__attribute__((noinline)) static void called(void)
{
	beside++;
	__asm__ volatile("");
}

static int breakpoint(uint32_t type, const volatile void *addr, uint64_t len)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.type = PERF_TYPE_BREAKPOINT;
	attr.size = sizeof(attr);
	attr.bp_type = type;
	attr.bp_addr = (uintptr_t)addr;
	attr.bp_len = len;
	attr.exclude_kernel = 1;
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static long long hits_of(int fd)
{
	uint64_t n = 0;

	if (fd < 0 || read(fd, &n, sizeof(n)) != sizeof(n))
		return -errno;
	return (long long)n;
}

/* Runs beside, so that each nap switches to it and back. */
static pid_t start_neighbour(void)
{
	const pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (;;) {
		for (int i = 0; i < 1000; i++)
			beside++;
		sched_yield();
	}
}

static void work(unsigned rounds)
{
	for (unsigned r = 0; r < rounds; r++) {
		for (unsigned i = 0; i < WRITES; i++) {
			watched++;
			(void)looked_at;
			beside++;
		}
		for (unsigned i = 0; i < CALLS; i++)
			called();
		nap(NAPS_US);
	}
}

static void perf(void)
{
	const int write = breakpoint(HW_BREAKPOINT_W, &watched, 8);
	const int access = breakpoint(HW_BREAKPOINT_RW, &looked_at, 4);
	const int exec = breakpoint(HW_BREAKPOINT_X, (void *)(uintptr_t)called,
				    sizeof(long));

	settle();
	work(ROUNDS);
	printf("count perf writes %lld of %d\n", hits_of(write),
	       ROUNDS * WRITES);
	printf("count perf accesses %lld of %d\n", hits_of(access),
	       ROUNDS * WRITES);
	printf("count perf calls %lld of %d\n", hits_of(exec), ROUNDS * CALLS);
	close(write);
	close(access);
	close(exec);
}

static void traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	settle();
	work(ROUNDS);
	_exit(7);
}

static long debugreg(unsigned i)
{
	return (long)(offsetof(struct user, u_debugreg) + i * sizeof(long));
}

static void ptrace_watch(void)
{
	long hits = 0, others = 0, causes = 0;
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		traced();
	waitpid(pid, &status, 0);
	if (ptrace(PTRACE_POKEUSER, pid, debugreg(1), &watched) != 0 ||
	    /* G1, write, 8 bytes */
	    ptrace(PTRACE_POKEUSER, pid, debugreg(7), 0x900008L) != 0)
		printf("ptrace: %s\n", strerror(errno));
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == SIGTRAP) {
			const long dr6 =
			    ptrace(PTRACE_PEEKUSER, pid, debugreg(6), NULL);

			hits++;
			causes += (dr6 & 0xf) == 2;
			ptrace(PTRACE_POKEUSER, pid, debugreg(6), 0L);
		} else {
			others++;
		}
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	}
	printf("count ptrace hits %ld of %d, DR6 right %ld, other stops %ld, "
	       "exit %d\n",
	       hits, ROUNDS * WRITES, causes, others,
	       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* The kernel's total_forks, which a debugger outside may watch. */
static void print_forks(void)
{
	char line[256];
	FILE *f = fopen("/proc/stat", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "processes ", 10) == 0)
			printf("forks %s", line + 10);
	}
	if (f != NULL)
		fclose(f);
}

/* END=panic: crash. */
static void end(void)
{
	FILE *f = fopen("/proc/sysrq-trigger", "w");

	if (f != NULL && getenv("END") != NULL)
		fputs("c", f);
	if (f != NULL)
		fclose(f);
	reboot(RB_POWER_OFF);
}

int main(void)
{
	const char *text = getenv("SETTLE");
	pid_t neighbour;

	if (text != NULL)
		settle_ms = strtol(text, NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount("proc", "/proc", "proc", 0, NULL);
	printf("watchers: up, settle %ld ms\n", settle_ms);
	if (getenv("END") != NULL)
		end();
	neighbour = start_neighbour();
	perf();
	ptrace_watch();
	kill(neighbour, SIGKILL);
	waitpid(neighbour, NULL, 0);
	print_forks();
	printf("watchers: done\n");
	fflush(stdout);
	end();
	return 0;
}
