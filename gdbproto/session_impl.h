/* SPDX-License-Identifier: MIT */
/*
 * Inside of a session: what the families of packets share.
 *
 * A handler is given what follows its prefix and builds the payload of its
 * answer in s->reply.  An empty answer means "not supported" to every client,
 * so a handler that has nothing to say says rsp_ok() or rsp_error(), and one
 * that answers later, or never, says rsp_silent().
 */
#ifndef GDBPROTO_SESSION_IMPL_H
#define GDBPROTO_SESSION_IMPL_H

#include "buffer.h"
#include "hex.h"
#include "packet.h"
#include "session.h"
#include "tdesc.h"
#include "threadid.h"

/* Bytes of a packet, both ways: what is announced as PacketSize. */
#define SESSION_PACKET_SIZE 0x20000u

enum session_ack {
	SESSION_ACK,
	SESSION_ACK_ENDING, /* OK to QStartNoAckMode awaits its '+' */
	SESSION_NOACK
};

/* Which packet a stop will be the answer to. */
enum session_wait {
	SESSION_WAIT_NOTHING,
	SESSION_WAIT_QUERY,  /* `?`, which came before the target stood */
	SESSION_WAIT_RESUME, /* vCont and its like */
	SESSION_WAIT_DETACH  /* D, which came before the target stood */
};

/* GDB's own signal numbers (include/gdb/signals.def). */
enum { SIGNAL_INT = 2, SIGNAL_QUIT = 3, SIGNAL_TRAP = 5, SIGNAL_ABRT = 6 };

/* Extended mode: is there a machine, as far as the client knows? */
enum session_life {
	LIFE_HERE,
	LIFE_LEFT, /* detached from; it can be attached to */
	LIFE_GONE  /* it has ended, or was killed; only `run` brings it back */
};

/* Non-stop: what the client knows of a thread. */
enum thread_state {
	THREAD_RUNNING,
	THREAD_QUEUED, /* it has stopped, and the client was not told yet, or
			  has not said that it knows */
	THREAD_STOPPED
};

struct session_thread {
	enum thread_state state;
	unsigned signal; /* of an interrupt */
	struct kvmgdb_stop stop;
};

struct gdb_session {
	const struct kvmgdb_target_ops *ops;
	void *target;
	struct gdb_session_config config;
	unsigned vcpus;
	enum gdb_session_end end;
	bool out_of_memory; /* sticky: an answer may be missing */

	struct packet_in in;
	struct buffer reply; /* the payload being built */
	bool silent;         /* the packet being handled gets no answer now */
	bool in_monitor;     /* qRcmd is being handled: O packets are allowed */
	struct buffer frame; /* the last packet sent, for '-' */
	struct buffer out;
	/* What qXfer reads in parts, from its first part on. */
	struct buffer description, thread_list;
	/* Offsets in all that was ever put out: what the owner has taken, and
	 * the end of the last packet.  A '-' for what is not sent yet is noise.
	 */
	uint64_t out_taken, frame_end;

	enum session_ack ack;
	/* What the client announced in qSupported. */
	bool multiprocess, swbreak, hwbreak, no_resumed, error_message;
	bool extended;
	bool exec_events;
	enum tdesc_arch arch; /* of the description */
	bool described;       /* the client has it */
	bool error_strings;   /* LLDB's: errors have a text behind the number */
	bool lldb;            /* the client has asked what only LLDB asks */
	bool physical;        /* addresses in packets are guest-physical */
	enum session_life life; /* not HERE: no stop is fetched or waited for */

	/*
	 * Invariants: wait is not NOTHING only while running is true.  running
	 * goes true by a resume (or in gdb_session_new()) and false when a stop
	 * is fetched into `stop`.  While it is false no stop is fetched: what
	 * the target has yet to say comes at the next resume.
	 */
	bool running;
	enum session_wait wait;
	bool attaching;    /* not resumed yet by this client */
	bool interrupting; /* ops->interrupt() was called for this run */
	bool told;         /* the client knows `stop` */
	struct kvmgdb_stop stop;

	unsigned current; /* vCPU of g, m, ...: Hg, or that of the stop */
	struct threadid resume_thread; /* Hc, for c and s */
	/* One a vCPU: scratch of resumes. */
	struct kvmgdb_action *actions;
	bool *taken;             /* vCont: has its action */
	struct agent_vars *vars; /* of conditions; NULL until needed */

	/* Non-stop; see nonstop.c.  running is false there, and wait is
	 * NOTHING. */
	bool non_stop;
	bool notified; /* the head of the queue was told, and awaits vStopped */
	bool listing;  /* ... as the answer to `?` */
	struct session_thread *threads; /* one a vCPU */
	struct kvmgdb_stop *queue;      /* one a vCPU, and an end */
	unsigned queued;
	unsigned last_resumed; /* vCPU */
};

