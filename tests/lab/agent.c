/* SPDX-License-Identifier: MIT */
/*
 * The lab's end of the serial line: carries TCP connections, processes and
 * files for the host (see wire.h). Started by the lab's /init with the line's
 * device as its one argument; powers the machine off when told to or when the
 * line is gone.
 */
#include "outbuf.h"
#include "wire.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
	MAX_CHANNELS = 128,
	MAX_ARGS = 64,
	LINE_BACKLOG = 64 * 1024, /* above it no channel is read */
	RETRY_MS = 20,
	MAX_RETRIES = 250, /* a server may still be on its way to listen() */
};

enum kind { KIND_FREE, KIND_TCP, KIND_PROCESS, KIND_FILE };

struct channel {
	enum kind kind;
	uint16_t id;
	uint16_t port;
	int fd; /* -1: none at the moment (TCP: to be tried again) */
	bool connecting;
	bool host_ended; /* the host sent END */
	bool we_ended;   /* we sent END */
	unsigned int retries;
	pid_t pid;
	struct outbuf out; /* to fd */
};

struct agent {
	int line;
	int signals;
	bool greeted;
	size_t greeting_seen; /* bytes of it matched so far */
	struct outbuf to_host;
	unsigned char in[sizeof(struct wire_header) + WIRE_PAYLOAD_MAX];
	size_t in_len;
	struct channel channels[MAX_CHANNELS];
};

static void send_frame(struct agent *a, enum wire_type type, uint16_t channel,
		       const void *payload, size_t length)
{
	struct wire_header h = {
	    .type = (uint8_t)type,
	    .channel = channel,
	    .length = (uint16_t)length,
	};

	if (outbuf_add(&a->to_host, &h, sizeof(h)) < 0 ||
	    outbuf_add(&a->to_host, payload, length) < 0)
		errx(1, "out of memory");
}

static void send_status(struct agent *a, enum wire_type type, uint16_t channel,
			int32_t status)
{
	send_frame(a, type, channel, &status, sizeof(status));
}

static struct channel *find_channel(struct agent *a, uint16_t id)
{
	for (size_t i = 0; i < MAX_CHANNELS; i++)
		if (a->channels[i].kind != KIND_FREE && a->channels[i].id == id)
			return &a->channels[i];
	return NULL;
}

static struct channel *new_channel(struct agent *a, enum kind kind, uint16_t id)
{
	for (size_t i = 0; i < MAX_CHANNELS; i++) {
		if (a->channels[i].kind != KIND_FREE)
			continue;
		a->channels[i] =
		    (struct channel){.kind = kind, .id = id, .fd = -1};
		return &a->channels[i];
	}
	send_frame(a, WIRE_CLOSE, id, NULL, 0);
	return NULL;
}

static void free_channel(struct channel *c)
{
	if (c->fd >= 0)
		close(c->fd);
	outbuf_free(&c->out);
	*c = (struct channel){.fd = -1};
}

static void break_channel(struct agent *a, struct channel *c)
{
	send_frame(a, WIRE_CLOSE, c->id, NULL, 0);
	free_channel(c);
}

/* ---- TCP ---- */

static void tcp_try(struct agent *a, struct channel *c)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons(c->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0) {
		break_channel(a, c);
		return;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->connecting = true;
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS && errno != ECONNREFUSED)
		break_channel(a, c);
}

/* The socket is writable for the first time: connected or refused. */
static void tcp_connected(struct agent *a, struct channel *c)
{
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error == 0) {
		struct sockaddr_in peer;

		size = sizeof(peer);
		if (getpeername(c->fd, (struct sockaddr *)&peer, &size) < 0)
			error = ECONNREFUSED;
	}
	if (error == 0) {
		c->connecting = false;
		return;
	}
	close(c->fd);
	c->fd = -1;
	if (error != ECONNREFUSED || ++c->retries > MAX_RETRIES)
		break_channel(a, c);
}

/* Both directions are over, and everything was handed on. */
static bool tcp_done(const struct channel *c)
{
	return c->host_ended && c->we_ended && outbuf_pending(&c->out) == 0;
}

