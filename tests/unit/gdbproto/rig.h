/* SPDX-License-Identifier: MIT */
/*
 * A session on a fake target, and a client that decodes answers by itself
 * (none of gdbproto/ is used for that).
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "fake_target.h"

#include <gdbproto/session.h>

#define RIG_TEXT 0x50000u

struct rig {
	struct fake_target fake;
	struct gdb_session *session;
	struct gdb_session_config config;
	bool noack;
	uint64_t clock, tick; /* each look at the clock moves it by that */
	/* From the session, in the last turn. */
	unsigned acks, naks, packets, notifications;
	size_t reply_len, raw_len;
	const char *bad;    /* what was wrong with its output, or NULL */
	char console[4096]; /* text of the O packets */
	char warnings[4096];
	char reply[RIG_TEXT]; /* payload of the last packet, and a NUL */
	char raw[RIG_TEXT];   /* the last turn's bytes */
};

/* A standing target, a fresh session, acknowledgements on. */
void rig_open(struct rig *r);

/* Another client on the same target. */
void rig_reopen(struct rig *r);
void rig_close(struct rig *r);

/* Feed bytes as they are; what comes back is decoded. */
void rig_feed(struct rig *r, const void *bytes, size_t len);

/* Take what the session has put out. */
void rig_take(struct rig *r);

/* Send PAYLOAD as a packet (escaped); acknowledge the answer.  Returns
 * r->reply, or NULL if no packet came. */
const char *rig_send(struct rig *r, const char *payload);
const char *rig_send_bytes(struct rig *r, const void *payload, size_t len);

/* qSupported with these features, NoAck. */
void rig_connect(struct rig *r, const char *features);

/* Let the target run; poll if it has stopped.  As rig_send(). */
const char *rig_run(struct rig *r, unsigned steps);

/* Undo escapes and run lengths of a frame's data; -1 if they are wrong. */
long rig_decode(const char *in, size_t len, char *out, size_t room);

#endif
