// SPDX-License-Identifier: MIT
#include "agent.h"
#include "session_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Answers that pile up because the client does not read them end the session:
 * GDB has at most a few packets under way. */
#define OUTPUT_MAX ((size_t)64 << 20)

static const struct session_command *const families[] = {
    query_commands,      register_commands, memory_commands,  scan_commands,
    breakpoint_commands, resume_commands,   process_commands, monitor_commands,
    lldb_commands,       nonstop_commands,  extended_commands};

struct gdb_session *gdb_session_new(const struct kvmgdb_target_ops *ops,
				    void *target,
				    const struct gdb_session_config *config)
{
	struct gdb_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ops = ops;
	s->target = target;
	if (config)
		s->config = *config;
	s->vcpus = ops->vcpu_count(target);
	s->resume_thread.kind = THREADID_ALL;
	s->attaching = true;
	if (s->config.arch != GDB_ARCH_AUTO)
		s->arch = (enum tdesc_arch)s->config.arch;
	s->actions = calloc(s->vcpus, sizeof(*s->actions));
	s->taken = calloc(s->vcpus, sizeof(*s->taken));
	s->threads = calloc(s->vcpus, sizeof(*s->threads));
	s->queue = calloc(s->vcpus + 1u, sizeof(*s->queue));
	if (!s->actions || !s->taken || !s->threads || !s->queue ||
	    !packet_in_init(&s->in, SESSION_PACKET_SIZE)) {
		gdb_session_free(s);
		return NULL;
	}
	s->running = true;
	if (ops->set_non_stop)
		ops->set_non_stop(target, false);
	stop_request(s);
	return s;
}

void gdb_session_free(struct gdb_session *s)
{
	if (!s)
		return;
	packet_in_free(&s->in);
	buffer_free(&s->reply);
	buffer_free(&s->frame);
	buffer_free(&s->out);
	buffer_free(&s->description);
	buffer_free(&s->thread_list);
	free(s->actions);
	free(s->taken);
	free(s->threads);
	free(s->queue);
	agent_vars_drop(s->vars);
	free(s);
}

enum gdb_session_end gdb_session_end(const struct gdb_session *s)
{
	return s->end;
}

size_t gdb_session_output(const struct gdb_session *s, const uint8_t **data)
{
	*data = s->out.data;
	return s->out.len;
}

void gdb_session_sent(struct gdb_session *s, size_t len)
{
	if (len > s->out.len)
		len = s->out.len;
	buffer_drop(&s->out, len);
	s->out_taken += len;
}

int gdb_session_console(struct gdb_session *s, const char *text)
{
	/* Elsewhere a client would take it for the answer to something. */
	if (s->end != GDB_SESSION_OPEN ||
	    (!s->in_monitor && s->wait != SESSION_WAIT_RESUME))
		return -EAGAIN;
	rsp_console(s, text, strlen(text));
	return s->out_of_memory ? -ENOMEM : 0;
}

/* The row for this packet, or NULL.  *ARGS becomes what follows the prefix. */
static const struct session_command *find_command(struct hex_in *args)
{
	const size_t count = sizeof(families) / sizeof(families[0]);

	if (!hex_left(args))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const struct session_command *c = families[i];

		for (; c->prefix; c++) {
			struct hex_in rest = *args;

			/* most rows end here */
			if ((uint8_t)c->prefix[0] != *rest.p)
				continue;
			if (!hex_text(&rest, c->prefix))
				continue;
			if ((c->flags & SESSION_EXACT) && hex_left(&rest))
				continue;
			*args = rest;
			return c;
		}
	}
	return NULL;
}

static void answer(struct gdb_session *s)
{
	if (s->reply.failed)
		s->out_of_memory = true;
	else if (!s->silent)
		rsp_send(s, s->reply.data, s->reply.len);
}

/* 0 if there is a machine, and its vCPUs stand. */
static int stands(struct gdb_session *s, unsigned flags)
{
	if (s->life != LIFE_HERE)
		return -ESRCH;
	if (s->non_stop)
		return nonstop_check(s, flags & SESSION_REGISTERS);
	if (!stop_fetch(s))
		return -EBUSY;
	return s->stop.reason == KVMGDB_STOP_EXITED ? -ENODEV : 0;
}

