/* SPDX-License-Identifier: MIT */
/* Where the debugger connects: addresses, and sockets that listen there. */
#ifndef KVMGDB_TRANSPORT_H
#define KVMGDB_TRANSPORT_H

#include <kvmgdb/target.h>
#include <stdbool.h>
#include <sys/stat.h>

enum transport_kind {
	TRANSPORT_NONE,
	TRANSPORT_STDIO,
	TRANSPORT_TCP,
	TRANSPORT_UNIX
};

struct transport_addr {
	enum transport_kind kind;
	char host[256]; /* TCP: a name or an address, without brackets */
	char port[6];   /* TCP: decimal */
	char path[108]; /* UNIX: as sockaddr_un holds it, NUL-terminated */
};

/* "tcp:HOST:PORT", "tcp:[V6]:PORT", "unix:PATH", "stdio" or "none".  An empty
 * HOST is 127.0.0.1.  False with WHY. */
bool transport_parse(const char *text, struct transport_addr *addr,
		     struct kvmgdb_reason *why);

struct transport_listener {
	int fd;
	char name[320]; /* "tcp:127.0.0.1:1234": where it really is */
	/* UNIX: the socket's file, to remove that and no other. */
	char path[108];
	dev_t dev;
	ino_t ino;
};

/*
 * Listen at a TCP or UNIX address; the socket is non-blocking.  A TCP address
 * that others can reach needs ALLOW_REMOTE.  A stale UNIX socket is replaced;
 * the new one has mode 0600.  0 or -errno with WHY.
 *
 * Sets the umask for a moment: to be called while there is one thread.
 */
int transport_listen(const struct transport_addr *addr, bool allow_remote,
		     struct transport_listener *listener,
		     struct kvmgdb_reason *why);

/* Also removes the UNIX socket's file.  Nothing if the fd is -1. */
void transport_close(struct transport_listener *listener);

#endif
