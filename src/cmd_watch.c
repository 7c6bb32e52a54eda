/* SPDX-License-Identifier: MIT */
/* kvmgdb watch: each hit is logged, and the guest runs on. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "kvmgdb_version.h"
#include "run.h"
#include "watch/hitlog.h"
#include "watch/watchopts.h"

/* A reader that does not read has so long after an interrupt; seconds. */
#define LINGER_SECONDS 2
#define LINGER_STEP_MS 50

struct watch {
	struct watchopts opts;
	struct symbols *symbols;
	struct expr *when;
	struct ring *ring;
	struct hitlog *hits;
	struct writers writers;
	struct output out;
	struct format_context format;
	const struct log *log;
	pthread_t thread;
	struct timespec start;
	void (*wake)(void *ctx);
	void *wake_ctx;
	atomic_bool failed; /* the output */
	bool started;       /* the writer's thread */
	bool line_buffered; /* somebody looks at it */
};

static void complain(const char *what, const char *why)
{
	fprintf(stderr, "kvmgdb: error: %s%s%s\n", what,
		why[0] != '\0' ? ": " : "", why);
}

static uint64_t ns_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - start->tv_sec) * 1000000000 +
			  (now.tv_nsec - start->tv_nsec));
}

/* ---- the writer's thread ---- */

/* After the last hit: the guest is gone. */
static void write_end(struct watch *w)
{
	struct hitlog_counts hits;
	struct ring_counts ring;
	struct format_sums sums;

	hitlog_counts(w->hits, &hits);
	ring = ring_counts(w->ring);
	sums = (struct format_sums){.hits = hits.hits,
				    .dropped = ring.dropped,
				    .passed = hits.passed,
				    .ns = ns_since(&w->start)};
	w->opts.format->end(&w->format, &sums);
	output_flush(&w->out);
	if (w->out.error != 0)
		atomic_store(&w->failed, true);
}

static void *write_hits(void *arg)
{
	struct watch *w = arg;
	struct record record;

	w->opts.format->begin(&w->format);
	while (ring_take(w->ring, &record)) {
		writers_add(&w->writers, record.place, record.rip, record.ns);
		w->opts.format->hit(&w->format, &record);
		if (w->line_buffered)
			output_flush(&w->out);
		if (w->out.error != 0 && !atomic_exchange(&w->failed, true))
			w->wake(w->wake_ctx);
	}
	write_end(w);
	return NULL;
}

/* ---- hooks, on the loop's thread ---- */

/* The addresses are those of the symbols. */
static void warn_of_kaslr(const struct watch *w, enum loader_format format)
{
	const char *append = w->opts.run.append;

	if (format != LOADER_LINUX ||
	    (append != NULL && strstr(append, "nokaslr") != NULL))
		return;
	log_msg(w->log, LOG_WARN,
		"Linux may move itself (KASLR) away from what is watched: say "
		"nokaslr in --append");
}

