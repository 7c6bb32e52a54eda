/* SPDX-License-Identifier: MIT */
#include "mux.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MAX_ARGS = 64,
	LINE_BACKLOG = 64 * 1024, /* above it no channel is read */
	MAX_RETRIES = 250, /* a server may still be on its way to listen() */
};

void mux_send(struct mux *m, enum wire_type type, uint16_t channel,
	      const void *payload, size_t length)
{
	struct wire_header h = {
	    .type = (uint8_t)type,
	    .channel = channel,
	    .length = (uint16_t)length,
	};

	if (outbuf_add(&m->to_host, &h, sizeof(h)) < 0 ||
	    outbuf_add(&m->to_host, payload, length) < 0)
		errx(1, "out of memory");
}

static void send_status(struct mux *m, enum wire_type type, uint16_t channel,
			int32_t status)
{
	mux_send(m, type, channel, &status, sizeof(status));
}

static struct channel *find_channel(struct mux *m, uint16_t id)
{
	for (size_t i = 0; i < MUX_CHANNELS; i++)
		if (m->channels[i].kind != KIND_FREE && m->channels[i].id == id)
			return &m->channels[i];
	return NULL;
}

static struct channel *new_channel(struct mux *m, enum kind kind, uint16_t id)
{
	for (size_t i = 0; i < MUX_CHANNELS; i++) {
		if (m->channels[i].kind != KIND_FREE)
			continue;
		m->channels[i] =
		    (struct channel){.kind = kind, .id = id, .fd = -1};
		return &m->channels[i];
	}
	mux_send(m, WIRE_CLOSE, id, NULL, 0);
	return NULL;
}

static void free_channel(struct channel *c)
{
	if (c->fd >= 0)
		close(c->fd);
	outbuf_free(&c->out);
	*c = (struct channel){.fd = -1};
}

static void break_channel(struct mux *m, struct channel *c)
{
	mux_send(m, WIRE_CLOSE, c->id, NULL, 0);
	free_channel(c);
}

/* ---- TCP ---- */

static void tcp_try(struct mux *m, struct channel *c)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons(c->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0) {
		break_channel(m, c);
		return;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->connecting = true;
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS && errno != ECONNREFUSED)
		break_channel(m, c);
}

/* The socket is writable for the first time: connected or refused. */
static void tcp_connected(struct mux *m, struct channel *c)
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
		break_channel(m, c);
}

/* Both directions are over, and everything was handed on. */
static bool tcp_done(const struct channel *c)
{
	return c->host_ended && c->we_ended && outbuf_pending(&c->out) == 0;
}