/* Families: tables that end in a row without a prefix. */
typedef void session_handler(struct gdb_session *s, struct hex_in args);

enum {
	SESSION_EXACT = 1,    /* the packet is the prefix and nothing more */
	SESSION_STOPPED = 2,  /* refused while vCPUs run; not in non-stop */
	SESSION_REGISTERS = 4 /* ... where it is refused if its thread runs */
};

struct session_command {
	const char *prefix;
	session_handler *handler;
	unsigned flags;
};

extern const struct session_command query_commands[];
extern const struct session_command register_commands[];
extern const struct session_command memory_commands[];
extern const struct session_command scan_commands[];
extern const struct session_command breakpoint_commands[];
extern const struct session_command resume_commands[];
extern const struct session_command process_commands[];
extern const struct session_command nonstop_commands[];
extern const struct session_command extended_commands[];
extern const struct session_command monitor_commands[];
extern const struct session_command lldb_commands[];

/* ---- answers (reply.c) ---- */

void rsp_ok(struct gdb_session *s);
/* "Enn" for a -errno, or words for it if the client shows them. */
void rsp_error(struct gdb_session *s, int error);
/* As rsp_error(), but with this text in any case. */
void rsp_error_text(struct gdb_session *s, const char *text);
/* As rsp_error(), with a text for the client if it shows one, else for the
 * operator. */
void rsp_refuse(struct gdb_session *s, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rsp_silent(struct gdb_session *s);
/* Add a packet to the output, remembered for a '-'. */
void rsp_send(struct gdb_session *s, const void *payload, size_t len);
/* The same for a notification, which has no answer. */
void rsp_notify(struct gdb_session *s, const char *name, const void *payload,
		size_t len);
/* Text as O packets, of any length; the caller knows that they are allowed. */
void rsp_console(struct gdb_session *s, const char *text, size_t len);
/* What filters have printed, ALL of it or one packet of it (another
 * notification will follow): to the console, or, where the protocol
 * allows none now, to the operator. */
void rsp_filter_text(struct gdb_session *s, bool all);
void rsp_warn(struct gdb_session *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- stops (stop.c) ---- */

/* The stop reply of s->stop into s->reply; the client knows it then, and its
 * thread is the current one. */
void stop_report(struct gdb_session *s);
/* Fetch a stop if the target has one, or stands without one to tell; true if
 * the vCPUs stand and s->stop is valid. */
bool stop_fetch(struct gdb_session *s);
/* Ask for a stop.  If the target stands already the stop is there at once;
 * the caller looks at s->running. */
void stop_request(struct gdb_session *s);
/* A stop has been fetched: give the answer that waits for it, if any. */
void stop_deliver(struct gdb_session *s);

/* ---- non-stop (nonstop.c) ---- */

/* It is on, or the machine is another one: all threads that stand are known to
 * the client, and nothing is queued. */
void nonstop_begin(struct gdb_session *s);
/* Fetch what the target has to tell, and notify of it if that is the turn. */
void nonstop_pump(struct gdb_session *s);
/* The answer to `?`. */
void nonstop_why(struct gdb_session *s);
/* s->actions and s->taken have been parsed: the answer to vCont. */
void nonstop_vcont(struct gdb_session *s);
/* Ctrl-C: the thread that was let go last, or another that runs. */
void nonstop_interrupt(struct gdb_session *s);
/* 0, or -EBUSY if it is about registers of a thread that runs. */
int nonstop_check(const struct gdb_session *s, bool registers);

/* ---- extended mode (extended.c) ---- */

/* Start the machine again; all stand, and s->stop is what to tell.  0, or
 * -errno of ops->reset. */
int extended_restart(struct gdb_session *s);
/* It was left: has it ended meanwhile? */
void extended_poll(struct gdb_session *s);
/* The machine is not the client's any more: the session ends so, or, in
 * extended mode, goes on without it. */
void extended_leave(struct gdb_session *s, enum session_life life,
		    enum gdb_session_end end);

/* ---- process.c ---- */

/* Let everything go and end the session, in answer to D; the target stands. */
void process_detach(struct gdb_session *s);

/* ---- memory.c ---- */

/* Memory as the client now means it: see kvmgdb_target_ops.mem_read. */
ssize_t memory_read(struct gdb_session *s, uint64_t addr, void *buf,
		    size_t len);

/* ---- registers.c ---- */

/* As kvmgdb_target_ops.reg_read, with PC as the client has it. */
ssize_t register_read(struct gdb_session *s, unsigned vcpu, enum kvmgdb_reg reg,
		      uint8_t *value);

/* ---- resume.c ---- */

/* All entries of s->actions. */
void resume_set_all(struct gdb_session *s, enum kvmgdb_action_kind kind);

#endif
