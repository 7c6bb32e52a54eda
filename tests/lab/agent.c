/* SPDX-License-Identifier: MIT */
/*
 * The lab's end of the serial line: carries TCP connections, processes and
 * files for the host (see wire.h). Started by the lab's /init with the line's
 * device as its one argument; powers the machine off when told to or when the
 * line is gone.
 */
#include "mux.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { RETRY_MS = 20 };

struct agent {
	int line;
	int signals;
	bool greeted;
	size_t greeting_seen; /* bytes of it matched so far */
	unsigned char in[sizeof(struct wire_header) + WIRE_PAYLOAD_MAX];
	size_t in_len;
	struct mux mux;
};

static void reap(struct agent *a)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(a->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		mux_exited(&a->mux, pid, status);
}

static void power_off(struct agent *a)
{
	(void)outbuf_flush(&a->mux.to_host, a->line);
	(void)tcdrain(a->line);
	sync();
	reboot(RB_POWER_OFF);
	exit(0);
}

static void frame(struct agent *a, const struct wire_header *h,
		  unsigned char *payload)
{
	switch (h->type) {
	case WIRE_PING:
		mux_send(&a->mux, WIRE_PONG, h->channel, payload, h->length);
		break;
	case WIRE_QUIT:
		power_off(a);
		break;
	default:
		mux_frame(&a->mux, h, payload);
		break;
	}
}

static size_t skip_to_greeting(struct agent *a, const unsigned char *bytes,
			       size_t n)
{
	const char *text = WIRE_GREETING;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != (unsigned char)text[a->greeting_seen])
			a->greeting_seen = 0;
		if (bytes[i] == (unsigned char)text[a->greeting_seen])
			a->greeting_seen++;
		if (text[a->greeting_seen] == '\0') {
			a->greeted = true;
			return i + 1;
		}
	}
	return n;
}

static void line_read(struct agent *a)
{
	struct wire_header h;
	size_t at = 0;
	ssize_t n = read(a->line, a->in + a->in_len, sizeof(a->in) - a->in_len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		power_off(a);
	a->in_len += (size_t)n;
	if (!a->greeted)
		at = skip_to_greeting(a, a->in, a->in_len);
	while (a->in_len - at >= sizeof(h)) {
		memcpy(&h, a->in + at, sizeof(h));
		if (h.length > WIRE_PAYLOAD_MAX)
			errx(1, "bad frame from the host");
		if (a->in_len - at < sizeof(h) + h.length)
			break;
		frame(a, &h, a->in + at + sizeof(h));
		at += sizeof(h) + h.length;
	}
	memmove(a->in, a->in + at, a->in_len - at);
	a->in_len -= at;
}

static void turn(struct agent *a)
{
	struct pollfd fds[MUX_CHANNELS + 2];
	size_t index[MUX_CHANNELS];
	size_t count = mux_poll(&a->mux, fds, index);
	bool retry = mux_must_retry(&a->mux);

	fds[count] = (struct pollfd){.fd = a->signals, .events = POLLIN};
	fds[count + 1] = (struct pollfd){.fd = a->line, .events = POLLIN};
	if (outbuf_pending(&a->mux.to_host) > 0)
		fds[count + 1].events |= POLLOUT;

	if (poll(fds, count + 2, retry ? RETRY_MS : -1) < 0) {
		if (errno == EINTR)
			return;
		err(1, "poll");
	}
	for (size_t i = 0; i < count; i++)
		if (fds[i].revents)
			mux_ready(&a->mux, index[i], fds[i].revents);
	if (fds[count].revents)
		reap(a);
	if (fds[count + 1].revents & (POLLIN | POLLHUP | POLLERR))
		line_read(a);
	if (retry)
		mux_retry(&a->mux);
	if (outbuf_flush(&a->mux.to_host, a->line) < 0)
		power_off(a);
}

static void line_open(struct agent *a, const char *path)
{
	struct termios t;

	a->line = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (a->line < 0)
		err(1, "%s", path);
	if (tcgetattr(a->line, &t) == 0) {
		cfmakeraw(&t);
		t.c_cflag |= CLOCAL;
		cfsetspeed(&t, B115200);
		tcsetattr(a->line, TCSANOW, &t);
	}
}

int main(int argc, char **argv)
{
	static struct agent a;
	sigset_t child;

	if (argc != 2)
		errx(2, "usage: agent LINE");
	mux_init(&a.mux);
	line_open(&a, argv[1]);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	a.signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	if (a.signals < 0)
		err(1, "signalfd");
	if (outbuf_add(&a.mux.to_host, WIRE_GREETING, strlen(WIRE_GREETING)) <
	    0)
		errx(1, "out of memory");
	for (;;)
		turn(&a);
}
