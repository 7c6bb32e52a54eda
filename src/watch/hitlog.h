/* SPDX-License-Identifier: MIT */
/* The filter of a watched place: it notes each hit, and the guest runs on. */
#ifndef WATCH_HITLOG_H
#define WATCH_HITLOG_H

#include "watch/expr.h"
#include "watch/ring.h"

struct hitlog;

struct hitlog_config {
	const struct kvmgdb_target_ops *ops;
	void *target;
	struct ring *ring;
	const struct expr *when; /* NULL: always */
	/* 0: never; else the vCPU of this hit, and any that hits later, waits
	 * for hitlog_release(). */
	uint64_t stop_after;
	void (*complete)(void *ctx); /* stop_after was reached; any thread */
	void *ctx;
	unsigned stack; /* return addresses to note */
};

struct hitlog *hitlog_new(const struct hitlog_config *config);

/* Watch PLACE, which is number INDEX.  0 or -errno with WHY. */
int hitlog_watch(struct hitlog *log, const struct place *place, unsigned index,
		 struct kvmgdb_reason *why);

/* Time counts from here. */
void hitlog_start(struct hitlog *log);

/* Nobody waits from now on, nor is any hit noted that would have. */
void hitlog_release(struct hitlog *log);

struct hitlog_counts {
	uint64_t hits;     /* noted, or dropped by the ring */
	uint64_t passed;   /* --when was false */
	uint64_t unjudged; /* of the hits: --when could not be evaluated */
	bool complete;     /* stop_after was reached */
};

/* Any thread. */
void hitlog_counts(struct hitlog *log, struct hitlog_counts *counts);

/* The target must have released the filters: it is gone, or they are.  NULL is
 * allowed. */
void hitlog_free(struct hitlog *log);

#endif