static bool ready(void *ctx, struct kvmgdb_vm *vm, enum loader_format format,
		  const struct log *log, void (*wake)(void *wake_ctx),
		  void *wake_ctx)
{
	const struct kvmgdb_target_ops *ops = kvmgdb_kvm_ops();
	struct watch *w = ctx;
	const struct hitlog_config config = {.ops = ops,
					     .target = vm,
					     .ring = w->ring,
					     .when = w->when,
					     .stop_after = w->opts.stop_after,
					     .stack = w->opts.stack,
					     .complete = wake,
					     .ctx = wake_ctx};
	sigset_t all, old;
	int rc;

	w->log = log;
	w->wake = wake;
	w->wake_ctx = wake_ctx;
	w->format.vcpus = ops->vcpu_count(vm);
	w->hits = hitlog_new(&config);
	if (w->hits == NULL) {
		log_msg(log, LOG_ERROR, "no memory");
		return false;
	}
	warn_of_kaslr(w, format);
	/* Requests come into force when the vCPUs are let go. */
	kvmgdb_vm_pause(vm);
	/* A write of the same value is a hit, too. */
	ops->option_set(vm, "report-unchanged", "on");
	for (size_t i = 0; i < w->opts.place_count; i++) {
		const struct place *p = &w->opts.places[i];
		struct kvmgdb_reason why = {.text = ""};

		rc = hitlog_watch(w->hits, p, (unsigned)i, &why);
		if (rc < 0) {
			log_msg(log, LOG_ERROR, "cannot watch %s: %s", p->name,
				why.text[0] != '\0' ? why.text : strerror(-rc));
			return false;
		}
		log_msg(log, LOG_INFO,
			"watching %s: %s, 0x%" PRIx64 " length %" PRIu64,
			p->name, format_kind(p->kind), p->addr, p->len);
	}
	kvmgdb_vm_unpause(vm);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	rc = pthread_create(&w->thread, NULL, write_hits, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w->started = rc == 0;
	if (rc != 0)
		log_msg(log, LOG_ERROR, "thread: %s", strerror(rc));
	clock_gettime(CLOCK_MONOTONIC, &w->start);
	hitlog_start(w->hits);
	return w->started;
}

static bool poll_hits(void *ctx, int *status)
{
	struct watch *w = ctx;
	struct hitlog_counts counts;

	hitlog_counts(w->hits, &counts);
	*status = atomic_load(&w->failed) ? STATUS_SETUP : STATUS_OK;
	return counts.complete || atomic_load(&w->failed);
}

static void ending(void *ctx)
{
	struct watch *w = ctx;

	ring_release(w->ring);
	hitlog_release(w->hits);
}

static void tell(struct watch *w)
{
	struct hitlog_counts hits;
	struct ring_counts ring;

	hitlog_counts(w->hits, &hits);
	ring = ring_counts(w->ring);
	fprintf(stderr, "kvmgdb: %" PRIu64 " hit%s", hits.hits,
		hits.hits == 1 ? "" : "s");
	if (ring.dropped > 0)
		fprintf(stderr, ", %" PRIu64 " of them dropped", ring.dropped);
	if (hits.passed > 0)
		fprintf(stderr, ", %" PRIu64 " more not by --when",
			hits.passed);
	if (hits.unjudged > 0)
		fprintf(stderr,
			", %" PRIu64 " where --when could not be evaluated",
			hits.unjudged);
	if (ring.waits > 0)
		fprintf(stderr, "; the guest waited %" PRIu64 " time%s",
			ring.waits, ring.waits == 1 ? "" : "s");
	fputc('\n', stderr);
	if (w->out.error != 0)
		complain(w->opts.out != NULL ? w->opts.out : "stdout",
			 strerror(-w->out.error));
}

static bool is_pending(const sigset_t *set)
{
	sigset_t pending, both;

	return sigpending(&pending) == 0 &&
	       sigandset(&both, &pending, set) == 0 && !sigisemptyset(&both);
}

/* For as long as the reader takes, unless somebody does not want to wait. */
static void end_writer(struct watch *w, bool interrupted)
{
	unsigned left = LINGER_SECONDS * 1000 / LINGER_STEP_MS;
	struct timespec until;
	sigset_t ends, old;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ends, &old);
	do {
		interrupted = interrupted || is_pending(&ends);
		if (interrupted && left > 0)
			left--;
		if (left == 0)
			atomic_store(&w->out.give_up, true);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LINGER_STEP_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
	} while (pthread_timedjoin_np(w->thread, NULL, &until) == ETIMEDOUT);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void gone(void *ctx, bool interrupted)
{
	struct watch *w = ctx;

	if (!w->started)
		return;
	ring_close(w->ring);
	end_writer(w, interrupted);
	w->started = false;
	tell(w);
}

/* ---- */

static bool set_up_symbols(struct watch *w)
{
	struct kvmgdb_reason why = {.text = ""};
	const char *path =
	    w->opts.symbols != NULL ? w->opts.symbols : w->opts.run.guest;

	w->symbols = symbols_open(path, &why);
	/* without symbols, addresses still do; without a file nothing does */
	if (w->symbols == NULL && (w->opts.symbols != NULL ||
				   (path != NULL && access(path, R_OK) < 0))) {
		complain(why.text, "");
		return false;
	}
	if (!watchopts_resolve(&w->opts, w->symbols, &why)) {
		complain(why.text, "");
		return false;
	}
	return true;
}

static bool find_symbol(void *ctx, const char *name, uint64_t *address)
{
	const struct watch *w = ctx;
	uint64_t size;

	return w->symbols != NULL &&
	       symbols_find(w->symbols, name, address, &size) == 0;
}

static bool set_up(struct watch *w)
{
	struct kvmgdb_reason why = {.text = ""};
	int fd = STDOUT_FILENO;

	if (!set_up_symbols(w))
		return false;
	if (w->opts.when != NULL) {
		w->when = expr_parse(w->opts.when, find_symbol, w, &why);
		if (w->when == NULL) {
			complain("--when", why.text);
			return false;
		}
	}
	w->ring = ring_new(w->opts.buffer, w->opts.stack, !w->opts.drop);
	if (w->ring == NULL) {
		complain("no memory for --buffer", "");
		return false;
	}
	if (w->opts.out != NULL)
		fd = open(w->opts.out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0666);
	if (fd < 0) {
		complain(w->opts.out, strerror(errno));
		return false;
	}
	output_init(&w->out, fd);
	w->line_buffered = isatty(fd);
	w->format = (struct format_context){.out = &w->out,
					    .symbols = w->symbols,
					    .places = w->opts.places,
					    .place_count = w->opts.place_count,
					    .guest = w->opts.run.guest,
					    .writers = &w->writers};
	return true;
}

static int watch(struct watch *w)
{
	const struct run_hooks hooks = {.ready = ready,
					.poll = poll_hits,
					.ending = ending,
					.gone = gone,
					.ctx = w};
	int status = STATUS_SETUP;

	if (set_up(w)) {
		status = run_guest(&w->opts.run, &hooks);
		if (atomic_load(&w->failed))
			status = STATUS_SETUP;
		if (w->out.fd != STDOUT_FILENO)
			close(w->out.fd);
	}
	hitlog_free(w->hits);
	ring_free(w->ring);
	expr_free(w->when);
	symbols_close(w->symbols);
	writers_free(&w->writers);
	return status;
}

int cmd_watch(int argc, char **argv)
{
	struct watch *w = calloc(1, sizeof(*w));
	struct kvmgdb_reason why;
	int status = STATUS_OK;

	if (w == NULL) {
		complain("no memory", "");
		return STATUS_SETUP;
	}
	switch (watchopts_parse(argc, argv, &w->opts, &why)) {
	case OPTIONS_RUN:
		status = watch(w);
		break;
	case OPTIONS_HELP:
		fputs(watchopts_help(), stdout);
		break;
	case OPTIONS_VERSION:
		puts("kvmgdb " KVMGDB_VERSION);
		break;
	case OPTIONS_WRONG:
		fprintf(stderr, "kvmgdb: error: %s; see kvmgdb watch --help\n",
			why.text);
		status = STATUS_USAGE;
		break;
	}
	watchopts_free(&w->opts);
	free(w);
	return status;
}
