/* SPDX-License-Identifier: MIT */
/*
 * What a session of gdbproto/ is given by the program: a log, the monitor
 * commands that are the server's own, a clock, and counts.
 */
#ifndef KVMGDB_SESSIONHOST_H
#define KVMGDB_SESSIONHOST_H

#include "gdbproto/session.h"
#include "log.h"

/* Zeroes, but for LOG.  Outlives its sessions. */
struct sessionhost {
	struct log *log;
	struct gdb_counts counts; /* over all sessions so far */
	/* The last packet of the client's, or its beginning, for the log. */
	uint8_t asked[32];
	size_t asked_len;
};

/* Fill in that part of CONFIG. */
void sessionhost_config(struct sessionhost *host,
			struct gdb_session_config *config);

#endif
