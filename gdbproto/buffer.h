/* SPDX-License-Identifier: MIT */
/*
 * A growable byte buffer.  Running out of memory is sticky: the buffer stops
 * taking bytes, `failed` stays true until buffer_clear(), and whoever sends the
 * result looks at it once, at the end.
 */
#ifndef GDBPROTO_BUFFER_H
#define GDBPROTO_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *data;
	size_t len, cap;
	bool failed;
};

void buffer_free(struct buffer *b);

/* Empty and usable again; keeps the memory. */
void buffer_clear(struct buffer *b);

/* Room for EXTRA more bytes at data + len; false, and failed, without. */
bool buffer_grow(struct buffer *b, size_t extra);

static inline bool buffer_reserve(struct buffer *b, size_t extra)
{
	return (b->data && extra <= b->cap - b->len && !b->failed) ||
	       buffer_grow(b, extra);
}

void buffer_add(struct buffer *b, const void *bytes, size_t len);
void buffer_add_char(struct buffer *b, char c);
void buffer_add_text(struct buffer *b, const char *text);
void buffer_addf(struct buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* In lower-case hexadecimal, at least DIGITS digits (1..16).  What is said at
 * each stop, and the target description, are built with these two: printf was
 * half of a stop's instructions, and most of the description's. */
void buffer_add_number(struct buffer *b, uint64_t value, unsigned digits);

void buffer_add_decimal(struct buffer *b, uint64_t value);

/* Two lower-case digits a byte. */
void buffer_add_hex(struct buffer *b, const void *bytes, size_t len);

/* Drop LEN bytes from the front. */
void buffer_drop(struct buffer *b, size_t len);

#endif
