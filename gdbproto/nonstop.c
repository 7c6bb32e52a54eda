// SPDX-License-Identifier: MIT
/*
 * Non-stop: each thread stops for itself.  Stops are told by a notification,
 * one at a time; the client fetches the rest by vStopped, whose OK is the end.
 */
#include "session_impl.h"

#include <errno.h>
#include <string.h>

static bool is_exit(const struct kvmgdb_stop *stop)
{
	return stop->reason == KVMGDB_STOP_EXITED;
}

static void add_to_queue(struct gdb_session *s, const struct kvmgdb_stop *stop)
{
	if (s->queued > s->vcpus)
		return; /* not one of each, and an end */
	s->queue[s->queued++] = *stop;
	if (is_exit(stop)) {
		if (!s->extended)
			s->end = GDB_SESSION_ENDING;
		return;
	}
	s->threads[stop->vcpu].state = THREAD_QUEUED;
	s->threads[stop->vcpu].stop = *stop;
}

/* The head of the queue as a stop reply. */
static void report_head(struct gdb_session *s)
{
	s->stop = s->queue[0];
	s->told = false;
	stop_report(s);
}

static void fetch(struct gdb_session *s)
{
	struct kvmgdb_stop stop;

	while (s->queued <= s->vcpus &&
	       s->ops->next_stop(s->target, &stop) == 1) {
		if (stop.vcpu >= s->vcpus)
			stop.vcpu = 0;
		add_to_queue(s, &stop);
	}
}

void nonstop_pump(struct gdb_session *s)
{
	if (!s->non_stop || s->life != LIFE_HERE ||
	    (s->end != GDB_SESSION_OPEN && s->end != GDB_SESSION_ENDING))
		return;
	fetch(s);
	if (s->notified || !s->queued)
		return;
	s->notified = true;
	report_head(s);
	if (s->reply.failed)
		s->out_of_memory = true;
	else
		rsp_notify(s, "Stop", s->reply.data, s->reply.len);
}

/* The client knows the head of the queue now. */
static void acknowledge(struct gdb_session *s)
{
	const struct kvmgdb_stop head = s->queue[0];

	s->queued--;
	memmove(s->queue, s->queue + 1, s->queued * sizeof(s->queue[0]));
	if (is_exit(&head))
		extended_leave(s, LIFE_GONE, GDB_SESSION_EXITED);
	else
		s->threads[head.vcpu].state = THREAD_STOPPED;
}

/* After each stop that it was told. */
static void cmd_stopped(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	if (s->notified && s->queued)
		acknowledge(s);
	fetch(s);
	if (s->notified && s->queued && !s->listing) {
		report_head(s);
		return;
	}
	s->notified = s->listing = false;
	rsp_ok(s);
}

/*
 * `?`: GDB 13 has an internal error if it is told more than one stopped thread
 * here and in the vStopped that follow.  So it is told one, and the rest by
 * notifications.
 */
void nonstop_why(struct gdb_session *s)
{
	unsigned first = s->vcpus;

	fetch(s);
	s->queued = 0;
	s->notified = false;
	for (unsigned i = 0; i < s->vcpus; i++) {
		unsigned at = (s->current + i) % s->vcpus;

		if (s->threads[at].state == THREAD_RUNNING)
			continue;
		if (first == s->vcpus)
			first = at;
		add_to_queue(s, &s->threads[at].stop);
	}
	if (first == s->vcpus) {
		rsp_ok(s);
		return;
	}
	s->notified = s->listing = true;
	report_head(s);
}

void nonstop_begin(struct gdb_session *s)
{
	s->queued = 0;
	s->notified = s->listing = false;
	for (unsigned i = 0; i < s->vcpus; i++) {
		bool runs =
		    s->ops->vcpu_state(s->target, i) == KVMGDB_VCPU_RUNNING;

		s->threads[i] = (struct session_thread){
		    .state = runs ? THREAD_RUNNING : THREAD_STOPPED,
		    .stop = {.vcpu = i, .reason = KVMGDB_STOP_INTERRUPT}};
	}
}

