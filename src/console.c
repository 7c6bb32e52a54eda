/* SPDX-License-Identifier: MIT */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define INPUT_BYTES 1024
/* How long an output that waits takes to see console_stop(). */
#define STOP_LATENCY_MS 50

struct console {
	struct console_config config;
	int out;   /* -1: nowhere */
	int slave; /* kept open, so that the pty outlives its users; or -1 */
	atomic_bool stopped;
	atomic_bool broken; /* a write failed: told once, then silence */

	struct event *readable; /* NULL: no input */
	size_t (*input)(void *ctx, const void *data, size_t len);
	void *ctx;
	/* What the guest did not take yet: [taken, have). */
	char buf[INPUT_BYTES];
	size_t taken, have;

	bool raw; /* the terminal was changed; it was as in saved */
	struct termios saved;
};

/* Raw, as a serial line is; the terminal program sets what it likes. */
static bool open_pty(struct console *c)
{
	struct termios t;
	char name[64];

	c->out = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->out < 0 || grantpt(c->out) < 0 || unlockpt(c->out) < 0 ||
	    ptsname_r(c->out, name, sizeof(name)) != 0)
		return false;
	c->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->slave < 0 || tcgetattr(c->slave, &t) < 0)
		return false;
	cfmakeraw(&t);
	if (tcsetattr(c->slave, TCSANOW, &t) < 0)
		return false;
	log_say(c->config.log, "the guest's console is %s", name);
	return true;
}

int console_new(const struct console_config *config, struct console **console,
		struct kvmgdb_reason *why)
{
	struct console *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		snprintf(why->text, sizeof(why->text), "console: no memory");
		return -ENOMEM;
	}
	c->config = *config;
	c->out = c->slave = -1;
	if (config->where == CONSOLE_STDIO)
		c->out = STDOUT_FILENO;
	if (config->where == CONSOLE_FILE) {
		c->out = open(config->path,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (c->out < 0) {
			const int error = errno;

			snprintf(why->text, sizeof(why->text),
				 "--console file:%.80s: %s", config->path,
				 strerror(error));
			free(c);
			return -error;
		}
	}
	if (config->where == CONSOLE_PTY && !open_pty(c)) {
		const int error = errno;

		snprintf(why->text, sizeof(why->text), "--console pty: %s",
			 strerror(error));
		console_free(c);
		return -error;
	}
	*console = c;
	return 0;
}

/* Offer what was read; true if the guest took all. */
static bool offer(struct console *c)
{
	c->taken += c->input(c->ctx, c->buf + c->taken, c->have - c->taken);
	return c->taken == c->have;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct console *c = arg;
	ssize_t n;

	(void)what;
	n = read(fd, c->buf, sizeof(c->buf));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		event_del(c->readable);
		return;
	}
	c->taken = 0;
	c->have = (size_t)n;
	if (!offer(c))
		event_del(c->readable);
}

/* Keys reach the guest one by one, and it does the echo. */
static void make_raw(struct console *c)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &c->saved) < 0)
		return;
	t = c->saved;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	c->raw = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
}

void console_start_input(struct console *console,
			 size_t (*input)(void *ctx, const void *data,
					 size_t len),
			 void *ctx)
{
	const bool pty = console->config.where == CONSOLE_PTY;
	const bool terminal = !pty && isatty(STDIN_FILENO) == 1;

	if (!pty && console->config.where != CONSOLE_STDIO)
		return;
	/* Reading in the background would stop the whole program (SIGTTIN). */
	if (terminal && tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	console->input = input;
	console->ctx = ctx;
	console->readable =
	    event_new(console->config.base, pty ? console->out : STDIN_FILENO,
		      EV_READ | EV_PERSIST, on_readable, console);
	if (console->readable == NULL ||
	    event_add(console->readable, NULL) < 0) {
		log_msg(console->config.log, LOG_WARN,
			"stdin cannot be read; the guest gets no input");
		return;
	}
	if (terminal)
		make_raw(console);
}

void console_room(struct console *console)
{
	if (console->readable == NULL || console->taken == console->have)
		return;
	if (offer(console))
		event_add(console->readable, NULL);
}

/* True when OUT takes bytes; false after console_stop(), and for a pty that
 * nobody reads. */
static bool wait_writable(struct console *c)
{
	struct pollfd p = {.fd = c->out, .events = POLLOUT};

	if (c->slave >= 0)
		return poll(&p, 1, 0) > 0;

	while (!atomic_load(&c->stopped)) {
		const int n = poll(&p, 1, STOP_LATENCY_MS);

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
	return false;
}

void console_output(struct console *console, const void *data, size_t len)
{
	const char *p = data;

	if (console->out < 0 || atomic_load(&console->broken))
		return;
	while (len > 0 && wait_writable(console)) {
		const ssize_t n = write(console->out, p, len);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0) {
			if (!atomic_exchange(&console->broken, true))
				log_msg(console->config.log, LOG_WARN,
					"the guest's console is lost: %s",
					strerror(errno));
			return;
		}
		p += n;
		len -= (size_t)n;
	}
}

void console_stop(struct console *console)
{
	atomic_store(&console->stopped, true);
}

void console_free(struct console *console)
{
	if (console == NULL)
		return;
	if (console->readable != NULL)
		event_free(console->readable);
	if (console->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &console->saved);
	if (console->config.where != CONSOLE_STDIO && console->out >= 0)
		close(console->out);
	if (console->slave >= 0)
		close(console->slave);
	free(console);
}
