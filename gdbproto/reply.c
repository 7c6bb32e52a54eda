// SPDX-License-Identifier: MIT
/* Answers: see session_impl.h. */
#include "session_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes of text in one O packet. */
#define CONSOLE_CHUNK 2048u

void rsp_ok(struct gdb_session *s)
{
	buffer_add_text(&s->reply, "OK");
}

/* For clients that show words. */
static const char *error_words(int error)
{
	switch (error) {
	case EPERM:
		return "no such thread or process";
	case ENOENT:
		return "there is none";
	case ESRCH:
		return "the guest does not run";
	case E2BIG:
		return "the packet is too long";
	case EFAULT:
		return "no memory there: not mapped, or neither RAM nor ROM";
	case EBUSY:
		return "the vCPUs run";
	case ENODEV:
		return "the guest has ended";
	case EINVAL:
		return "malformed, or a value that the CPU would refuse";
	case ENODATA:
		return "this KVM does not tell it";
	default:
		return strerror(error);
	}
}

/* No client undoes escapes in a text, so what would need one is left out. */
static void add_words(struct gdb_session *s, const char *text)
{
	for (; *text; text++)
		if (*text >= ' ' && *text <= '~' && !strchr("#$}*", *text))
			buffer_add_char(&s->reply, *text);
}

/* LLDB's way, after QEnableErrorStrings. */
static void add_error_string(struct gdb_session *s, int error, const char *text)
{
	buffer_addf(&s->reply, "E%02x;", (unsigned)error & 0xff);
	buffer_add_hex(&s->reply, text, strlen(text));
}

/*
 * The numbers mean nothing to GDB, but people read them in logs: Linux errno
 * in decimal, as other stubs have it (E14 for EFAULT).
 */
void rsp_error(struct gdb_session *s, int error)
{
	buffer_clear(&s->reply);
	if (error < 0)
		error = -error;
	if (error < 1 || error > 99)
		error = EIO;
	if (s->error_strings) {
		add_error_string(s, error, error_words(error));
	} else if (s->error_message) {
		buffer_add_text(&s->reply, "E.");
		add_words(s, error_words(error));
	} else {
		buffer_addf(&s->reply, "E%02d", error);
	}
}

/*
 * Clients that have error-message+ show what follows the first dot; GDB up to
 * 15, which has it not, what follows the second (and only for Z1).
 */
void rsp_error_text(struct gdb_session *s, const char *text)
{
	buffer_clear(&s->reply);
	if (s->error_strings) {
		add_error_string(s, EIO, text);
		return;
	}
	buffer_add_text(&s->reply, s->error_message ? "E." : "E.kvmgdb.");
	add_words(s, text);
}

void rsp_refuse(struct gdb_session *s, int error, const char *format, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, format);
	/* clang-tidy 14 is wrong here from its second file on. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (s->error_message || s->error_strings) {
		rsp_error_text(s, text);
		return;
	}
	rsp_error(s, error);
	rsp_warn(s, "%s", text);
}

void rsp_silent(struct gdb_session *s)
{
	s->silent = true;
}

void rsp_send(struct gdb_session *s, const void *payload, size_t len)
{
	buffer_clear(&s->frame);
	packet_encode(&s->frame, payload, len);
	buffer_add(&s->out, s->frame.data, s->frame.len);
	s->frame_end = s->out_taken + s->out.len;
	if (s->frame.failed || s->out.failed)
		s->out_of_memory = true;
	if (s->config.log_packet)
		s->config.log_packet(s->config.ctx, GDB_LOG_OUT, payload, len);
}

void rsp_notify(struct gdb_session *s, const char *name, const void *payload,
		size_t len)
{
	struct buffer text = {0};
	size_t begin = s->out.len;

	buffer_addf(&text, "%s:", name);
	buffer_add(&text, payload, len);
	packet_encode(&s->out, text.data, text.len);
	if (text.failed || s->out.failed) {
		s->out_of_memory = true;
	} else {
		s->out.data[begin] = '%';
		if (s->config.log_packet)
			s->config.log_packet(s->config.ctx, GDB_LOG_OUT,
					     text.data, text.len);
	}
	buffer_free(&text);
}

void rsp_console(struct gdb_session *s, const char *text, size_t len)
{
	struct buffer hex = {0};

	while (len) {
		size_t part = len < CONSOLE_CHUNK ? len : CONSOLE_CHUNK;

		buffer_clear(&hex);
		buffer_add_char(&hex, 'O');
		buffer_add_hex(&hex, text, part);
		if (hex.failed) {
			s->out_of_memory = true;
			break;
		}
		rsp_send(s, hex.data, hex.len);
		text += part;
		len -= part;
	}
	buffer_free(&hex);
}

void rsp_filter_text(struct gdb_session *s, bool all)
{
	char text[CONSOLE_CHUNK + 1];
	size_t len;

	do {
		len = s->ops->next_text(s->target, text, CONSOLE_CHUNK);
		text[len] = '\0';
		if (len && gdb_session_console(s, text) == -EAGAIN)
			rsp_warn(s, "%s", text);
	} while (len && all);
}

void rsp_warn(struct gdb_session *s, const char *format, ...)
{
	char line[400];
	va_list ap;

	if (!s->config.warn)
		return;
	va_start(ap, format);
	/* clang-tidy 14 is wrong here from its second file on. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	s->config.warn(s->config.ctx, line);
}
