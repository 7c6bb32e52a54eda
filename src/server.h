/* SPDX-License-Identifier: MIT */
/*
 * Serves one GDB client at a time: between a transport and a gdb_session.
 * All on the loop's thread.
 */
#ifndef KVMGDB_SERVER_H
#define KVMGDB_SERVER_H

#include <event2/event.h>

#include "gdbproto/session.h"
#include "log.h"
#include "transport.h"

struct server;

struct server_config {
	struct event_base *base;
	struct log *log;
	const struct kvmgdb_target_ops *ops;
	void *target;
	/* A client is gone; its breakpoints are too.  END says how: OPEN is a
	 * connection that was lost.  The server may be freed later, not in
	 * here. */
	void (*disconnected)(void *ctx, enum gdb_session_end end);
	void *ctx;
	bool stay_on_detach; /* see struct gdb_session_config */
	enum gdb_arch arch;
	const char *exec_file;
};

struct server *server_new(const struct server_config *config);

/* Serve who comes, or has come, to AT, which is the server's from now on.  0,
 * -ENOMEM. */
int server_listen(struct server *server, const struct transport_listener *at);

/* The client is at RFD and WFD, which stay the caller's and are
 * non-blocking while the client is there.  0, -errno. */
int server_attach(struct server *server, int rfd, int wfd);

/* The target has notified. */
void server_poll(struct server *server);

/* Over all clients so far. */
const struct gdb_counts *server_counts(const struct server *server);

/* The client will be told of the machine's end, and can start it again. */
bool server_keeps_machine(const struct server *server);

bool server_has_client(const struct server *server);

/* No new clients.  The present one is told of the end if it waits for a stop,
 * and has a while to take that; disconnected() is called then, or in here.
 * False if there is none. */
bool server_finish(struct server *server);

/* Hangs up; NULL is allowed. */
void server_free(struct server *server);

#endif
