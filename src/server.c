/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <errno.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sessionhost.h"

#define READ_BYTES 16384
/* A client that does not read is not read from either, above this. */
#define OUTPUT_HIGH ((size_t)1 << 20)
/* How long a client may take for the last bytes, seconds. */
#define LINGER_SECONDS 2

struct client {
	struct gdb_session *session;
	int rfd, wfd;
	bool owned;         /* close the fds (rfd == wfd then) */
	int rflags, wflags; /* not owned: the file status flags to put back */
	struct event *readable, *writable;
	bool reading, writing; /* those two are waited for */
	struct event *linger;
	bool closing; /* nothing is read any more; ends when all is sent */
};

struct server {
	struct server_config config;
	struct transport_listener at;
	struct evconnlistener *listener; /* NULL: nobody new */
	struct client *client;           /* NULL: none */
	int turned_away;                 /* the last one that was; -1: none */
	bool finishing;                  /* server_finish() was called */
	bool behind; /* a notification waits until the client has read */
	struct sessionhost host;
};

struct server *server_new(const struct server_config *config)
{
	struct server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->config = *config;
	s->host.log = config->log;
	s->at.fd = -1;
	s->turned_away = -1;
	return s;
}

static void free_client(struct client *c)
{
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	if (c->linger != NULL)
		event_free(c->linger);
	gdb_session_free(c->session);
	if (c->owned) {
		close(c->rfd);
	} else {
		fcntl(c->rfd, F_SETFL, c->rflags);
		fcntl(c->wfd, F_SETFL, c->wflags);
	}
	free(c);
}

/* The client is gone, or is sent away. */
static void drop_client(struct server *s, const char *why)
{
	struct client *c = s->client;
	const enum gdb_session_end end = gdb_session_is_over(c->session)
					     ? GDB_SESSION_KILLED
					     : gdb_session_end(c->session);

	log_msg(s->config.log, LOG_INFO, "the client is gone: %s", why);
	s->client = NULL;
	free_client(c);
	/* After a detach this finds nothing; else the client cannot. */
	s->config.ops->bp_clear(s->config.target);
	if (s->config.ops->set_non_stop != NULL)
		s->config.ops->set_non_stop(s->config.target, false);
	s->config.disconnected(s->config.ctx, end);
}

static const char *end_text(enum gdb_session_end end)
{
	switch (end) {
	case GDB_SESSION_OPEN:
		return "the connection was closed";
	case GDB_SESSION_DETACHED:
		return "it detached";
	case GDB_SESSION_KILLED:
		return "it killed the guest";
	case GDB_SESSION_ENDING:
	case GDB_SESSION_EXITED:
		return "the guest has ended";
	case GDB_SESSION_BROKEN:
		return "what it sent is not GDB's protocol";
	}
	return "?";
}

/* libevent is not asked for what is so already: it takes hundreds of
 * instructions to find that out. */
static void wait_for(struct event *event, bool *waiting, bool wanted)
{
	if (*waiting == wanted)
		return;
	if (wanted)
		event_add(event, NULL);
	else
		event_del(event);
	*waiting = wanted;
}

static size_t unsent(const struct client *c)
{
	const uint8_t *data;

	return gdb_session_output(c->session, &data);
}

/* Send what can be sent now.  False: the connection is broken, errno. */
static bool flush(struct client *c)
{
	const uint8_t *data;
	size_t len;

	while ((len = gdb_session_output(c->session, &data)) > 0) {
		const ssize_t n = write(c->wfd, data, len);

		if (n >= 0)
			gdb_session_sent(c->session, (size_t)n);
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			return false;
	}
	wait_for(c->writable, &c->writing, len > 0);
	return true;
}

/* It has so long to take what is still to be said. */
static void start_lingering(struct client *c)
{
	const struct timeval linger = {LINGER_SECONDS, 0};

	if (!evtimer_pending(c->linger, NULL))
		event_add(c->linger, &linger);
}

static void start_closing(struct client *c)
{
	c->closing = true;
	wait_for(c->readable, &c->reading, false);
	start_lingering(c);
}

/* After anything that the session did. */
static void settle(struct server *s)
{
	struct client *c = s->client;
	enum gdb_session_end end;

	if (!flush(c)) {
		drop_client(s, strerror(errno));
		return;
	}
	end = gdb_session_end(c->session);
	if (!c->closing && end == GDB_SESSION_ENDING)
		start_lingering(c);
	else if (!c->closing && end != GDB_SESSION_OPEN)
		start_closing(c);
	if (c->closing) {
		if (unsent(c) == 0)
			drop_client(s, end_text(end));
		return;
	}
	wait_for(c->readable, &c->reading, unsent(c) <= OUTPUT_HIGH);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	uint8_t bytes[READ_BYTES];
	ssize_t n;

	(void)what;
	n = read(fd, bytes, sizeof(bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop_client(s, n == 0 ? end_text(GDB_SESSION_OPEN)
				      : strerror(errno));
		return;
	}
	if (gdb_session_feed(s->client->session, bytes, (size_t)n) < 0) {
		log_msg(s->config.log, LOG_ERROR,
			"no memory for the client's session; hanging up");
		drop_client(s, "no memory");
		return;
	}
	settle(s);
	if (s->client != NULL && s->config.ops->poll_stop != NULL &&
	    s->config.ops->poll_stop(s->config.target))
		server_poll(s);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	settle(s);
	if (s->behind)
		server_poll(s);
}

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	drop_client(s, "it did not take the last answer in time");
}

