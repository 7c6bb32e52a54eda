// SPDX-License-Identifier: MIT
/* vCont, and c, s, C, S of clients without it.  Signal numbers are read and
 * ignored: a machine has none. */
#include "session_impl.h"

#include <errno.h>

void resume_set_all(struct gdb_session *s, enum kvmgdb_action_kind kind)
{
	for (unsigned i = 0; i < s->vcpus; i++)
		s->actions[i] = (struct kvmgdb_action){.kind = kind};
}

static bool anything_moves(const struct gdb_session *s)
{
	for (unsigned i = 0; i < s->vcpus; i++)
		if (s->actions[i].kind != KVMGDB_ACTION_STAY)
			return true;
	return false;
}

/* The machine ended while it stood, as far as this client knows. */
static void ended(struct gdb_session *s)
{
	do
		s->stop = (struct kvmgdb_stop){.reason = KVMGDB_STOP_EXITED};
	while (s->ops->next_stop(s->target, &s->stop) == 1 &&
	       s->stop.reason != KVMGDB_STOP_EXITED);
	s->stop.reason = KVMGDB_STOP_EXITED;
	stop_report(s);
}

/* vCPUs must stand here; those that do is what SESSION_STOPPED is for, but the
 * answer after the machine's end is W, not an error. */
static bool can_resume(struct gdb_session *s)
{
	if (s->life != LIFE_HERE) {
		rsp_error(s, -ESRCH);
		return false;
	}
	if (stop_fetch(s))
		return true;
	rsp_error(s, -EBUSY);
	return false;
}

/* A stop that the client was never told must not be run over.  That it was
 * interrupted by attaching is none of those. */
static bool has_untold_stop(const struct gdb_session *s)
{
	return s->stop.reason == KVMGDB_STOP_EXITED ||
	       (!s->told && s->stop.reason != KVMGDB_STOP_INTERRUPT);
}

/* Let s->actions happen.  The stop is the answer. */
static void go(struct gdb_session *s)
{
	int error;

	if (has_untold_stop(s)) {
		stop_report(s);
		return;
	}
	if (!anything_moves(s)) {
		/* All were told to stay: nothing will ever stop. */
		if (s->no_resumed)
			buffer_add_char(&s->reply, 'N');
		else
			stop_report(s);
		return;
	}
	error = s->ops->resume(s->target, s->actions);
	if (error == -ENODEV) {
		ended(s);
	} else if (error == -ENOTSUP) {
		/* GDB shows the whole reply here, as a warning. */
		rsp_error_text(s, "this KVM cannot single-step from here");
	} else if (error) {
		rsp_error(s, error);
	} else {
		s->running = true;
		s->attaching = false;
		if (s->config.counts)
			s->config.counts->resumes++;
		s->wait = SESSION_WAIT_RESUME;
		rsp_silent(s);
	}
}

static bool skip_signal(struct hex_in *in)
{
	uint64_t signal;

	return hex_number(in, &signal) && signal <= 0xff;
}

/* One action of a vCont, without its thread. */
static bool parse_action(struct hex_in *in, struct kvmgdb_action *action)
{
	*action = (struct kvmgdb_action){.kind = KVMGDB_ACTION_STAY};
	if (hex_char(in, 't'))
		return true;
	if (hex_char(in, 'c')) {
		action->kind = KVMGDB_ACTION_CONTINUE;
		return true;
	}
	if (hex_char(in, 's')) {
		action->kind = KVMGDB_ACTION_STEP;
		return true;
	}
	if (hex_char(in, 'C')) {
		action->kind = KVMGDB_ACTION_CONTINUE;
		return skip_signal(in);
	}
	if (hex_char(in, 'S')) {
		action->kind = KVMGDB_ACTION_STEP;
		return skip_signal(in);
	}
	if (hex_char(in, 'r')) {
		action->kind = KVMGDB_ACTION_RANGE;
		return hex_range(in, &action->start, &action->end);
	}
	return false;
}

/* Give ACTION to those of its threads that have none: the first that matches
 * wins.  TAKEN is the number of vCPUs that have one. */
static void apply(struct gdb_session *s, const struct kvmgdb_action *action,
		  const struct threadid *id, bool *taken)
{
	for (unsigned i = 0; i < s->vcpus; i++) {
		bool match = id->kind == THREADID_ALL ||
			     (id->kind == THREADID_ONE && id->vcpu == i) ||
			     (id->kind == THREADID_ANY && s->current == i);

		if (match && !taken[i]) {
			s->actions[i] = *action;
			taken[i] = true;
		}
	}
}

