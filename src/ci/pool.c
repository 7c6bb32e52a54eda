/* SPDX-License-Identifier: MIT */
#include "ci/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ci/child.h"

struct job {
	pid_t pid; /* 0: none */
	int fd;
	size_t index;
	char *data;
	size_t len, room;
};

struct pool {
	const struct pool_config *config;
	struct job *jobs;
	unsigned count;                 /* of them */
	struct attempt_result *results; /* one an attempt */
	bool *ended;
	size_t started, ended_count, told;
	int signal_fd;
	int signal; /* that came, or 0 */
	bool stop;  /* start no more */
};

static int start_one(struct pool *p, struct job *job)
{
	struct attempt_config config = {0};
	pid_t pid;

	p->config->prepare(p->config->ctx, p->started, &config);
	pid = attempt_start(&config, &job->fd);
	if (pid < 0)
		return pid;
	job->pid = pid;
	job->index = p->started++;
	job->len = 0;
	return 0;
}

static int start_some(struct pool *p)
{
	for (unsigned i = 0; i < p->count && !p->stop; i++) {
		int rc;

		if (p->jobs[i].pid != 0 || p->started == p->config->count)
			continue;
		rc = start_one(p, &p->jobs[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void tell(struct pool *p)
{
	while (p->told < p->started && p->ended[p->told]) {
		p->config->done(p->config->ctx, p->told, &p->results[p->told]);
		result_free(&p->results[p->told]);
		p->told++;
	}
	if (p->config->progress != NULL)
		p->config->progress(p->config->ctx, p->ended_count);
}

static void end_job(struct pool *p, struct job *job)
{
	struct attempt_result *result = &p->results[job->index];

	close(job->fd);
	waitpid(job->pid, NULL, 0);
	job->pid = 0;
	if (!result_take(job->data, job->len, result)) {
		static const char died[] = "the process that ran it died";

		result->verdict = VERDICT_SETUP;
		memcpy(result->reason, died, sizeof(died));
	}
	p->ended[job->index] = true;
	p->ended_count++;
	if (result->verdict == VERDICT_SETUP)
		p->stop = true;
	if (p->signal == 0)
		tell(p);
}

/* False at the end. */
static bool read_job(struct job *job)
{
	ssize_t n;

	if (job->len == job->room) {
		const size_t room = job->room != 0 ? 2 * job->room : 8192;
		char *data = realloc(job->data, room);

		if (data == NULL)
			return false;
		job->data = data;
		job->room = room;
	}
	n = read(job->fd, job->data + job->len, job->room - job->len);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	job->len += (size_t)n;
	return n > 0;
}

static void stop_all(struct pool *p)
{
	p->stop = true;
	for (unsigned i = 0; i < p->count; i++) {
		if (p->jobs[i].pid != 0)
			kill(p->jobs[i].pid, SIGTERM);
	}
}

static void take_signal(struct pool *p)
{
	struct signalfd_siginfo info;

	if (read(p->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	p->signal = (int)info.ssi_signo;
	stop_all(p);
}

/* Without poll(), one after the other. */
static void wait_all(struct pool *p)
{
	for (unsigned i = 0; i < p->count; i++) {
		if (p->jobs[i].pid == 0)
			continue;
		while (read_job(&p->jobs[i]))
			;
		end_job(p, &p->jobs[i]);
	}
}

static unsigned running(const struct pool *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->count; i++)
		n += p->jobs[i].pid != 0;
	return n;
}

static int loop(struct pool *p)
{
	struct pollfd *polls = calloc(p->count + 1, sizeof(*polls));
	int rc = 0;

	if (polls == NULL)
		return -ENOMEM;
	for (;;) {
		const int error = start_some(p);

		if (error < 0) {
			rc = error;
			p->stop = true;
		}
		if (running(p) == 0)
			break;
		for (unsigned i = 0; i < p->count; i++)
			polls[i] = (struct pollfd){
			    .fd = p->jobs[i].pid != 0 ? p->jobs[i].fd : -1,
			    .events = POLLIN};
		polls[p->count] =
		    (struct pollfd){.fd = p->signal_fd, .events = POLLIN};
		if (poll(polls, p->count + 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			/* EINVAL: more of them than RLIMIT_NOFILE */
			rc = rc != 0 ? rc : -errno;
			stop_all(p);
			wait_all(p);
			break;
		}
		if (polls[p->count].revents != 0)
			take_signal(p);
		for (unsigned i = 0; i < p->count; i++) {
			if (polls[i].revents != 0 && !read_job(&p->jobs[i]))
				end_job(p, &p->jobs[i]);
		}
	}
	free(polls);
	return rc;
}

int pool_run(const struct pool_config *config, int *signal)
{
	struct pool p = {.config = config};
	sigset_t set, old;
	int rc = -ENOMEM;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &old);
	p.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	p.count = config->jobs < config->count ? config->jobs
					       : (unsigned)config->count;
	p.jobs = calloc(p.count, sizeof(*p.jobs));
	p.results = calloc(config->count, sizeof(*p.results));
	p.ended = calloc(config->count, sizeof(*p.ended));
	if (p.signal_fd >= 0 && p.jobs != NULL && p.results != NULL &&
	    p.ended != NULL)
		rc = loop(&p);
	/* Of an attempt's process that died before it could sweep itself. */
	child_sweep();
	for (unsigned i = 0; p.jobs != NULL && i < p.count; i++)
		free(p.jobs[i].data);
	for (size_t i = p.told; p.results != NULL && i < p.started; i++)
		result_free(&p.results[i]);
	free(p.jobs);
	free(p.results);
	free(p.ended);
	if (p.signal_fd >= 0)
		close(p.signal_fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
	*signal = p.signal;
	return p.signal != 0 ? -EINTR : rc;
}