/* `set non-stop on`, before `target remote`. */
static void cmd_non_stop(struct gdb_session *s, struct hex_in args)
{
	bool on = hex_char(&args, '1');

	if ((!on && !hex_char(&args, '0')) || hex_left(&args)) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (!s->ops->set_non_stop)
		return;
	if (on == s->non_stop) {
		rsp_ok(s);
		return;
	}
	if (s->wait != SESSION_WAIT_NOTHING) {
		rsp_error(s, -EBUSY);
		return;
	}
	s->ops->set_non_stop(s->target, on);
	s->non_stop = on;
	s->running = !on;
	nonstop_begin(s);
	if (!on)
		stop_request(s);
	rsp_ok(s);
}

/* A thread that runs is to stop; SIGNAL will say why. */
static void stop_thread(struct gdb_session *s, unsigned vcpu, unsigned signal)
{
	if (s->threads[vcpu].state != THREAD_RUNNING)
		return;
	s->threads[vcpu].signal = signal;
	s->ops->interrupt_vcpu(s->target, vcpu);
}

void nonstop_interrupt(struct gdb_session *s)
{
	unsigned vcpu = s->last_resumed;

	if (s->threads[vcpu].state != THREAD_RUNNING)
		vcpu = s->current;
	for (unsigned i = 0; i < s->vcpus; i++)
		if (s->threads[vcpu].state != THREAD_RUNNING)
			vcpu = i;
	stop_thread(s, vcpu, SIGNAL_INT);
}

/* Ctrl-C */
static void cmd_ctrl_c(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	if (!s->non_stop || s->life != LIFE_HERE) {
		rsp_error(s, -EINVAL);
		return;
	}
	nonstop_interrupt(s);
	rsp_ok(s);
}

/* Those that may go keep their action: the client knows their stop. */
static bool choose(struct gdb_session *s)
{
	bool any = false;

	for (unsigned i = 0; i < s->vcpus; i++) {
		if (s->actions[i].kind == KVMGDB_ACTION_STAY)
			continue;
		if (s->threads[i].state == THREAD_STOPPED)
			any = true;
		else
			s->actions[i].kind = KVMGDB_ACTION_STAY;
	}
	return any;
}

void nonstop_vcont(struct gdb_session *s)
{
	bool any;
	int error = 0;

	for (unsigned i = 0; i < s->vcpus; i++)
		if (s->taken[i] && s->actions[i].kind == KVMGDB_ACTION_STAY)
			stop_thread(s, i, 0);
	any = choose(s);
	if (any)
		error = s->ops->resume(s->target, s->actions);
	if (error == -ENOTSUP) {
		rsp_error_text(s, "this KVM cannot single-step from here");
		return;
	}
	/* the machine has ended: a notification says so */
	if (error && error != -ENODEV) {
		rsp_error(s, error);
		return;
	}
	if (any && !error && s->config.counts)
		s->config.counts->resumes++;
	for (unsigned i = 0; i < s->vcpus; i++) {
		if (s->actions[i].kind == KVMGDB_ACTION_STAY)
			continue;
		s->threads[i].state = THREAD_RUNNING;
		s->threads[i].signal = 0;
		s->last_resumed = i;
	}
	rsp_ok(s);
}

int nonstop_check(const struct gdb_session *s, bool registers)
{
	return registers && s->threads[s->current].state == THREAD_RUNNING
		   ? -EBUSY
		   : 0;
}

const struct session_command nonstop_commands[] = {
    {"QNonStop:", cmd_non_stop, 0},
    {"vStopped", cmd_stopped, SESSION_EXACT},
    {"vCtrlC", cmd_ctrl_c, SESSION_EXACT},
    {NULL, NULL, 0},
};
