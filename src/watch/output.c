/* SPDX-License-Identifier: MIT */
#include "watch/output.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A pipe that poll() calls writable takes as much without blocking. */
#define CHUNK          4096u
#define POLL_MS        100
#define LINE_MAX_BYTES 1024

void output_init(struct output *out, int fd)
{
	out->fd = fd;
	out->error = 0;
	out->len = 0;
	atomic_init(&out->give_up, false);
}

static bool wait_writable(const struct output *out)
{
	struct pollfd p = {.fd = out->fd, .events = POLLOUT};

	while (!atomic_load(&out->give_up)) {
		const int n = poll(&p, 1, POLL_MS);

		if (n > 0 || (n < 0 && errno != EINTR))
			return true;
	}
	errno = ETIMEDOUT;
	return false;
}

void output_flush(struct output *out)
{
	size_t done = 0;

	while (done < out->len && out->error == 0) {
		const size_t left = out->len - done;
		ssize_t n = -1;

		if (wait_writable(out))
			n = write(out->fd, out->data + done,
				  left < CHUNK ? left : CHUNK);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			out->error = -errno;
		else
			done += (size_t)n;
	}
	out->len = 0;
}

void output_add(struct output *out, const char *data, size_t len)
{
	while (len > 0) {
		const size_t room = OUTPUT_ROOM - out->len;
		const size_t n = len < room ? len : room;

		memcpy(out->data + out->len, data, n);
		out->len += n;
		data += n;
		len -= n;
		if (out->len == OUTPUT_ROOM)
			output_flush(out);
	}
}

void output_addf(struct output *out, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	int n;

	va_start(ap, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0)
		return;
	output_add(out, line,
		   n < LINE_MAX_BYTES ? (size_t)n : LINE_MAX_BYTES - 1);
}

void output_json(struct output *out, const char *text)
{
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			output_addf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f || c == '<' || c == '>' ||
			 c == '&')
			output_addf(out, "\\u%04x", c);
		else
			output_add(out, text, 1);
	}
}