static void tcp_write(struct agent *a, struct channel *c)
{
	if (outbuf_flush(&c->out, c->fd) < 0) {
		break_channel(a, c);
		return;
	}
	if (c->host_ended && outbuf_pending(&c->out) == 0)
		shutdown(c->fd, SHUT_WR);
	if (tcp_done(c))
		free_channel(c);
}

/* ---- processes ---- */

static void process_exec(char **args, int out)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	execvp(args[0], args);
	warn("%s", args[0]);
	_exit(127);
}

static void process_spawn(struct agent *a, uint16_t id, char *text, size_t n)
{
	char *args[MAX_ARGS + 1];
	size_t count = 0;
	int out[2];
	struct channel *c = new_channel(a, KIND_PROCESS, id);

	if (!c)
		return;
	for (size_t i = 0; i < n && count < MAX_ARGS; i += strlen(text + i) + 1)
		args[count++] = text + i;
	args[count] = NULL;
	if (n == 0 || text[n - 1] != '\0' || pipe2(out, O_CLOEXEC) < 0) {
		break_channel(a, c);
		return;
	}
	c->pid = fork();
	if (c->pid == 0)
		process_exec(args, out[1]);
	close(out[1]);
	c->fd = out[0];
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	if (c->pid < 0)
		break_channel(a, c);
}

/* ---- what comes from a channel ---- */

/*
 * One read. false when there is nothing more to read now, or ever; the channel
 * may be gone then.
 */
static bool channel_read(struct agent *a, struct channel *c)
{
	unsigned char bytes[4096];
	ssize_t n = read(c->fd, bytes, sizeof(bytes));

	if (n > 0) {
		send_frame(a, WIRE_DATA, c->id, bytes, (size_t)n);
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0 && c->kind == KIND_TCP) {
		break_channel(a, c);
		return false;
	}
	if (c->kind == KIND_PROCESS) {
		close(c->fd);
		c->fd = -1;
		return false;
	}
	c->we_ended = true;
	send_frame(a, WIRE_END, c->id, NULL, 0);
	if (tcp_done(c))
		free_channel(c);
	return false;
}

static void reap(struct agent *a)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(a->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < MAX_CHANNELS; i++) {
			struct channel *c = &a->channels[i];

			if (c->kind != KIND_PROCESS || c->pid != pid)
				continue;
			while (c->fd >= 0 && channel_read(a, c))
				;
			send_status(a, WIRE_EXIT, c->id, status);
			free_channel(c);
		}
	}
}

/* ---- what comes from the host ---- */

static void store_end(struct agent *a, struct channel *c)
{
	int status = outbuf_flush(&c->out, c->fd);

	send_status(a, WIRE_STORED, c->id, status);
	free_channel(c);
}

static void power_off(struct agent *a)
{
	(void)outbuf_flush(&a->to_host, a->line);
	(void)tcdrain(a->line);
	sync();
	reboot(RB_POWER_OFF);
	exit(0);
}

static void open_store(struct agent *a, uint16_t id, const char *path, size_t n)
{
	char name[4096];
	struct channel *c = new_channel(a, KIND_FILE, id);

	if (!c)
		return;
	if (n >= sizeof(name))
		n = sizeof(name) - 1;
	memcpy(name, path, n);
	name[n] = '\0';
	c->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (c->fd < 0) {
		send_status(a, WIRE_STORED, id, -errno);
		free_channel(c);
	}
}

/* Frames for a channel that is there. */
static void channel_frame(struct agent *a, struct channel *c, unsigned int type,
			  const unsigned char *payload, size_t n)
{
	switch (type) {
	case WIRE_DATA:
		if (outbuf_add(&c->out, payload, n) < 0)
			break_channel(a, c);
		else if (c->kind == KIND_TCP && c->fd >= 0 && !c->connecting)
			tcp_write(a, c);
		break;
	case WIRE_END:
		c->host_ended = true;
		if (c->kind == KIND_FILE)
			store_end(a, c);
		else if (c->kind == KIND_TCP && c->fd >= 0 && !c->connecting)
			tcp_write(a, c);
		break;
	case WIRE_CLOSE:
		if (c->kind != KIND_PROCESS)
			free_channel(c);
		break;
	case WIRE_SIGNAL:
		if (c->kind == KIND_PROCESS && n == 1)
			kill(-c->pid, payload[0]);
		break;
	default:
		break;
	}
}

