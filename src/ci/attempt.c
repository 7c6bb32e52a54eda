/* SPDX-License-Identifier: MIT */
#include "ci/attempt.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ci/child.h"
#include "ci/linescan.h"
#include "ci/notes.h"
#include "ci/programs.h"
#include "ci/removetree.h"
#include "ci/result.h"
#include "ci/tail.h"
#include "ci/verdict.h"

#define STREAM_ROOM 65536
#define STATE_ROOM  65536
/* How long the server may take to end after GDB has; ms. */
#define SERVER_END_MS 5000

enum { OUT_CONSOLE, OUT_SERVER, OUT_GDB, OUT_COUNT };

struct attempt {
	const struct attempt_config *config;
	struct facts facts;
	struct notes notes;
	struct linescan scan; /* of the server's messages */
	struct tail tails[OUT_COUNT];
	int fds[OUT_COUNT];     /* where we read; -1: at its end */
	int writers[OUT_COUNT]; /* the children's ends, until they have them */
	int signal_fd;
	pid_t server, gdb; /* 0: not started, or reaped */
	uint64_t started, deadline, server_deadline; /* ms; 0: none */
	char *state; /* what GDB saw at a failure; NULL: nothing */
	size_t state_len;
	bool terminated; /* SIGTERM came: end at once */
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int set_up(struct attempt *a)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (a->signal_fd < 0 || mkdir(a->config->dir, 0700) < 0)
		return -errno;
	for (int i = 0; i < OUT_COUNT; i++) {
		int fds[2];

		if (tail_init(&a->tails[i], STREAM_ROOM) < 0)
			return -ENOMEM;
		if (pipe2(fds, O_CLOEXEC) < 0)
			return -errno;
		a->fds[i] = fds[0];
		a->writers[i] = fds[1];
		fcntl(fds[0], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

static int start_server(struct attempt *a)
{
	const pid_t pid = programs_start_server(
	    a->config, a->writers[OUT_CONSOLE], a->writers[OUT_SERVER]);

	close(a->writers[OUT_CONSOLE]);
	close(a->writers[OUT_SERVER]);
	if (pid < 0)
		return pid;
	a->server = pid;
	return 0;
}

static bool start_gdb(struct attempt *a)
{
	const pid_t pid =
	    programs_start_gdb(a->config, a->started, a->writers[OUT_GDB]);

	close(a->writers[OUT_GDB]);
	if (pid < 0) {
		snprintf(a->facts.failure, sizeof(a->facts.failure),
			 "%.100s: %s", a->config->gdb, strerror(-pid));
		return false;
	}
	a->gdb = pid;
	return true;
}

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* A guest that polls a port without a device would leave no packet in the
 * report. */
static bool tells_of_port(const char *line)
{
	return begins(line, "kvmgdb: debug: ") &&
	       strstr(line, ": no device") != NULL;
}

static void server_line(void *ctx, const char *line)
{
	struct attempt *a = ctx;
	struct facts *f = &a->facts;
	const char *error = strstr(line, "kvmgdb: error: ");
	const char *answer = strstr(line, " -> ");

	if (!tells_of_port(line)) {
		tail_add(&a->tails[OUT_SERVER], line, strlen(line));
		tail_add(&a->tails[OUT_SERVER], "\n", 1);
	}
	if (begins(line, "kvmgdb: warning: the guest wrote "))
		snprintf(f->hint, sizeof(f->hint), "%s", line + 17);
	if (begins(line, "kvmgdb: listening on "))
		f->listening = true;
	if (error == line && f->error[0] == '\0')
		snprintf(f->error, sizeof(f->error), "%s", line + 15);
	if (answer == NULL)
		return;
	answer += 4;
	if (begins(answer, "Stop:"))
		answer += 5;
	/* GDB's numbers of SIGQUIT and SIGABRT; see docs/protocol.md. */
	if (begins(answer, "T03"))
		f->triple_fault = true;
	if (begins(answer, "T06"))
		f->kvm_error = true;
}

static void take_output(struct attempt *a, int which)
{
	char bytes[16384];
	ssize_t n;

	while (a->fds[which] >= 0) {
		n = read(a->fds[which], bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(a->fds[which]);
			a->fds[which] = -1;
			return;
		}
		if (which == OUT_SERVER)
			linescan_feed(&a->scan, bytes, (size_t)n, server_line,
				      a);
		else
			tail_add(&a->tails[which], bytes, (size_t)n);
	}
}

static int status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? FACTS_SIGNAL + WTERMSIG(wait_status)
					: WEXITSTATUS(wait_status);
}

static void reap(struct attempt *a)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == a->server) {
			a->server = 0;
			a->facts.server_status = status_of(status);
		} else if (pid == a->gdb) {
			a->gdb = 0;
			a->facts.gdb_status = status_of(status);
			a->server_deadline = now_ms() + SERVER_END_MS;
		}
	}
}

static void take_signals(struct attempt *a)
{
	struct signalfd_siginfo info;

	while (read(a->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM)
			a->terminated = true;
	}
	reap(a);
}

/* False when there is nothing left to wait for. */
static bool wait_more(struct attempt *a)
{
	struct pollfd polls[OUT_COUNT + 1];
	uint64_t until = a->deadline;
	const uint64_t now = now_ms();
	int left;

	if (a->server_deadline != 0 && a->server_deadline < until)
		until = a->server_deadline;
	if (now >= a->deadline)
		a->facts.late = true;
	if (now >= until || a->terminated)
		return false;
	left = (int)(until - now > 60000 ? 60000 : until - now);
	for (int i = 0; i < OUT_COUNT; i++)
		polls[i] = (struct pollfd){.fd = a->fds[i], .events = POLLIN};
	polls[OUT_COUNT] =
	    (struct pollfd){.fd = a->signal_fd, .events = POLLIN};
	if (poll(polls, OUT_COUNT + 1, left) < 0)
		return errno == EINTR;
	for (int i = 0; i < OUT_COUNT; i++)
		take_output(a, i);
	take_signals(a);
	return true;
}

