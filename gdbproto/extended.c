// SPDX-License-Identifier: MIT
/*
 * target extended-remote: the connection outlives the machine.  `run` starts
 * it again, `detach` and `attach` leave it and come back.
 */
#include "session_impl.h"

#include <errno.h>

/* `target extended-remote` */
static void cmd_extended(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	s->extended = true;
	rsp_ok(s);
}

/* All threads stand, and the client is to be told of the first. */
static void all_stand(struct gdb_session *s)
{
	s->running = s->interrupting = false;
	s->wait = SESSION_WAIT_NOTHING;
	s->current = 0;
	s->stop = (struct kvmgdb_stop){.reason = KVMGDB_STOP_INTERRUPT};
	s->told = false;
	nonstop_begin(s);
}

int extended_restart(struct gdb_session *s)
{
	int error = -ENOTSUP;

	/* a detach has turned it off */
	if (s->non_stop)
		s->ops->set_non_stop(s->target, true);
	if (s->ops->reset)
		error = s->ops->reset(s->target);
	if (error)
		return error;
	/* it stands: this only says that we are here */
	s->ops->interrupt(s->target);
	s->life = LIFE_HERE;
	s->attaching = true;
	all_stand(s);
	return 0;
}

static const char *restart_error(int error)
{
	switch (error) {
	case -ENOTSUP:
		return "this machine cannot be started again";
	case -EBUSY:
		return "a vCPU does not come to a stand";
	default:
		return "the machine could not be started again";
	}
}

static void refuse(struct gdb_session *s, const char *text)
{
	/* GDB up to 15 shows no text here. */
	rsp_warn(s, "run refused: %s", text);
	rsp_error_text(s, text);
}

/*
 * `run`, "[FILE][;ARGUMENT]...": the guest and its command line are those of
 * the server.  What was set is forgotten: GDB sets it anew.
 */
static void cmd_run(struct gdb_session *s, struct hex_in args)
{
	int error;

	if (!s->extended)
		return;
	while (hex_char(&args, ';'))
		;
	if (hex_left(&args)) {
		refuse(s, "the guest and its arguments are those that kvmgdb "
			  "was started with");
		return;
	}
	s->ops->bp_clear(s->target);
	error = extended_restart(s);
	if (error)
		refuse(s, restart_error(error));
	else
		stop_report(s);
}

/* The same from clients without vRun, which read no answer. */
static void cmd_restart(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	if (!s->extended)
		return;
	s->ops->bp_clear(s->target);
	if (extended_restart(s))
		rsp_warn(s, "restart refused");
	rsp_silent(s);
}

/* `attach 1`, after a detach. */
static void cmd_attach(struct gdb_session *s, struct hex_in args)
{
	bool ours;

	if (!s->extended)
		return;
	if (!threadid_parse_process(&args, &ours) || hex_left(&args)) {
		rsp_error(s, -EINVAL);
	} else if (!ours || s->life == LIFE_GONE) {
		rsp_error(s, -ESRCH);
	} else if (s->life == LIFE_HERE) {
		rsp_error(s, -EBUSY);
	} else {
		s->life = LIFE_HERE;
		s->attaching = true;
		s->running = !s->non_stop;
		if (s->non_stop) {
			s->ops->set_non_stop(s->target, true);
			nonstop_begin(s);
			s->ops->interrupt(s->target);
			rsp_ok(s);
			return;
		}
		stop_request(s);
		if (!s->running) {
			stop_report(s);
			return;
		}
		s->wait = SESSION_WAIT_QUERY;
		rsp_silent(s);
	}
}

void extended_leave(struct gdb_session *s, enum session_life life,
		    enum gdb_session_end end)
{
	if (!s->extended) {
		s->end = end;
		return;
	}
	s->life = life;
	s->running = s->interrupting = false;
	s->wait = SESSION_WAIT_NOTHING;
	s->queued = 0;
	s->notified = s->listing = false;
}

bool gdb_session_keeps_machine(const struct gdb_session *s)
{
	return s->extended && s->life != LIFE_GONE && s->ops->reset &&
	       s->end == GDB_SESSION_OPEN;
}

void extended_poll(struct gdb_session *s)
{
	struct kvmgdb_stop stop;

	while (s->life == LIFE_LEFT && s->ops->next_stop(s->target, &stop) == 1)
		if (stop.reason == KVMGDB_STOP_EXITED)
			s->life = LIFE_GONE;
}

bool gdb_session_is_over(const struct gdb_session *s)
{
	return s->life == LIFE_GONE;
}

const struct session_command extended_commands[] = {
    {"!", cmd_extended, SESSION_EXACT},
    {"vRun;", cmd_run, 0},
    {"vAttach;", cmd_attach, 0},
    {"R", cmd_restart, 0},
    {NULL, NULL, 0},
};