static void frame(struct agent *a, const struct wire_header *h,
		  unsigned char *payload)
{
	struct channel *c = find_channel(a, h->channel);
	uint16_t port;

	switch (h->type) {
	case WIRE_CONNECT:
		if (h->length != sizeof(port))
			break;
		memcpy(&port, payload, sizeof(port));
		c = new_channel(a, KIND_TCP, h->channel);
		if (c) {
			c->port = port;
			tcp_try(a, c);
		}
		break;
	case WIRE_SPAWN:
		process_spawn(a, h->channel, (char *)payload, h->length);
		break;
	case WIRE_STORE:
		open_store(a, h->channel, (char *)payload, h->length);
		break;
	case WIRE_PING:
		send_frame(a, WIRE_PONG, h->channel, payload, h->length);
		break;
	case WIRE_QUIT:
		power_off(a);
		break;
	default:
		if (c)
			channel_frame(a, c, h->type, payload, h->length);
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

/* ---- the loop ---- */

static short wanted(const struct agent *a, const struct channel *c)
{
	short events = 0;

	if (c->connecting)
		return POLLOUT;
	if (!c->we_ended && c->kind != KIND_FILE &&
	    outbuf_pending(&a->to_host) < LINE_BACKLOG)
		events |= POLLIN;
	if (c->kind == KIND_TCP && outbuf_pending(&c->out) > 0)
		events |= POLLOUT;
	return events;
}

static void channel_ready(struct agent *a, struct channel *c, short events)
{
	uint16_t id = c->id;

	if (c->connecting) {
		tcp_connected(a, c);
		if (c->kind == KIND_TCP && c->fd >= 0)
			tcp_write(a, c);
		return;
	}
	if (c->kind == KIND_TCP && (events & POLLOUT))
		tcp_write(a, c);
	if (c->kind != KIND_FREE && c->id == id &&
	    (events & (POLLIN | POLLHUP | POLLERR)))
		(void)channel_read(a, c);
}

static void turn(struct agent *a)
{
	struct pollfd fds[MAX_CHANNELS + 2];
	size_t index[MAX_CHANNELS], count = 0;
	int timeout = -1;

	for (size_t i = 0; i < MAX_CHANNELS; i++) {
		struct channel *c = &a->channels[i];
		short events;

		if (c->kind == KIND_TCP && c->fd < 0) {
			timeout = RETRY_MS;
			continue;
		}
		if (c->kind == KIND_FREE || c->fd < 0)
			continue;
		events = wanted(a, c);
		if (events == 0)
			continue;
		index[count] = i;
		fds[count++] = (struct pollfd){.fd = c->fd, .events = events};
	}
	fds[count] = (struct pollfd){.fd = a->signals, .events = POLLIN};
	fds[count + 1] = (struct pollfd){.fd = a->line, .events = POLLIN};
	if (outbuf_pending(&a->to_host) > 0)
		fds[count + 1].events |= POLLOUT;

	if (poll(fds, count + 2, timeout) < 0 && errno != EINTR)
		err(1, "poll");

	for (size_t i = 0; i < count; i++)
		if (fds[i].revents)
			channel_ready(a, &a->channels[index[i]],
				      fds[i].revents);
	if (fds[count].revents)
		reap(a);
	if (fds[count + 1].revents & (POLLIN | POLLHUP | POLLERR))
		line_read(a);
	for (size_t i = 0; timeout >= 0 && i < MAX_CHANNELS; i++)
		if (a->channels[i].kind == KIND_TCP && a->channels[i].fd < 0)
			tcp_try(a, &a->channels[i]);
	if (outbuf_flush(&a->to_host, a->line) < 0)
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
	for (size_t i = 0; i < MAX_CHANNELS; i++)
		a.channels[i].fd = -1;
	line_open(&a, argv[1]);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	a.signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	if (a.signals < 0)
		err(1, "signalfd");
	if (outbuf_add(&a.to_host, WIRE_GREETING, strlen(WIRE_GREETING)) < 0)
		errx(1, "out of memory");
	for (;;)
		turn(&a);
}
