// SPDX-License-Identifier: MIT
/* Stops: fetched from the target, kept, and told as stop replies. */
#include "modes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Sent along, so that GDB need not ask after each step: RBP, RSP, RIP. */
static const enum kvmgdb_reg expedited[] = {KVMGDB_REG_RBP, KVMGDB_REG_RSP,
					    KVMGDB_REG_RIP};

static unsigned signal_of(const struct gdb_session *s)
{
	switch (s->stop.reason) {
	case KVMGDB_STOP_INTERRUPT:
		if (s->non_stop)
			return s->threads[s->stop.vcpu].signal;
		/* The client that attaches has not interrupted anything. */
		return s->attaching ? SIGNAL_TRAP : SIGNAL_INT;
	case KVMGDB_STOP_SHUTDOWN:
		return SIGNAL_QUIT;
	case KVMGDB_STOP_ERROR:
		return SIGNAL_ABRT;
	default:
		return SIGNAL_TRAP;
	}
}

/* GDB takes a reason that it did not announce for a protocol error, and one
 * whose breakpoint is not its own for a reason to resume. */
static void add_reason(struct gdb_session *s)
{
	const char *watch = NULL;

	switch (s->stop.reason) {
	case KVMGDB_STOP_SWBREAK:
		if (s->swbreak && modes_pc_is_linear(s, s->stop.vcpu))
			buffer_add_text(&s->reply, "swbreak:;");
		break;
	case KVMGDB_STOP_HWBREAK:
		if (s->hwbreak && modes_pc_is_linear(s, s->stop.vcpu))
			buffer_add_text(&s->reply, "hwbreak:;");
		break;
	case KVMGDB_STOP_WRITE:
		watch = "watch";
		break;
	case KVMGDB_STOP_READ:
		watch = "rwatch";
		break;
	case KVMGDB_STOP_ACCESS:
		watch = "awatch";
		break;
	default:
		break;
	}
	if (watch) {
		buffer_add_text(&s->reply, watch);
		buffer_add_char(&s->reply, ':');
		buffer_add_number(&s->reply, s->stop.addr, 1);
		buffer_add_char(&s->reply, ';');
	}
}

static void add_registers(struct gdb_session *s)
{
	uint8_t value[KVMGDB_REG_MAX_SIZE];

	for (size_t i = 0; i < sizeof(expedited) / sizeof(expedited[0]); i++) {
		unsigned number = tdesc_number(s->arch, expedited[i]);
		ssize_t len =
		    register_read(s, s->stop.vcpu, expedited[i], value);

		if (len <= 0)
			continue;
		buffer_add_number(&s->reply, number, 2);
		buffer_add_char(&s->reply, ':');
		buffer_add_hex(&s->reply, value,
			       s->arch == TDESC_X86_64 ? 8 : 4);
		buffer_add_char(&s->reply, ';');
	}
}

static void report_exit(struct gdb_session *s)
{
	buffer_addf(&s->reply, "W%02x", (unsigned)s->stop.code & 0xff);
	if (s->multiprocess)
		buffer_addf(&s->reply, ";process:%x", THREADID_PROCESS);
	/* in non-stop, when the client has said that it knows */
	if (!s->non_stop)
		extended_leave(s, LIFE_GONE, GDB_SESSION_EXITED);
}

static void count_stop(const struct gdb_session *s)
{
	struct gdb_counts *counts = s->config.counts;

	/* `?` tells the same stop again. */
	if (!counts || s->told || s->stop.reason > KVMGDB_STOP_EXITED)
		return;
	counts->stops[s->stop.reason]++;
	counts->last = s->stop.reason;
	counts->last_addr = s->stop.addr;
}

void stop_report(struct gdb_session *s)
{
	buffer_clear(&s->reply);
	if (s->stop.reason != KVMGDB_STOP_EXITED && modes_report(s)) {
		s->current = s->stop.vcpu;
		return; /* the stop stays untold */
	}
	count_stop(s);
	s->told = true;
	if (s->stop.reason == KVMGDB_STOP_EXITED) {
		report_exit(s);
		return;
	}
	if (!s->non_stop)
		s->current = s->stop.vcpu;
	buffer_add_char(&s->reply, 'T');
	buffer_add_number(&s->reply, signal_of(s), 2);
	add_reason(s);
	add_registers(s);
	buffer_add_text(&s->reply, "thread:");
	threadid_add(&s->reply, s->multiprocess, s->stop.vcpu);
	buffer_add_text(&s->reply, ";core:");
	buffer_add_number(&s->reply, s->stop.vcpu, 1);
	buffer_add_char(&s->reply, ';');
}

static void stopped(struct gdb_session *s)
{
	s->running = false;
	s->interrupting = false;
	s->told = false;
	if (s->stop.vcpu >= s->vcpus)
		s->stop.vcpu = 0;
}

/* The target stands and has nothing to say: say what it would have said. */
static void make_up(struct gdb_session *s)
{
	s->stop = (struct kvmgdb_stop){.vcpu = s->current,
				       .reason = KVMGDB_STOP_INTERRUPT};
	stopped(s);
}

bool stop_fetch(struct gdb_session *s)
{
	if (!s->running)
		return true;
	/* A client that waits for its stop reply gets that first. */
	if (s->wait != SESSION_WAIT_NOTHING)
		return false;
	if (s->ops->next_stop(s->target, &s->stop) != 1)
		return false;
	stopped(s);
	return true;
}

void stop_request(struct gdb_session *s)
{
	int error = s->ops->interrupt(s->target);

	s->interrupting = true;
	if (!error)
		return; /* a notification will follow */
	if (s->ops->next_stop(s->target, &s->stop) == 1)
		stopped(s);
	else if (!s->ops->running(s->target))
		make_up(s);
}

/* What a signal's number does not say; in answer to a resume there may be text
 * before the stop. */
static void explain(struct gdb_session *s)
{
	const char *text = NULL;
	char line[120];

	switch (s->stop.reason) {
	case KVMGDB_STOP_SHUTDOWN:
		if (s->stop.code) {
			text = "triple fault; this CPU keeps no registers "
			       "then, memory is as it was";
			break;
		}
		text = "triple fault; this is the state before the reset, "
		       "which the next resume lets happen";
		break;
	case KVMGDB_STOP_ERROR:
		text = "KVM cannot go on; the next resume ends the machine";
		break;
	case KVMGDB_STOP_RESET:
		text = "the guest has reset the machine; this is before its "
		       "first instruction";
		break;
	default:
		return;
	}
	snprintf(line, sizeof(line), "kvmgdb: vCPU %u: %s\n", s->stop.vcpu,
		 text);
	rsp_console(s, line, strlen(line));
}

void stop_deliver(struct gdb_session *s)
{
	enum session_wait wait = s->wait;

	rsp_filter_text(s, true);
	stopped(s);
	s->wait = SESSION_WAIT_NOTHING;
	switch (wait) {
	case SESSION_WAIT_NOTHING:
		return;
	case SESSION_WAIT_RESUME:
		explain(s);
		stop_report(s);
		break;
	case SESSION_WAIT_QUERY:
		stop_report(s);
		break;
	case SESSION_WAIT_DETACH:
		process_detach(s);
		break;
	}
	if (s->reply.failed)
		s->out_of_memory = true;
	else
		rsp_send(s, s->reply.data, s->reply.len);
}
