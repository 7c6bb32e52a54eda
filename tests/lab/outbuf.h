/* SPDX-License-Identifier: MIT */
#ifndef LAB_OUTBUF_H
#define LAB_OUTBUF_H

#include <stddef.h>

/* Bytes on their way to a file descriptor that may not take them all now. */
struct outbuf {
	unsigned char *data;
	size_t start; /* first byte not yet written */
	size_t end;   /* one behind the last byte */
	size_t size;  /* allocated */
};

static inline size_t outbuf_pending(const struct outbuf *b)
{
	return b->end - b->start;
}

/* 0, or -ENOMEM and nothing added. */
int outbuf_add(struct outbuf *b, const void *bytes, size_t n);

/*
 * Write what fd takes without blocking. 0 when all went or fd is full,
 * -errno when fd is broken.
 */
int outbuf_flush(struct outbuf *b, int fd);

void outbuf_free(struct outbuf *b);

#endif
