/* SPDX-License-Identifier: MIT */
#include "transport.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

static int fail(struct kvmgdb_reason *why, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct kvmgdb_reason *why, int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return error;
}

static bool is_port(const char *text)
{
	unsigned long value = 0;
	size_t len = 0;

	for (; text[len] != '\0'; len++) {
		if (text[len] < '0' || text[len] > '9' || len == 5)
			return false;
		value = value * 10 + (unsigned long)(text[len] - '0');
	}
	return len > 0 && value <= 65535;
}

static bool parse_tcp(const char *text, struct transport_addr *addr,
		      struct kvmgdb_reason *why)
{
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t len;

	if (colon == NULL || !is_port(colon + 1)) {
		fail(why, 0,
		     "tcp:%.80s: want tcp:HOST:PORT, PORT from 0 to "
		     "65535",
		     text);
		return false;
	}
	len = (size_t)(colon - text);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (memchr(host, ':', len) != NULL) {
		fail(why, 0,
		     "tcp:%.80s: an IPv6 address needs brackets, as in "
		     "tcp:[::1]:1234",
		     text);
		return false;
	}
	if (len == 0 && host == text) {
		host = "127.0.0.1";
		len = strlen(host);
	}
	if (len == 0 || len >= sizeof(addr->host)) {
		fail(why, 0, "tcp:%.80s: a host name of %zu bytes", text, len);
		return false;
	}
	addr->kind = TRANSPORT_TCP;
	memcpy(addr->host, host, len);
	addr->host[len] = '\0';
	memcpy(addr->port, colon + 1, strlen(colon + 1) + 1);
	return true;
}

static bool parse_unix(const char *path, struct transport_addr *addr,
		       struct kvmgdb_reason *why)
{
	const size_t len = strlen(path);

	if (len == 0 || len >= sizeof(addr->path)) {
		fail(why, 0,
		     "unix:%.40s%s: the path has %zu bytes; from 1 to "
		     "%zu can be used",
		     path, len > 40 ? "..." : "", len, sizeof(addr->path) - 1);
		return false;
	}
	addr->kind = TRANSPORT_UNIX;
	memcpy(addr->path, path, len + 1);
	return true;
}

bool transport_parse(const char *text, struct transport_addr *addr,
		     struct kvmgdb_reason *why)
{
	memset(addr, 0, sizeof(*addr));
	if (strcmp(text, "none") == 0) {
		addr->kind = TRANSPORT_NONE;
		return true;
	}
	if (strcmp(text, "stdio") == 0) {
		addr->kind = TRANSPORT_STDIO;
		return true;
	}
	if (strncmp(text, "tcp:", 4) == 0)
		return parse_tcp(text + 4, addr, why);
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, addr, why);
	fail(why, 0, "%.80s: want tcp:HOST:PORT, unix:PATH, stdio or none",
	     text);
	return false;
}

static bool is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	}
	return false;
}

static int name_tcp(struct transport_listener *listener)
{
	struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(ss);
	char host[64], port[8];

	if (getsockname(listener->fd, (struct sockaddr *)&ss, &len) < 0)
		return -errno;
	if (getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -EINVAL;
	snprintf(listener->name, sizeof(listener->name),
		 ss.ss_family == AF_INET6 ? "tcp:[%s]:%s" : "tcp:%s:%s", host,
		 port);
	return 0;
}

static int bind_tcp(const struct addrinfo *ai,
		    struct transport_listener *listener)
{
	const int on = 1;
	int rc;

	listener->fd = socket(ai->ai_family,
			      SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return -errno;
	setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener->fd, ai->ai_addr, ai->ai_addrlen) < 0 ||
	    listen(listener->fd, BACKLOG) < 0)
		rc = -errno;
	else
		rc = name_tcp(listener);
	if (rc < 0) {
		close(listener->fd);
		listener->fd = -1;
	}
	return rc;
}

