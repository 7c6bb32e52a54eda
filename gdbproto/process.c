// SPDX-License-Identifier: MIT
/* The target as a whole, and which thread is meant. */
#include "session_impl.h"

#include <errno.h>

/* `?`: why the target stands.  GDB hangs if the answer is an error. */
static void cmd_why(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	if (s->life != LIFE_HERE) {
		buffer_add_text(&s->reply, "W00");
	} else if (s->non_stop) {
		nonstop_why(s);
	} else if (stop_fetch(s)) {
		stop_report(s);
	} else if (s->wait == SESSION_WAIT_NOTHING) {
		s->wait = SESSION_WAIT_QUERY;
		rsp_silent(s);
	} else {
		/* The answer that the client waits for will tell. */
		rsp_error(s, -EBUSY);
	}
}

void process_detach(struct gdb_session *s)
{
	buffer_clear(&s->reply);
	s->ops->bp_clear(s->target);
	resume_set_all(s, KVMGDB_ACTION_CONTINUE);
	/* Fails only if the machine has ended, or runs anyway. */
	if (!s->config.stay_on_detach)
		s->ops->resume(s->target, s->actions);
	if (s->non_stop)
		s->ops->set_non_stop(s->target, false);
	extended_leave(s, LIFE_LEFT, GDB_SESSION_DETACHED);
	rsp_ok(s);
}

/* `detach`, and `quit` after qAttached said 1. */
static void detach(struct gdb_session *s)
{
	if (s->life != LIFE_HERE) {
		rsp_error(s, -ESRCH);
		return;
	}
	if (stop_fetch(s)) {
		process_detach(s);
	} else if (s->interrupting && s->wait == SESSION_WAIT_NOTHING) {
		/* A resume must wait until the interrupt has taken effect. */
		s->wait = SESSION_WAIT_DETACH;
		rsp_silent(s);
	} else if (s->interrupting) {
		rsp_error(s, -EBUSY);
	} else {
		s->ops->bp_clear(s->target);
		extended_leave(s, LIFE_LEFT, GDB_SESSION_DETACHED);
		rsp_ok(s);
	}
}

static void cmd_detach(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	detach(s);
}

static void cmd_detach_process(struct gdb_session *s, struct hex_in args)
{
	bool ours;

	if (!threadid_parse_process(&args, &ours) || hex_left(&args))
		rsp_error(s, -EINVAL);
	else if (!ours)
		rsp_error(s, -EPERM);
	else
		detach(s);
}

/* `kill` of old clients; there is no answer. */
static void cmd_kill(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	s->ops->kill(s->target);
	s->end = GDB_SESSION_KILLED;
	rsp_silent(s);
}

/* `kill`.  Without multiprocess GDB makes a process id up (a410); with it, an
 * id of somebody else must not end this guest. */
static void cmd_kill_process(struct gdb_session *s, struct hex_in args)
{
	bool ours;

	if (!threadid_parse_process(&args, &ours) || hex_left(&args)) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (s->multiprocess && !ours) {
		rsp_error(s, -EPERM);
		return;
	}
	if (s->extended) {
		/* `run` may follow: it only has to stand until then */
		s->ops->bp_clear(s->target);
		s->ops->interrupt(s->target);
	} else {
		s->ops->kill(s->target);
	}
	extended_leave(s, LIFE_GONE, GDB_SESSION_KILLED);
	rsp_ok(s);
}

static bool parse_thread(struct gdb_session *s, struct hex_in *args,
			 struct threadid *id)
{
	if (!threadid_parse(args, s->vcpus, id) || hex_left(args)) {
		rsp_error(s, -EINVAL);
		return false;
	}
	if (id->kind == THREADID_NONE) {
		rsp_error(s, -EPERM);
		return false;
	}
	return true;
}

/* Before g, m and such when another thread is meant: `thread 2`. */
static void cmd_select(struct gdb_session *s, struct hex_in args)
{
	struct threadid id;

	if (!parse_thread(s, &args, &id))
		return;
	if (id.kind == THREADID_ONE)
		s->current = id.vcpu;
	rsp_ok(s);
}

/* Before c and s, by clients that do without vCont. */
static void cmd_select_resume(struct gdb_session *s, struct hex_in args)
{
	struct threadid id;

	if (!parse_thread(s, &args, &id))
		return;
	s->resume_thread = id;
	rsp_ok(s);
}

/* Is it alive?  vCPUs always are. */
static void cmd_alive(struct gdb_session *s, struct hex_in args)
{
	struct threadid id;

	if (!parse_thread(s, &args, &id))
		return;
	if (s->life == LIFE_HERE)
		rsp_ok(s);
	else
		rsp_error(s, -ESRCH);
}

const struct session_command process_commands[] = {
    {"?", cmd_why, SESSION_EXACT},
    {"D;", cmd_detach_process, 0},
    {"D", cmd_detach, SESSION_EXACT},
    {"k", cmd_kill, SESSION_EXACT},
    {"vKill;", cmd_kill_process, 0},
    {"Hg", cmd_select, 0},
    {"Hc", cmd_select_resume, 0},
    {"T", cmd_alive, 0},
    {NULL, NULL, 0},
};
