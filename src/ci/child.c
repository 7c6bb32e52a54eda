/* SPDX-License-Identifier: MIT */
#include "ci/child.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int child_reaper(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? -errno : 0;
}

/* In the child: no return.  What failed goes through REPORT. */
static _Noreturn void become(char *const argv[], char *const env[], int out,
			     int err, int report, pid_t parent)
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;
	int error;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || null < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		goto fail;
	if (getppid() != parent)
		_exit(127); /* it died before the prctl */
	for (size_t i = 0; env != NULL && env[i] != NULL; i++)
		putenv(env[i]);
	execvp(argv[0], argv);
fail:
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

pid_t child_start(char *const argv[], char *const env[], int out, int err)
{
	const pid_t parent = getpid();
	int report[2], error = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		error = errno;
		close(report[0]);
		close(report[1]);
		return -error;
	}
	if (pid == 0)
		become(argv, env, out, err, report[1], parent);
	close(report[1]);
	do
		n = read(report[0], &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n == sizeof(error)) {
		waitpid(pid, NULL, 0);
		return -error;
	}
	return pid;
}

/* The parent of process NAME (digits), or -1. */
static pid_t parent_of(const char *name)
{
	char path[64], line[512];
	const char *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	line[n] = '\0';
	/* "pid (name) state ppid": the name may hold anything. */
	p = strrchr(line, ')');
	if (p == NULL || strlen(p) < 4)
		return -1;
	return (pid_t)strtol(p + 4, NULL, 10);
}

static void kill_children(void)
{
	const pid_t self = getpid();
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	if (proc == NULL)
		return;
	while ((entry = readdir(proc)) != NULL) {
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    parent_of(entry->d_name) == self)
			kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
	}
	closedir(proc);
}

void child_sweep(void)
{
	const struct timespec moment = {.tv_nsec = 2000000};

	/* What a killed child leaves behind becomes ours, and is next. */
	for (;;) {
		const pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return;
		if (pid > 0)
			continue;
		kill_children();
		nanosleep(&moment, NULL);
	}
}
