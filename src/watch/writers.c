/* SPDX-License-Identifier: MIT */
#include "watch/writers.h"

#include <stdbool.h>
#include <stdlib.h>

#define FIRST_ROOM 64u

static struct writer *slot(struct writer *table, size_t room, unsigned place,
			   uint64_t rip)
{
	/* Fibonacci hashing; ROOM is a power of 2. */
	uint64_t h = (rip + place) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(h >> 32) & (room - 1);

	while (table[i].count != 0 &&
	       (table[i].rip != rip || table[i].place != place))
		i = (i + 1) & (room - 1);
	return &table[i];
}

static bool grow(struct writers *w)
{
	const size_t room = w->room != 0 ? 2 * w->room : FIRST_ROOM;
	struct writer *table = calloc(room, sizeof(*table));

	if (table == NULL)
		return false;
	for (size_t i = 0; i < w->room; i++) {
		const struct writer *old = &w->table[i];

		if (old->count != 0)
			*slot(table, room, old->place, old->rip) = *old;
	}
	free(w->table);
	w->table = table;
	w->room = room;
	return true;
}

void writers_add(struct writers *w, unsigned place, uint64_t rip, uint64_t ns)
{
	struct writer *one;

	if (2 * w->used >= w->room && !grow(w) && w->used + 1 >= w->room) {
		w->lost++;
		return;
	}
	one = slot(w->table, w->room, place, rip);
	if (one->count++ == 0) {
		w->used++;
		one->place = place;
		one->rip = rip;
		one->first_ns = ns;
	}
	one->last_ns = ns;
}

void writers_free(struct writers *w)
{
	free(w->table);
	w->table = NULL;
}