static void handle_packet(struct gdb_session *s)
{
	struct hex_in args = {s->in.data, s->in.data + s->in.len};
	const struct session_command *command;

	buffer_clear(&s->reply);
	s->silent = false;
	if (s->config.log_packet)
		s->config.log_packet(s->config.ctx, GDB_LOG_IN, s->in.data,
				     s->in.len);
	if (s->in.bad || s->in.oversize) {
		rsp_error(s, s->in.oversize ? -E2BIG : -EINVAL);
		answer(s);
		return;
	}
	command = find_command(&args);
	if (command) {
		int error = command->flags & SESSION_STOPPED
				? stands(s, command->flags)
				: 0;

		if (error)
			rsp_error(s, error);
		else
			command->handler(s, args);
	}
	answer(s);
}

static void packet_complete(struct gdb_session *s)
{
	/* The '+' for the OK is missing, but the client has gone on. */
	if (s->ack == SESSION_ACK_ENDING)
		s->ack = SESSION_NOACK;
	if (s->ack == SESSION_ACK) {
		buffer_add_char(&s->out, s->in.sum_ok ? '+' : '-');
		if (!s->in.sum_ok)
			return;
	}
	handle_packet(s);
	nonstop_pump(s);
}

static void nak(struct gdb_session *s)
{
	/* GDB sends '-' at each of its timeouts, without acks too. */
	if (s->ack == SESSION_NOACK || s->out_taken < s->frame_end)
		return;
	buffer_add(&s->out, s->frame.data, s->frame.len);
	s->frame_end = s->out_taken + s->out.len;
}

static void interrupt(struct gdb_session *s)
{
	if (s->non_stop && s->life == LIFE_HERE) {
		nonstop_interrupt(s);
		nonstop_pump(s);
	}
	if (!s->running)
		return;
	stop_request(s);
	if (!s->running)
		stop_deliver(s);
}

static void handle_event(struct gdb_session *s, enum packet_event event)
{
	switch (event) {
	case PACKET_NOTHING:
		break;
	case PACKET_ACK:
		if (s->ack == SESSION_ACK_ENDING)
			s->ack = SESSION_NOACK;
		break;
	case PACKET_NAK:
		nak(s);
		break;
	case PACKET_INTERRUPT:
		interrupt(s);
		break;
	case PACKET_COMPLETE:
		packet_complete(s);
		break;
	case PACKET_FOREIGN:
		s->end = GDB_SESSION_BROKEN;
		break;
	}
}

/* After these nothing that the client sends matters any more. */
static bool is_deaf(const struct gdb_session *s)
{
	return s->end != GDB_SESSION_OPEN && s->end != GDB_SESSION_ENDING &&
	       s->end != GDB_SESSION_EXITED;
}

int gdb_session_feed(struct gdb_session *s, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len && !is_deaf(s);) {
		i += packet_in_bulk(&s->in, p + i, len - i);
		if (i == len)
			break;
		handle_event(s, packet_in_push(&s->in, p[i++]));
		if (s->out.failed)
			s->out_of_memory = true;
		if (s->out_of_memory)
			return -ENOMEM;
		if (s->out.len > OUTPUT_MAX)
			s->end = GDB_SESSION_BROKEN;
	}
	return s->out_of_memory ? -ENOMEM : 0;
}

int gdb_session_poll(struct gdb_session *s)
{
	/* a stop that is fetched first comes behind all text, see
	 * stop_deliver() */
	if (s->non_stop)
		nonstop_pump(s);
	if (s->life != LIFE_HERE) {
		extended_poll(s);
		return s->out_of_memory ? -ENOMEM : 0;
	}
	if (s->running && !is_deaf(s) &&
	    s->ops->next_stop(s->target, &s->stop) == 1)
		stop_deliver(s);
	else
		rsp_filter_text(s, false);
	return s->out_of_memory ? -ENOMEM : 0;
}

const char *gdb_session_refusal(void)
{
	return "+$E.another GDB is connected already#22";
}