static void tcp_write(struct mux *m, struct channel *c)
{
	if (outbuf_flush(&c->out, c->fd) < 0) {
		break_channel(m, c);
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

static void process_spawn(struct mux *m, uint16_t id, char *text, size_t n)
{
	char *args[MAX_ARGS + 1];
	size_t count = 0;
	int out[2];
	struct channel *c = new_channel(m, KIND_PROCESS, id);

	if (!c)
		return;
	for (size_t i = 0; i < n && count < MAX_ARGS; i += strlen(text + i) + 1)
		args[count++] = text + i;
	args[count] = NULL;
	if (n == 0 || text[n - 1] != '\0' || pipe2(out, O_CLOEXEC) < 0) {
		break_channel(m, c);
		return;
	}
	c->pid = fork();
	if (c->pid == 0)
		process_exec(args, out[1]);
	close(out[1]);
	c->fd = out[0];
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	if (c->pid < 0)
		break_channel(m, c);
}

/* ---- what comes from a channel ---- */

/*
 * One read. false when there is nothing more to read now, or ever; the channel
 * may be gone then.
 */
static bool channel_read(struct mux *m, struct channel *c)
{
	unsigned char bytes[4096];
	ssize_t n = read(c->fd, bytes, sizeof(bytes));

	if (n > 0) {
		mux_send(m, WIRE_DATA, c->id, bytes, (size_t)n);
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0 && c->kind == KIND_TCP) {
		break_channel(m, c);
		return false;
	}
	if (c->kind == KIND_PROCESS) {
		close(c->fd);
		c->fd = -1;
		return false;
	}
	c->we_ended = true;
	mux_send(m, WIRE_END, c->id, NULL, 0);
	if (tcp_done(c))
		free_channel(c);
	return false;
}

/* ---- what comes from the host ---- */

static void store_end(struct mux *m, struct channel *c)
{
	int status = outbuf_flush(&c->out, c->fd);

	send_status(m, WIRE_STORED, c->id, status);
	free_channel(c);
}

static void open_store(struct mux *m, uint16_t id, const char *path, size_t n)
{
	char name[4096];
	struct channel *c = new_channel(m, KIND_FILE, id);

	if (!c)
		return;
	if (n >= sizeof(name))
		n = sizeof(name) - 1;
	memcpy(name, path, n);
	name[n] = '\0';
	c->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (c->fd < 0) {
		send_status(m, WIRE_STORED, id, -errno);
		free_channel(c);
	}
}

/* Frames for a channel that is there. */
static void channel_frame(struct mux *m, struct channel *c, unsigned int type,
			  const unsigned char *payload, size_t n)
{
	switch (type) {
	case WIRE_DATA:
		if (outbuf_add(&c->out, payload, n) < 0)
			break_channel(m, c);
		else if (c->kind == KIND_TCP && c->fd >= 0 && !c->connecting)
			tcp_write(m, c);
		break;
	case WIRE_END:
		c->host_ended = true;
		if (c->kind == KIND_FILE)
			store_end(m, c);
		else if (c->kind == KIND_TCP && c->fd >= 0 && !c->connecting)
			tcp_write(m, c);
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

void mux_frame(struct mux *m, const struct wire_header *h,
	       unsigned char *payload)
{
	struct channel *c = find_channel(m, h->channel);
	uint16_t port;

	switch (h->type) {
	case WIRE_CONNECT:
		if (h->length != sizeof(port))
			break;
		memcpy(&port, payload, sizeof(port));
		c = new_channel(m, KIND_TCP, h->channel);
		if (c) {
			c->port = port;
			tcp_try(m, c);
		}
		break;
	case WIRE_SPAWN:
		process_spawn(m, h->channel, (char *)payload, h->length);
		break;
	case WIRE_STORE:
		open_store(m, h->channel, (char *)payload, h->length);
		break;
	default:
		if (c)
			channel_frame(m, c, h->type, payload, h->length);
		break;
	}
}

/* ---- for the loop ---- */

void mux_init(struct mux *m)
{
	*m = (struct mux){0};
	for (size_t i = 0; i < MUX_CHANNELS; i++)
		m->channels[i].fd = -1;
}

static short wanted(const struct mux *m, const struct channel *c)
{
	short events = 0;

	if (c->connecting)
		return POLLOUT;
	if (!c->we_ended && c->kind != KIND_FILE &&
	    outbuf_pending(&m->to_host) < LINE_BACKLOG)
		events |= POLLIN;
	if (c->kind == KIND_TCP && outbuf_pending(&c->out) > 0)
		events |= POLLOUT;
	return events;
}

size_t mux_poll(const struct mux *m, struct pollfd *fds, size_t *index)
{
	size_t count = 0;

	for (size_t i = 0; i < MUX_CHANNELS; i++) {
		const struct channel *c = &m->channels[i];
		short events;

		if (c->kind == KIND_FREE || c->fd < 0)
			continue;
		events = wanted(m, c);
		if (events == 0)
			continue;
		index[count] = i;
		fds[count++] = (struct pollfd){.fd = c->fd, .events = events};
	}
	return count;
}

void mux_ready(struct mux *m, size_t index, short events)
{
	struct channel *c = &m->channels[index];
	uint16_t id = c->id;

	if (c->connecting) {
		tcp_connected(m, c);
		if (c->kind == KIND_TCP && c->fd >= 0)
			tcp_write(m, c);
		return;
	}
	if (c->kind == KIND_TCP && (events & POLLOUT))
		tcp_write(m, c);
	if (c->kind != KIND_FREE && c->id == id &&
	    (events & (POLLIN | POLLHUP | POLLERR)))
		(void)channel_read(m, c);
}

bool mux_must_retry(const struct mux *m)
{
	for (size_t i = 0; i < MUX_CHANNELS; i++)
		if (m->channels[i].kind == KIND_TCP && m->channels[i].fd < 0)
			return true;
	return false;
}

void mux_retry(struct mux *m)
{
	for (size_t i = 0; i < MUX_CHANNELS; i++)
		if (m->channels[i].kind == KIND_TCP && m->channels[i].fd < 0)
			tcp_try(m, &m->channels[i]);
}

void mux_exited(struct mux *m, pid_t pid, int status)
{
	for (size_t i = 0; i < MUX_CHANNELS; i++) {
		struct channel *c = &m->channels[i];

		if (c->kind != KIND_PROCESS || c->pid != pid)
			continue;
		while (c->fd >= 0 && channel_read(m, c))
			;
		send_status(m, WIRE_EXIT, c->id, status);
		free_channel(c);
	}
}
