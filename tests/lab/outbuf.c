/* SPDX-License-Identifier: MIT */
#include "outbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int outbuf_add(struct outbuf *b, const void *bytes, size_t n)
{
	if (n == 0)
		return 0;
	if (b->start > 0 && b->size - b->end < n) {
		memmove(b->data, b->data + b->start, outbuf_pending(b));
		b->end -= b->start;
		b->start = 0;
	}
	if (b->size - b->end < n) {
		size_t size = (b->end + n) * 2;
		unsigned char *data = realloc(b->data, size);

		if (!data)
			return -ENOMEM;
		b->data = data;
		b->size = size;
	}
	memcpy(b->data + b->end, bytes, n);
	b->end += n;
	return 0;
}

int outbuf_flush(struct outbuf *b, int fd)
{
	while (b->start < b->end) {
		ssize_t n = write(fd, b->data + b->start, outbuf_pending(b));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n < 0)
			return -errno;
		b->start += (size_t)n;
	}
	b->start = b->end = 0;
	return 0;
}

void outbuf_free(struct outbuf *b)
{
	free(b->data);
	*b = (struct outbuf){0};
}
