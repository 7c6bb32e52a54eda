/* SPDX-License-Identifier: MIT */
#include "ci/gdbprogram.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ci/child.h"

#define SAYS "kvmgdb-python"
/* How long it may take to say so. */
#define LOOK_MS 30000

int gdbprogram_share(const char *file, char path[PATH_MAX],
		     struct kvmgdb_reason *why)
{
	char self[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0) {
		const int error = errno;

		snprintf(why->text, sizeof(why->text), "/proc/self/exe: %s",
			 strerror(error));
		return -error;
	}
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	if (snprintf(path, PATH_MAX, "%s/../share/kvmgdb/%s", self, file) >=
		PATH_MAX ||
	    access(path, R_OK) < 0) {
		snprintf(why->text, sizeof(why->text), "%.120s: %s", path,
			 strerror(errno));
		return -ENOENT;
	}
	return 0;
}

int gdbprogram_look(const char *program, struct gdbprogram *gdb,
		    struct kvmgdb_reason *why)
{
	char *const argv[] = {(char *)program,
			      (char *)"-nx",
			      (char *)"-batch",
			      (char *)"-ex",
			      (char *)"python print('" SAYS "')",
			      NULL};
	char text[4096];
	size_t len = 0;
	ssize_t n;
	struct pollfd p = {.events = POLLIN};
	bool late = false;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	p.fd = fds[0];
	pid = child_start(argv, NULL, fds[1], fds[1]);
	close(fds[1]);
	while (pid > 0 && !late && len < sizeof(text) - 1) {
		late = poll(&p, 1, LOOK_MS) == 0;
		n = late ? 0 : read(fds[0], text + len, sizeof(text) - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fds[0]);
	if (pid < 0) {
		snprintf(why->text, sizeof(why->text),
			 "cannot start GDB, %.80s: %s (--gdb-program names it)",
			 program, strerror(-pid));
		return pid;
	}
	if (late)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	text[len] = '\0';
	gdb->python = strstr(text, SAYS "\n") != NULL;
	if (late || len == 0) {
		snprintf(why->text, sizeof(why->text),
			 "GDB, %.80s, does not answer: is it one? "
			 "(--gdb-program names it)",
			 program);
		return -ENOEXEC;
	}
	return gdbprogram_share(gdb->python ? "kvmgdb-test.py"
					    : "kvmgdb-test.gdb",
				gdb->commands, why);
}
