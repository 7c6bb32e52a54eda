/* SPDX-License-Identifier: MIT */
#include "watch/hitlog.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "watch/regvalue.h"
#include "watch/stack.h"

#define CR0_PE UINT64_C(1)

struct hitlog {
	struct hitlog_config config;
	struct timespec start;
	/* Written with the target's lock held, see struct kvmgdb_filter. */
	_Atomic uint64_t hits, passed, unjudged;
	atomic_bool complete;
	pthread_mutex_t lock;
	pthread_cond_t released;
	bool release;
};

struct watcher {
	struct kvmgdb_filter filter; /* first: the target has that */
	struct hitlog *log;
	unsigned place;
};

struct hitlog *hitlog_new(const struct hitlog_config *config)
{
	struct hitlog *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->config = *config;
	pthread_mutex_init(&log->lock, NULL);
	pthread_cond_init(&log->released, NULL);
	return log;
}

void hitlog_start(struct hitlog *log)
{
	clock_gettime(CLOCK_MONOTONIC, &log->start);
}

static uint64_t since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - start->tv_sec) * 1000000000 +
			  (now.tv_nsec - start->tv_nsec));
}

/* True: the hit counts. */
static bool judge(const struct hitlog *log, const struct kvmgdb_filter_ctx *ctx,
		  const struct kvmgdb_hit *hit, bool *unjudged)
{
	struct expr_input input = {.ctx = ctx,
				   .at = hit->at,
				   .vcpu = hit->vcpu,
				   .values = hit->size > 0 && hit->size <= 8};
	int64_t value;

	*unjudged = false;
	if (log->config.when == NULL)
		return true;
	if (input.values) {
		memcpy(&input.before, hit->before, hit->size);
		memcpy(&input.after, hit->after, hit->size);
	}
	*unjudged = expr_eval(log->config.when, &input, &value) < 0;
	return *unjudged || value != 0;
}

/* The guest is to end at this hit, not a little later. */
static void hold(struct hitlog *log)
{
	pthread_mutex_lock(&log->lock);
	while (!log->release)
		pthread_cond_wait(&log->released, &log->lock);
	pthread_mutex_unlock(&log->lock);
}

void hitlog_release(struct hitlog *log)
{
	pthread_mutex_lock(&log->lock);
	log->release = true;
	pthread_cond_broadcast(&log->released);
	pthread_mutex_unlock(&log->lock);
}

static enum kvmgdb_verdict decide(struct kvmgdb_filter *filter,
				  const struct kvmgdb_filter_ctx *ctx,
				  const struct kvmgdb_hit *hit)
{
	const struct watcher *w = (const struct watcher *)filter;
	struct hitlog *log = w->log;
	uint64_t stack[RECORD_MAX_STACK];
	struct record r = {.stack = stack,
			   .at = hit->at,
			   .start = hit->start,
			   .vcpu = hit->vcpu,
			   .place = w->place};

	if (atomic_load(&log->complete)) {
		hold(log);
		return KVMGDB_VERDICT_RUN_ON;
	}
	if (!judge(log, ctx, hit, &r.unjudged)) {
		log->passed++;
		return KVMGDB_VERDICT_RUN_ON;
	}
	r.ns = since(&log->start);
	r.rip = regvalue(ctx, KVMGDB_REG_RIP);
	if ((regvalue(ctx, KVMGDB_REG_CR0) & CR0_PE) == 0)
		r.rip += regvalue(ctx, KVMGDB_REG_CS) << 4;
	r.size = (uint8_t)hit->size;
	memcpy(r.before, hit->before != NULL ? hit->before : r.before,
	       hit->size);
	memcpy(r.after, hit->after != NULL ? hit->after : r.after, hit->size);
	if (log->config.stack > 0)
		r.stack_len = stack_walk(ctx, stack, log->config.stack);
	log->hits++;
	log->unjudged += r.unjudged;
	ring_put(log->config.ring, &r);
	if (log->config.stop_after != 0 &&
	    log->hits == log->config.stop_after) {
		atomic_store(&log->complete, true);
		log->config.complete(log->config.ctx);
		hold(log);
	}
	return KVMGDB_VERDICT_RUN_ON;
}

static void release(struct kvmgdb_filter *filter)
{
	free((struct watcher *)filter);
}

int hitlog_watch(struct hitlog *log, const struct place *place, unsigned index,
		 struct kvmgdb_reason *why)
{
	const struct kvmgdb_target_ops *ops = log->config.ops;
	struct watcher *w;
	int rc = -ENOMEM;

	/* A debug register has room for any address, also one that is not
	 * mapped yet; a patch is the way out if there is none. */
	for (int turn = 0; turn < 2; turn++) {
		enum kvmgdb_bp_kind kind = place->kind;

		if (turn == 1 && kind != KVMGDB_BP_HARDWARE)
			break;
		if (turn == 1)
			kind = KVMGDB_BP_SOFTWARE;
		w = malloc(sizeof(*w));
		if (w == NULL)
			return -ENOMEM;
		*w = (struct watcher){
		    .filter = {.decide = decide, .release = release},
		    .log = log,
		    .place = index};
		rc = ops->bp_insert_filtered(log->config.target, 0, kind,
					     place->addr, place->len,
					     &w->filter, why);
		if (rc == 0)
			break;
	}
	return rc;
}

void hitlog_counts(struct hitlog *log, struct hitlog_counts *counts)
{
	*counts =
	    (struct hitlog_counts){.hits = atomic_load(&log->hits),
				   .passed = atomic_load(&log->passed),
				   .unjudged = atomic_load(&log->unjudged),
				   .complete = atomic_load(&log->complete)};
}

void hitlog_free(struct hitlog *log)
{
	if (log == NULL)
		return;
	pthread_mutex_destroy(&log->lock);
	pthread_cond_destroy(&log->released);
	free(log);
}
