/* SPDX-License-Identifier: MIT */
/* Records on their way from the vCPUs to the writer, in bounded memory. */
#ifndef WATCH_RING_H
#define WATCH_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "watch/record.h"

struct ring;

struct ring_counts {
	uint64_t taken;   /* by the writer */
	uint64_t dropped; /* no room */
	uint64_t waits;   /* a vCPU waited for room */
};

/* ROOM records with up to STACK return addresses each.  BLOCK: who has no room
 * waits.  NULL: no memory. */
struct ring *ring_new(size_t room, unsigned stack, bool block);

/* Any thread.  RECORD is copied, with its stack.  False: dropped, and counted.
 */
bool ring_put(struct ring *ring, const struct record *record);

/* The writer's.  Waits for a record; false: none will come any more.  Its stack
 * is valid until the next call. */
bool ring_take(struct ring *ring, struct record *record);

/* Nobody waits for room from now on.  Any thread. */
void ring_release(struct ring *ring);

/* No records will come; what is there can be taken. */
void ring_close(struct ring *ring);

struct ring_counts ring_counts(struct ring *ring);

/* NULL is allowed. */
void ring_free(struct ring *ring);

#endif
