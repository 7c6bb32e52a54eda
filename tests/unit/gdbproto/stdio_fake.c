// SPDX-License-Identifier: MIT
/*
 * The fake target behind GDB's `target remote | stdio_fake`: shows what a real
 * GDB makes of our packets, without a KVM.
 */
#include "fake_target.h"

#include <gdbproto/session.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Instructions between two looks at stdin. */
#define SLICE 64u

static void warn_operator(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "operator: %s\n", line);
}

static void log_packet(void *ctx, enum gdb_log_direction direction,
		       const void *data, size_t len)
{
	(void)ctx;
	fprintf(stderr, "%s ", direction == GDB_LOG_IN ? "->" : "<-");
	fwrite(data, 1, len, stderr);
	fputc('\n', stderr);
}

static void send_all(struct gdb_session *session)
{
	const uint8_t *data;
	size_t len = gdb_session_output(session, &data);

	while (len) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno != EINTR)
			err(1, "write");
		if (n > 0)
			gdb_session_sent(session, (size_t)n);
		len = gdb_session_output(session, &data);
	}
}

/* False at the end of input. */
static bool take_input(struct gdb_session *session, bool wait)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
	char bytes[4096];
	ssize_t n;

	if (poll(&fd, 1, wait ? -1 : 0) <= 0)
		return true;
	n = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (n <= 0)
		return false;
	if (gdb_session_feed(session, bytes, (size_t)n))
		errx(1, "out of memory");
	return true;
}

int main(void)
{
	struct gdb_session_config config = {.warn = warn_operator};
	struct fake_target target;
	struct gdb_session *session;

	if (getenv("STDIO_FAKE_LOG"))
		config.log_packet = log_packet;
	fake_init(&target);
	session = gdb_session_new(&fake_ops, &target, &config);
	if (!session)
		errx(1, "out of memory");
	while (gdb_session_end(session) == GDB_SESSION_OPEN &&
	       take_input(session, !target.running)) {
		if ((fake_run(&target, SLICE) || target.text_len) &&
		    gdb_session_poll(session))
			errx(1, "out of memory");
		send_all(session);
	}
	send_all(session);
	fprintf(stderr, "breakpoints left: %u, %s\n", fake_bp_count(&target),
		target.kills     ? "killed"
		: target.running ? "running"
				 : "standing");
	gdb_session_free(session);
	fake_free(&target);
	return 0;
}