static int parse_actions(struct gdb_session *s, struct hex_in args, bool *taken)
{
	while (true) {
		struct threadid id = {.kind = THREADID_ALL};
		struct kvmgdb_action action;
		struct hex_in item;
		const uint8_t *end = args.end;

		hex_split(&args, ';', &item);
		if (!parse_action(&item, &action))
			return -EINVAL;
		if (hex_char(&item, ':') &&
		    !threadid_parse(&item, s->vcpus, &id))
			return -EINVAL;
		if (hex_left(&item))
			return -EINVAL;
		if (id.kind == THREADID_NONE)
			return -EPERM;
		apply(s, &action, &id, taken);
		if (item.end == end)
			return 0;
	}
}

/* `continue`, `step`, `stepi`, `next`, ... */
static void cmd_vcont(struct gdb_session *s, struct hex_in args)
{
	int error;

	if ((!s->non_stop || s->life != LIFE_HERE) && !can_resume(s))
		return;
	resume_set_all(s, KVMGDB_ACTION_STAY);
	for (unsigned i = 0; i < s->vcpus; i++)
		s->taken[i] = false;
	error = parse_actions(s, args, s->taken);
	if (error)
		rsp_error(s, error);
	else if (s->non_stop)
		nonstop_vcont(s);
	else
		go(s);
}

/* Without both c and C GDB would not use vCont at all. */
static void cmd_vcont_query(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	buffer_add_text(&s->reply, "vCont;c;C;s;S;t;r");
}

/*
 * "[ADDR]" of c and s: where to go on.  Which threads go on is what Hc said:
 * one alone, or all, of which the current one steps.
 */
static void legacy(struct gdb_session *s, struct hex_in addr,
		   enum kvmgdb_action_kind kind)
{
	struct kvmgdb_action action = {.kind = kind};
	bool alone = s->resume_thread.kind == THREADID_ONE;
	unsigned vcpu = alone ? s->resume_thread.vcpu : s->current;
	uint64_t rip = 0;
	bool jump = hex_left(&addr) > 0;
	int error;

	/* No client uses these in non-stop. */
	if (s->non_stop) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (!can_resume(s))
		return;
	if (jump && (!hex_number(&addr, &rip) || hex_left(&addr))) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (jump && !has_untold_stop(s)) {
		uint8_t value[8];

		for (unsigned i = 0; i < sizeof(value); i++)
			value[i] = (uint8_t)(rip >> 8 * i);
		error = s->ops->reg_write(s->target, vcpu, KVMGDB_REG_RIP,
					  value, sizeof(value));
		if (error) {
			rsp_error(s, error);
			return;
		}
	}
	resume_set_all(s, alone ? KVMGDB_ACTION_STAY : KVMGDB_ACTION_CONTINUE);
	s->actions[vcpu] = action;
	go(s);
}

static void cmd_continue(struct gdb_session *s, struct hex_in args)
{
	legacy(s, args, KVMGDB_ACTION_CONTINUE);
}

static void cmd_step(struct gdb_session *s, struct hex_in args)
{
	legacy(s, args, KVMGDB_ACTION_STEP);
}

/* "SIG[;ADDR]" */
static void with_signal(struct gdb_session *s, struct hex_in args,
			enum kvmgdb_action_kind kind)
{
	if (!skip_signal(&args) ||
	    (hex_left(&args) && (!hex_char(&args, ';') || !hex_left(&args))))
		rsp_error(s, -EINVAL);
	else
		legacy(s, args, kind);
}

static void cmd_continue_signal(struct gdb_session *s, struct hex_in args)
{
	with_signal(s, args, KVMGDB_ACTION_CONTINUE);
}

static void cmd_step_signal(struct gdb_session *s, struct hex_in args)
{
	with_signal(s, args, KVMGDB_ACTION_STEP);
}

const struct session_command resume_commands[] = {
    {"vCont?", cmd_vcont_query, SESSION_EXACT},
    {"vCont;", cmd_vcont, 0},
    {"c", cmd_continue, 0},
    {"s", cmd_step, 0},
    {"C", cmd_continue_signal, 0},
    {"S", cmd_step_signal, 0},
    {NULL, NULL, 0},
};
