// SPDX-License-Identifier: MIT
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}

void buffer_clear(struct buffer *b)
{
	b->len = 0;
	b->failed = false;
}

bool buffer_grow(struct buffer *b, size_t extra)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *data;

	if (b->failed)
		return false;
	if (extra > SIZE_MAX / 4 || b->len > SIZE_MAX / 4) {
		b->failed = true;
		return false;
	}
	while (cap - b->len < extra)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buffer_add(struct buffer *b, const void *bytes, size_t len)
{
	if (!len || !buffer_reserve(b, len))
		return;
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

void buffer_add_char(struct buffer *b, char c)
{
	if (buffer_reserve(b, 1))
		b->data[b->len++] = (uint8_t)c;
}

void buffer_add_text(struct buffer *b, const char *text)
{
	buffer_add(b, text, strlen(text));
}

void buffer_addf(struct buffer *b, const char *format, ...)
{
	va_list ap;
	int len;

	va_start(ap, format);
	/* clang-tidy 14 is wrong here from its second file on. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len < 0) {
		b->failed = true;
		return;
	}
	if (!buffer_reserve(b, (size_t)len + 1))
		return;
	va_start(ap, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf((char *)b->data + b->len, (size_t)len + 1, format, ap);
	va_end(ap);
	b->len += (size_t)len;
}

void buffer_add_number(struct buffer *b, uint64_t value, unsigned digits)
{
	unsigned n = 1;

	while (n < 16 && value >> (4 * n))
		n++;
	if (n < digits)
		n = digits;
	if (!buffer_reserve(b, n))
		return;
	while (n--)
		b->data[b->len++] =
		    (uint8_t) "0123456789abcdef"[value >> (4 * n) & 15];
}

void buffer_add_decimal(struct buffer *b, uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + value % 10);
	while (value /= 10);
	buffer_add(b, text + at, sizeof(text) - at);
}

/* The two digits of each byte value, one after the other. */
#define ROW(high)                                                           \
	high "0" high "1" high "2" high "3" high "4" high "5" high "6" high \
	     "7" high "8" high "9" high "a" high "b" high "c" high "d" high \
	     "e" high "f"
static const char digits[] =
    ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7")
	ROW("8") ROW("9") ROW("a") ROW("b") ROW("c") ROW("d") ROW("e") ROW("f");

void buffer_add_hex(struct buffer *b, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	uint8_t *to;

	if (len > SIZE_MAX / 8 || !buffer_reserve(b, 2 * len)) {
		b->failed = true;
		return;
	}
	to = b->data + b->len;
	for (size_t i = 0; i < len; i++)
		memcpy(to + 2 * i, digits + (size_t)2 * in[i], 2);
	b->len += 2 * len;
}

void buffer_drop(struct buffer *b, size_t len)
{
	if (!len)
		return;
	if (len > b->len)
		len = b->len;
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
}
