/* SPDX-License-Identifier: MIT */
/* Hits counted by place and instruction. */
#ifndef WATCH_WRITERS_H
#define WATCH_WRITERS_H

#include <stddef.h>
#include <stdint.h>

struct writer {
	uint64_t rip, count, first_ns, last_ns;
	unsigned place;
};

/* All zeroes to start. */
struct writers {
	struct writer *table; /* open addressing; count 0: free */
	size_t room, used;
	uint64_t lost; /* hits that found no memory */
};

void writers_add(struct writers *writers, unsigned place, uint64_t rip,
		 uint64_t ns);

void writers_free(struct writers *writers);

#endif
