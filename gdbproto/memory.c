// SPDX-License-Identifier: MIT
/* m, M, X: memory as the current thread sees it. */
#include "session_impl.h"

#include <errno.h>

/* A reply has two digits a byte; GDB asks again for what is missing. */
#define READ_MAX (SESSION_PACKET_SIZE / 2)

/* `x`, `print`, `disassemble`, backtraces */
static void cmd_read(struct gdb_session *s, struct hex_in args)
{
	uint64_t addr, len;
	ssize_t got;
	uint8_t *bytes;

	if (!hex_range(&args, &addr, &len) || hex_left(&args)) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (len > READ_MAX)
		len = READ_MAX;
	/* The address space does not go round; -addr bytes are left of it. */
	if (addr && len > -addr)
		len = -addr;
	/* Read into the far half: buffer_add_hex() then writes behind what it
	 * has read. */
	if (!len || !buffer_reserve(&s->reply, 2 * len))
		return;
	bytes = s->reply.data + len;
	got = s->ops->mem_read(s->target, s->current, addr, bytes, len);
	if (got > 0)
		buffer_add_hex(&s->reply, bytes, (size_t)got);
	else
		rsp_error(s, got ? (int)got : -EFAULT);
}

static void write_memory(struct gdb_session *s, uint64_t addr,
			 const uint8_t *bytes, uint64_t len)
{
	int error = 0;

	if (len && addr && len > -addr)
		error = -EFAULT;
	else if (len)
		error =
		    s->ops->mem_write(s->target, s->current, addr, bytes, len);
	if (error)
		rsp_error(s, error);
	else
		rsp_ok(s);
}

/* From clients without X. */
static void cmd_write_hex(struct gdb_session *s, struct hex_in args)
{
	uint8_t *bytes;
	uint64_t addr, len;

	if (!hex_range(&args, &addr, &len) || !hex_char(&args, ':')) {
		rsp_error(s, -EINVAL);
		return;
	}
	/* In place, in the packet. */
	bytes = s->in.data + (args.p - s->in.data);
	if (hex_left(&args) % 2 || len != hex_left(&args) / 2 ||
	    !hex_bytes(&args, bytes, len))
		rsp_error(s, -EINVAL);
	else
		write_memory(s, addr, bytes, len);
}

/* `set var`, `load`.  GDB first sends one of length 0, to see if X is known:
 * anything but an empty answer says so. */
static void cmd_write(struct gdb_session *s, struct hex_in args)
{
	uint64_t addr, len;

	if (!hex_range(&args, &addr, &len) || !hex_char(&args, ':') ||
	    len != hex_left(&args))
		rsp_error(s, -EINVAL);
	else
		write_memory(s, addr, args.p, len);
}

const struct session_command memory_commands[] = {
    {"m", cmd_read, SESSION_STOPPED},
    {"M", cmd_write_hex, SESSION_STOPPED},
    {"X", cmd_write, SESSION_STOPPED},
    {NULL, NULL, 0},
};
