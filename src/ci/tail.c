/* SPDX-License-Identifier: MIT */
#include "ci/tail.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_MAX 64

int tail_init(struct tail *tail, size_t room)
{
	*tail = (struct tail){.data = malloc(room), .room = room};
	return tail->data != NULL ? 0 : -ENOMEM;
}

void tail_add(struct tail *tail, const void *data, size_t len)
{
	const char *from = data;

	if (len > tail->room) {
		from += len - tail->room;
		tail->total += len - tail->room;
		len = tail->room;
	}
	while (len > 0) {
		const size_t at = (size_t)(tail->total % tail->room);
		const size_t n = len < tail->room - at ? len : tail->room - at;

		memcpy(tail->data + at, from, n);
		from += n;
		len -= n;
		tail->total += n;
	}
}

char *tail_text(const struct tail *tail, size_t *len)
{
	char *text = malloc(tail->room + NOTE_MAX + 1);
	size_t n = 0, kept;
	const char *newline;

	if (text == NULL)
		return NULL;
	if (tail->total <= tail->room) {
		n = (size_t)tail->total;
		memcpy(text, tail->data, n);
	} else {
		const size_t at = (size_t)(tail->total % tail->room);

		memcpy(text + NOTE_MAX, tail->data + at, tail->room - at);
		memcpy(text + NOTE_MAX + tail->room - at, tail->data, at);
		newline = memchr(text + NOTE_MAX, '\n', tail->room);
		kept =
		    newline != NULL
			? (size_t)(text + NOTE_MAX + tail->room - newline - 1)
			: tail->room;
		n = (size_t)snprintf(text, NOTE_MAX,
				     "[%" PRIu64 " bytes before this]\n",
				     tail->total - kept);
		memmove(text + n, text + NOTE_MAX + tail->room - kept, kept);
		n += kept;
	}
	text[n] = '\0';
	*len = n;
	return text;
}

void tail_free(struct tail *tail)
{
	free(tail->data);
	tail->data = NULL;
}