static int listen_tcp(const struct transport_addr *addr, bool allow_remote,
		      struct transport_listener *listener,
		      struct kvmgdb_reason *why)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
				       .ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found;
	int rc;

	rc = getaddrinfo(addr->host, addr->port, &hints, &found);
	if (rc != 0)
		return fail(why, -EADDRNOTAVAIL, "tcp:%.60s:%s: %s", addr->host,
			    addr->port, gai_strerror(rc));
	if (!allow_remote && !is_loopback(found->ai_addr)) {
		freeaddrinfo(found);
		return fail(why, -EPERM,
			    "tcp:%.40s:%s can be reached from outside, and who "
			    "reaches it owns the guest; add --allow-remote if "
			    "that is meant",
			    addr->host, addr->port);
	}
	rc = bind_tcp(found, listener);
	freeaddrinfo(found);
	if (rc == -EADDRINUSE)
		return fail(why, rc,
			    "tcp:%.40s:%s is in use; another debug server may "
			    "have it. --gdb tcp:%.40s:0 takes any free port",
			    addr->host, addr->port, addr->host);
	if (rc < 0)
		return fail(why, rc, "tcp:%.60s:%s: %s", addr->host, addr->port,
			    strerror(-rc));
	return 0;
}

/* Remove a socket that nobody listens on.  0, or -errno with WHY. */
static int remove_stale(const struct sockaddr_un *sun,
			struct kvmgdb_reason *why)
{
	struct stat st;
	int fd, rc = 0;

	if (lstat(sun->sun_path, &st) < 0)
		return 0; /* nothing there, or bind will say what */
	if (!S_ISSOCK(st.st_mode))
		return fail(why, -EEXIST,
			    "unix:%.108s exists and is not a socket",
			    sun->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(why, -errno, "socket: %s", strerror(errno));
	/* ECONNREFUSED is the only sure sign; EAGAIN is a full backlog. */
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0 &&
	    errno == ECONNREFUSED)
		unlink(sun->sun_path);
	else
		rc = fail(why, -EADDRINUSE,
			  "unix:%.108s is in use by another process",
			  sun->sun_path);
	close(fd);
	return rc;
}

static int listen_unix(const struct transport_addr *addr,
		       struct transport_listener *listener,
		       struct kvmgdb_reason *why)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct stat st = {.st_ino = 0};
	mode_t mask;
	int rc;

	memcpy(sun.sun_path, addr->path, sizeof(sun.sun_path));
	rc = remove_stale(&sun, why);
	if (rc < 0)
		return rc;
	listener->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return fail(why, -errno, "socket: %s", strerror(errno));
	/* So that there is no moment at which others could connect. */
	mask = umask(0177);
	rc = bind(listener->fd, (struct sockaddr *)&sun, sizeof(sun)) < 0
		 ? -errno
		 : 0;
	umask(mask);
	if (rc == 0 && (listen(listener->fd, BACKLOG) < 0 ||
			lstat(sun.sun_path, &st) < 0)) {
		rc = -errno;
		unlink(sun.sun_path);
	}
	if (rc < 0) {
		close(listener->fd);
		listener->fd = -1;
		return fail(why, rc, "unix:%.108s: %s", addr->path,
			    strerror(-rc));
	}
	memcpy(listener->path, addr->path, sizeof(listener->path));
	listener->dev = st.st_dev;
	listener->ino = st.st_ino;
	snprintf(listener->name, sizeof(listener->name), "unix:%s", addr->path);
	return 0;
}

int transport_listen(const struct transport_addr *addr, bool allow_remote,
		     struct transport_listener *listener,
		     struct kvmgdb_reason *why)
{
	memset(listener, 0, sizeof(*listener));
	listener->fd = -1;
	if (addr->kind == TRANSPORT_TCP)
		return listen_tcp(addr, allow_remote, listener, why);
	if (addr->kind == TRANSPORT_UNIX)
		return listen_unix(addr, listener, why);
	return fail(why, -EINVAL, "not an address to listen at");
}

void transport_close(struct transport_listener *listener)
{
	struct stat st;

	if (listener->fd < 0)
		return;
	close(listener->fd);
	listener->fd = -1;
	if (listener->path[0] != '\0' && lstat(listener->path, &st) == 0 &&
	    st.st_dev == listener->dev && st.st_ino == listener->ino)
		unlink(listener->path);
}
