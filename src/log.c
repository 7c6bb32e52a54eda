/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static const char *const names[] = {"error", "warn", "info", "debug", "packet"};

void log_init(struct log *log, int fd, enum log_level level)
{
	log->fd = fd;
	atomic_init(&log->level, level);
	clock_gettime(CLOCK_MONOTONIC, &log->start);
}

void log_set_level(struct log *log, enum log_level level)
{
	log->level = level;
}

const char *log_level_name(enum log_level level)
{
	return names[level];
}

bool log_parse_level(const char *text, enum log_level *level)
{
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static void put(const struct log *log, const char *line, size_t len)
{
	const int saved = errno;

	while (len > 0) {
		const ssize_t n = write(log->fd, line, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* there is nobody left to tell */
		line += n;
		len -= (size_t)n;
	}
	errno = saved;
}

static void put_line(const struct log *log, const char *prefix,
		     const char *format, va_list ap)
{
	char line[LINE_MAX_BYTES];
	size_t len;
	int n;

	n = snprintf(line, sizeof(line), "kvmgdb: %s", prefix);
	len = (size_t)n;
	n = vsnprintf(line + len, sizeof(line) - len, format, ap);
	if (n < 0)
		return;
	len += (size_t)n;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	put(log, line, len);
}

void log_msg(const struct log *log, enum log_level level, const char *format,
	     ...)
{
	static const char *const prefixes[] = {"error: ", "warning: ", "",
					       "debug: ", ""};
	va_list ap;

	if (level > log->level)
		return;
	va_start(ap, format);
	put_line(log, prefixes[level], format, ap);
	va_end(ap);
}

void log_say(const struct log *log, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_line(log, "", format, ap);
	va_end(ap);
}

/* Seconds.microseconds since the log's start. */
static int put_time(const struct log *log, char *buf, size_t size)
{
	struct timespec now;
	long long sec;
	long nsec;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sec = (long long)now.tv_sec - (long long)log->start.tv_sec;
	nsec = now.tv_nsec - log->start.tv_nsec;
	if (nsec < 0) {
		nsec += 1000000000;
		sec--;
	}
	return snprintf(buf, size, "kvmgdb: %lld.%06ld ", sec, nsec / 1000);
}

static size_t put_escaped(char *to, const uint8_t *data, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const uint8_t c = data[i];

		if (c >= ' ' && c <= '~' && c != '\\') {
			to[n++] = (char)c;
			continue;
		}
		to[n++] = '\\';
		to[n++] = 'x';
		to[n++] = hex[c >> 4];
		to[n++] = hex[c & 0xf];
	}
	return n;
}

void log_packet(const struct log *log, bool from_client, const void *data,
		size_t len, const char *what)
{
	const size_t what_len = strlen(what);
	char head[64];
	char *line;
	size_t n;

	if (log->level < LOG_PACKET)
		return;
	n = (size_t)put_time(log, head, sizeof(head));
	line = malloc(n + 8 + 4 * len + what_len);
	if (line == NULL) {
		log_say(log, "a packet of %zu bytes: no memory to show it",
			len);
		return;
	}
	memcpy(line, head, n);
	line[n++] = from_client ? '<' : '-';
	line[n++] = from_client ? '-' : '>';
	line[n++] = ' ';
	n += put_escaped(line + n, data, len);
	if (what_len > 0) {
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
		memcpy(line + n, " [", 2);
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
		memcpy(line + n + 2, what, what_len);
		n += 2 + what_len;
		line[n++] = ']';
	}
	line[n++] = '\n';
	put(log, line, n);
	free(line);
}
