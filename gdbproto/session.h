/* SPDX-License-Identifier: MIT */
/*
 * One client's session: bytes in, bytes out.  No socket, no thread, no clock.
 *
 * The owner feeds what the client sent, takes what is to be sent, and calls
 * gdb_session_poll() when the target has notified it of a stop.
 */
#ifndef GDBPROTO_SESSION_H
#define GDBPROTO_SESSION_H

#include <kvmgdb/target.h>

struct gdb_session;

enum gdb_log_direction { GDB_LOG_IN, GDB_LOG_OUT };

/* What the client was told and asked for, over all sessions that share this. */
struct gdb_counts {
	uint64_t resumes;
	uint64_t stops[KVMGDB_STOP_EXITED + 1]; /* told, by reason */
	enum kvmgdb_stop_reason last;           /* told; valid if stops are */
	uint64_t last_addr;                     /* WRITE, READ, ACCESS */
};

/* Which CPU clients are told of; AUTO: what the guest's mode makes of it. */
enum gdb_arch { GDB_ARCH_X86_64, GDB_ARCH_I386, GDB_ARCH_I8086, GDB_ARCH_AUTO };

struct gdb_session_config {
	/* A monitor command that this library does not know: LINE is the text;
	 * write answers with gdb_session_console().  Returns 0, or -ENOENT for
	 * an unknown command.  May be NULL. */
	int (*monitor)(void *ctx, struct gdb_session *session,
		       const char *line);
	/* Help lines of those commands, "name - what it does\n"...  May be
	 * NULL. */
	const char *monitor_help;
	/* Each packet's payload, decoded, not NUL-terminated.  May be NULL. */
	void (*log_packet)(void *ctx, enum gdb_log_direction direction,
			   const void *data, size_t len);
	/* One line for the operator (a text that this client cannot be shown).
	 * May be NULL. */
	void (*warn)(void *ctx, const char *line);
	/* Milliseconds of a clock that does not go back; what may take long is
	 * given up after a while by it.  NULL: nothing is bounded. */
	uint64_t (*now_ms)(void *ctx);
	void *ctx;
	enum gdb_arch arch;
	/* The guest's ELF file, as a client on this machine finds it; NULL: no
	 * client is told.  Outlives the session. */
	const char *exec_file;
	/* After D the guest stands, and its owner lets it go, or not. */
	bool stay_on_detach;
	/* Counted here; may be NULL. */
	struct gdb_counts *counts;
};

enum gdb_session_end {
	GDB_SESSION_OPEN,
	GDB_SESSION_DETACHED, /* D: breakpoints are gone, the guest runs, or
				 stands if it was to stay */
	GDB_SESSION_KILLED,   /* k, vKill: ops->kill was called */
	GDB_SESSION_ENDING,   /* non-stop: the machine has ended, and the client
				 has not said yet that it knows */
	GDB_SESSION_EXITED,   /* the machine has ended and the client knows */
	GDB_SESSION_BROKEN    /* what came cannot be RSP; hang up */
};

/* Start a session; brings the target to a stand (ops->interrupt).
 * NULL: no memory. */
struct gdb_session *gdb_session_new(const struct kvmgdb_target_ops *ops,
				    void *target,
				    const struct gdb_session_config *config);

/* Frees; touches the target no more.  NULL is allowed. */
void gdb_session_free(struct gdb_session *session);

/* Take LEN bytes from the client; all are consumed.  0 or -ENOMEM. */
int gdb_session_feed(struct gdb_session *session, const void *bytes,
		     size_t len);

/* The target has notified: fetch stops and answer.  0 or -ENOMEM. */
int gdb_session_poll(struct gdb_session *session);

/* What is to be sent: sets DATA, returns the length; valid until the next
 * call.  gdb_session_sent() drops the first LEN bytes. */
size_t gdb_session_output(const struct gdb_session *session,
			  const uint8_t **data);
void gdb_session_sent(struct gdb_session *session, size_t len);

/* After D or an exit send the output, then hang up. */
enum gdb_session_end gdb_session_end(const struct gdb_session *session);

/* Extended mode: when the machine ends now, the client can start it again, so
 * it is not to be torn down. */
bool gdb_session_keeps_machine(const struct gdb_session *session);
/* The machine has ended or was killed, and the client has not started it again:
 * when the connection is lost, nothing is left to go on. */
bool gdb_session_is_over(const struct gdb_session *session);

/* Text for the client's console (an O packet), where the protocol allows one
 * now.  0, -EAGAIN where it does not, -ENOMEM. */
int gdb_session_console(struct gdb_session *session, const char *text);

/* What a client is sent that cannot be served beside another: GDB shows it as
 * the answer to its first packet.  Static; any thread. */
const char *gdb_session_refusal(void);

#endif
