/* SPDX-License-Identifier: MIT */
/* The last bytes of a stream, in bounded memory. */
#ifndef CI_TAIL_H
#define CI_TAIL_H

#include <stddef.h>
#include <stdint.h>

struct tail {
	char *data; /* a ring of `room` bytes */
	size_t room;
	uint64_t total; /* bytes ever added */
};

/* 0, -ENOMEM. */
int tail_init(struct tail *tail, size_t room);

void tail_add(struct tail *tail, const void *data, size_t len);

/* What is kept, in order, NUL-terminated; a line that was cut at the front is
 * left out, and how much is gone is said instead.  The caller's to free; NULL:
 * no memory. */
char *tail_text(const struct tail *tail, size_t *len);

void tail_free(struct tail *tail);

#endif