/* Everything is over when this returns, and all output is taken. */
static void carry_out(struct attempt *a)
{
	while (a->server != 0 && !a->facts.listening && wait_more(a))
		continue;
	if (a->facts.listening && a->server != 0 && !a->facts.late &&
	    !a->terminated && start_gdb(a)) {
		while ((a->gdb != 0 || a->server != 0) && wait_more(a))
			continue;
	}
	child_sweep();
	for (int i = 0; i < OUT_COUNT; i++)
		take_output(a, i);
}

static void read_state(struct attempt *a)
{
	char path[PATH_MAX];
	FILE *f;

	attempt_path(a->config, "state", path);
	f = fopen(path, "re");
	a->state = malloc(STATE_ROOM);
	if (f != NULL && a->state != NULL)
		a->state_len = fread(a->state, 1, STATE_ROOM, f);
	if (f != NULL)
		fclose(f);
}

static void take_notes(struct attempt *a)
{
	struct facts *f = &a->facts;
	char path[PATH_MAX];

	attempt_path(a->config, "notes", path);
	notes_read(path, &a->notes);
	f->connected = a->notes.connected;
	f->reached_end = a->notes.end;
	f->failures = a->notes.failures;
	f->late = f->late || a->notes.late;
	if (a->notes.failure[0] != '\0')
		snprintf(f->failure, sizeof(f->failure), "%s",
			 a->notes.failure);
	attempt_path(a->config, "hits", path);
	f->resumes = notes_resumes(path);
}

/* ---- the result, as the bytes that go through the pipe ---- */

/* What GDB asked to show the state is not what led to the failure. */
static size_t before_the_look(const char *packets, size_t len)
{
	static const char look[] = "<- qRcmd,68697473"; /* monitor hits */
	const char *p = packets, *found = NULL;

	while ((p = strstr(p, look)) != NULL) {
		/* a text about the packet may follow */
		if (!isxdigit((unsigned char)p[sizeof(look) - 1]))
			found = p;
		p++;
	}
	while (found != NULL && found > packets && found[-1] != '\n')
		found--;
	return found != NULL ? (size_t)(found - packets) : len;
}

static void report(struct attempt *a, int fd)
{
	struct attempt_result r = {.checks = a->notes.checks,
				   .ms = (unsigned)(now_ms() - a->started)};

	r.verdict = verdict_judge(&a->facts, r.reason);
	if (r.verdict != VERDICT_PASSED) {
		r.text[ATTEMPT_CONSOLE] =
		    tail_text(&a->tails[OUT_CONSOLE], &r.len[ATTEMPT_CONSOLE]);
		r.text[ATTEMPT_GDB] =
		    tail_text(&a->tails[OUT_GDB], &r.len[ATTEMPT_GDB]);
		r.text[ATTEMPT_PACKETS] =
		    tail_text(&a->tails[OUT_SERVER], &r.len[ATTEMPT_PACKETS]);
		r.text[ATTEMPT_STATE] = a->state;
		r.len[ATTEMPT_STATE] = a->state_len;
		a->state = NULL;
		if (a->state_len > 0 && r.text[ATTEMPT_PACKETS] != NULL)
			r.len[ATTEMPT_PACKETS] = before_the_look(
			    r.text[ATTEMPT_PACKETS], r.len[ATTEMPT_PACKETS]);
	}
	result_send(fd, &r);
	result_free(&r);
}

/* Nobody else will, if `kvmgdb test' was killed; the last one succeeds. */
static void remove_base(const char *dir)
{
	char path[PATH_MAX];
	char *slash;

	snprintf(path, sizeof(path), "%s", dir);
	slash = strrchr(path, '/');
	if (slash != NULL)
		*slash = '\0';
	rmdir(path);
}

static void attempt_process(const struct attempt_config *config, int fd)
{
	struct attempt a = {.config = config,
			    .fds = {-1, -1, -1},
			    .facts = {.gdb_status = -1,
				      .server_status = -1,
				      .guest_status = config->guest_status,
				      .timeout = config->timeout}};
	int rc;

	a.started = now_ms();
	a.deadline = a.started + (uint64_t)config->timeout * 1000;
	rc = set_up(&a);
	if (rc == 0)
		rc = child_reaper();
	if (rc == 0)
		rc = start_server(&a);
	if (rc < 0)
		snprintf(a.facts.error, sizeof(a.facts.error), "%.100s: %s",
			 config->dir, strerror(-rc));
	else
		carry_out(&a);
	take_notes(&a);
	read_state(&a);
	removetree(config->dir);
	if (a.terminated)
		remove_base(config->dir);
	if (!a.terminated)
		report(&a, fd);
	free(a.state);
}

pid_t attempt_start(const struct attempt_config *config, int *fd)
{
	const pid_t parent = getpid();
	int fds[2], error;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		sigset_t term;

		/* A SIGTERM, ours or that of a parent that died, cleans up. */
		sigemptyset(&term);
		sigaddset(&term, SIGTERM);
		sigprocmask(SIG_BLOCK, &term, NULL);
		setsid();
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		signal(SIGPIPE, SIG_IGN);
		if (getppid() == parent)
			attempt_process(config, fds[1]);
		_exit(0);
	}
	error = errno;
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -error;
	}
	*fd = fds[0];
	return pid;
}
