/* SPDX-License-Identifier: MIT */
#include "watch/ring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	struct record *records;
	uint64_t *stacks, *taken_stack;
	size_t room, first, count;
	unsigned stack;
	bool block, closed;
	struct ring_counts counts;
};

struct ring *ring_new(size_t room, unsigned stack, bool block)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->filled, NULL);
	pthread_cond_init(&r->emptied, NULL);
	r->room = room;
	r->stack = stack;
	r->block = block;
	r->records = calloc(room, sizeof(*r->records));
	/* one more: a size of 0 may give NULL */
	r->stacks = calloc(room * stack + 1, sizeof(*r->stacks));
	r->taken_stack = calloc(stack + 1, sizeof(*r->taken_stack));
	if (r->records == NULL || r->stacks == NULL || r->taken_stack == NULL) {
		ring_free(r);
		return NULL;
	}
	return r;
}

static void copy(struct record *to, uint64_t *stack, const struct record *from,
		 unsigned max)
{
	*to = *from;
	to->stack = stack;
	if (to->stack_len > max)
		to->stack_len = max;
	if (to->stack_len > 0)
		memcpy(stack, from->stack, to->stack_len * sizeof(*stack));
}

bool ring_put(struct ring *r, const struct record *record)
{
	bool room;

	pthread_mutex_lock(&r->lock);
	if (r->block && r->count == r->room)
		r->counts.waits++;
	while (r->block && r->count == r->room)
		pthread_cond_wait(&r->emptied, &r->lock);
	room = r->count < r->room;
	if (room) {
		const size_t at = (r->first + r->count++) % r->room;

		copy(&r->records[at], r->stacks + at * r->stack, record,
		     r->stack);
		if (r->count == 1)
			pthread_cond_signal(&r->filled);
	} else {
		r->counts.dropped++;
	}
	pthread_mutex_unlock(&r->lock);
	return room;
}

bool ring_take(struct ring *r, struct record *record)
{
	bool there;

	pthread_mutex_lock(&r->lock);
	while (r->count == 0 && !r->closed)
		pthread_cond_wait(&r->filled, &r->lock);
	there = r->count > 0;
	if (there) {
		copy(record, r->taken_stack, &r->records[r->first], r->stack);
		r->first = (r->first + 1) % r->room;
		r->count--;
		r->counts.taken++;
		pthread_cond_signal(&r->emptied);
	}
	pthread_mutex_unlock(&r->lock);
	return there;
}

void ring_release(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->block = false;
	pthread_cond_broadcast(&r->emptied);
	pthread_mutex_unlock(&r->lock);
}

void ring_close(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->closed = true;
	pthread_cond_broadcast(&r->filled);
	pthread_mutex_unlock(&r->lock);
}

struct ring_counts ring_counts(struct ring *r)
{
	struct ring_counts counts;

	pthread_mutex_lock(&r->lock);
	counts = r->counts;
	pthread_mutex_unlock(&r->lock);
	return counts;
}

void ring_free(struct ring *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->filled);
	pthread_cond_destroy(&r->emptied);
	free(r->records);
	free(r->stacks);
	free(r->taken_stack);
	free(r);
}