/* Make the client's session.  OWNED fds are closed in any case; others are put
 * back to the mode they had. */
static int open_client(struct server *s, int rfd, int wfd, bool owned)
{
	struct gdb_session_config config = {.stay_on_detach =
						s->config.stay_on_detach,
					    .arch = s->config.arch,
					    .exec_file = s->config.exec_file};
	struct event_base *base = s->config.base;
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		if (owned)
			close(rfd);
		return -ENOMEM;
	}
	c->rfd = rfd;
	c->wfd = wfd;
	c->owned = owned;
	c->rflags = fcntl(rfd, F_GETFL);
	c->wflags = fcntl(wfd, F_GETFL);
	sessionhost_config(&s->host, &config);
	c->readable =
	    event_new(base, rfd, EV_READ | EV_PERSIST, on_readable, s);
	c->writable =
	    event_new(base, wfd, EV_WRITE | EV_PERSIST, on_writable, s);
	c->linger = evtimer_new(base, on_linger, s);
	if (c->readable != NULL && c->writable != NULL && c->linger != NULL)
		c->session =
		    gdb_session_new(s->config.ops, s->config.target, &config);
	if (c->session == NULL || evutil_make_socket_nonblocking(rfd) < 0 ||
	    evutil_make_socket_nonblocking(wfd) < 0 ||
	    event_add(c->readable, NULL) < 0) {
		free_client(c);
		return -ENOMEM;
	}
	c->reading = true;
	s->client = c;
	settle(s);
	return 0;
}

/* Has the present client hung up, though nobody has looked yet?  Then what it
 * said before counts, and it is gone. */
static void look_at_client(struct server *s)
{
	const struct client *c = s->client;
	struct pollfd fd = {.fd = c->rfd, .events = POLLRDHUP};

	while (s->client == c && poll(&fd, 1, 0) == 1 &&
	       (fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
		if (c->closing)
			drop_client(s, end_text(gdb_session_end(c->session)));
		else
			on_readable(c->rfd, EV_READ, s);
	}
}

/* GDB shows what answers its first packet so.  The connection stays until the
 * next one's turn: closed with words of GDB's unread it would be reset, and
 * ours lost. */
static void turn_away(struct server *s, int fd)
{
	const char *text = gdb_session_refusal();

	log_msg(s->config.log, LOG_WARN,
		"another client was turned away: one is connected already");
	if (s->turned_away >= 0)
		close(s->turned_away);
	s->turned_away = fd;
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) > 0)
		shutdown(fd, SHUT_WR);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *addr, int len, void *arg)
{
	struct server *s = arg;
	const int on = 1;

	(void)listener;
	(void)len;
	if (s->client != NULL)
		look_at_client(s);
	if (s->client != NULL) {
		turn_away(s, fd);
		return;
	}
	if (s->finishing) {
		log_msg(s->config.log, LOG_WARN,
			"another client was turned away: the guest has ended");
		close(fd);
		return;
	}
	if (addr->sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	log_msg(s->config.log, LOG_INFO, "a client connected to %s",
		s->at.name);
	if (open_client(s, fd, fd, true) < 0)
		log_msg(s->config.log, LOG_ERROR,
			"no memory for a client; it was turned away");
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	const struct server *s = arg;

	(void)listener;
	log_msg(s->config.log, LOG_ERROR, "accept at %s: %s", s->at.name,
		strerror(errno));
}

int server_listen(struct server *server, const struct transport_listener *at)
{
	server->at = *at;
	/* backlog 0: it listens already */
	server->listener =
	    evconnlistener_new(server->config.base, on_accept, server,
			       LEV_OPT_CLOSE_ON_EXEC, 0, server->at.fd);
	if (server->listener == NULL)
		return -ENOMEM;
	evconnlistener_set_error_cb(server->listener, on_accept_error);
	return 0;
}

int server_attach(struct server *server, int rfd, int wfd)
{
	return open_client(server, rfd, wfd, false);
}

void server_poll(struct server *server)
{
	server->behind = false;
	if (server->client == NULL || server->client->closing)
		return;
	server->behind = unsent(server->client) > OUTPUT_HIGH;
	if (server->behind)
		return;
	if (gdb_session_poll(server->client->session) < 0)
		drop_client(server, "no memory");
	else
		settle(server);
}

bool server_keeps_machine(const struct server *server)
{
	return server->client != NULL && !server->client->closing &&
	       gdb_session_keeps_machine(server->client->session);
}

bool server_has_client(const struct server *server)
{
	return server->client != NULL;
}

const struct gdb_counts *server_counts(const struct server *server)
{
	return &server->host.counts;
}

bool server_finish(struct server *server)
{
	server->finishing = true;
	if (server->client == NULL)
		return false;
	server_poll(server);
	/* A client that has no question open cannot be told anything. */
	if (server->client != NULL && !server->client->closing &&
	    gdb_session_end(server->client->session) != GDB_SESSION_ENDING)
		drop_client(server, "the guest has ended");
	return true;
}

void server_free(struct server *server)
{
	if (server == NULL)
		return;
	if (server->client != NULL)
		free_client(server->client);
	if (server->turned_away >= 0)
		close(server->turned_away);
	if (server->listener != NULL)
		evconnlistener_free(server->listener);
	transport_close(&server->at);
	free(server);
}
