// SPDX-License-Identifier: MIT
/* m, M, x, X: memory as the current thread sees it, or physical memory. */
#include "session_impl.h"

#include <errno.h>

/* A reply has two digits a byte, or one that may have to be escaped; GDB asks
 * again for what is missing. */
#define READ_MAX (SESSION_PACKET_SIZE / 2)

ssize_t memory_read(struct gdb_session *s, uint64_t addr, void *buf, size_t len)
{
	if (s->physical)
		return s->ops->phys_read(s->target, addr, buf, len);
	return s->ops->mem_read(s->target, s->current, addr, buf, len);
}

static int memory_write(struct gdb_session *s, uint64_t addr, const void *buf,
			size_t len)
{
	if (s->physical)
		return s->ops->phys_write(s->target, addr, buf, len);
	return s->ops->mem_write(s->target, s->current, addr, buf, len);
}

/* "ADDR,LEN", of which LEN is cut to what one answer holds. */
static bool read_range(struct hex_in *args, uint64_t *addr, uint64_t *len)
{
	if (!hex_range(args, addr, len) || hex_left(args))
		return false;
	if (*len > READ_MAX)
		*len = READ_MAX;
	/* The address space does not go round; -addr bytes are left of it. */
	if (*addr && *len > -*addr)
		*len = -*addr;
	return true;
}

/* `x`, `print`, `disassemble`, backtraces */
static void cmd_read(struct gdb_session *s, struct hex_in args)
{
	uint64_t addr, len;
	ssize_t got;
	uint8_t *bytes;

	if (!read_range(&args, &addr, &len)) {
		rsp_error(s, -EINVAL);
		return;
	}
	/* Read into the far half: buffer_add_hex() then writes behind what it
	 * has read. */
	if (!len || !buffer_reserve(&s->reply, 2 * len))
		return;
	bytes = s->reply.data + len;
	got = memory_read(s, addr, bytes, len);
	if (got > 0)
		buffer_add_hex(&s->reply, bytes, (size_t)got);
	else
		rsp_error(s, got ? (int)got : -EFAULT);
}

/*
 * The same in binary: GDB 16 on, which wants a 'b' before the bytes; older
 * LLDBs want the bytes alone and ask for none first, to see an OK.
 */
static void cmd_read_binary(struct gdb_session *s, struct hex_in args)
{
	uint64_t addr, len;
	ssize_t got;

	if (!read_range(&args, &addr, &len)) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (!len && s->lldb) {
		rsp_ok(s);
		return;
	}
	if (!s->lldb)
		buffer_add_char(&s->reply, 'b');
	if (!len || !buffer_reserve(&s->reply, len))
		return;
	got = memory_read(s, addr, s->reply.data + s->reply.len, len);
	if (got > 0)
		s->reply.len += (size_t)got;
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
		error = memory_write(s, addr, bytes, len);
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

/* QEMU's way to physical memory: `maint packet Qqemu.PhyMemMode:1`. */
static void cmd_set_physical(struct gdb_session *s, struct hex_in args)
{
	uint64_t on;

	if (!hex_number(&args, &on) || hex_left(&args) || on > 1) {
		rsp_error(s, -EINVAL);
		return;
	}
	s->physical = on;
	rsp_ok(s);
}

static void cmd_get_physical(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	buffer_add_char(&s->reply, s->physical ? '1' : '0');
}

const struct session_command memory_commands[] = {
    {"m", cmd_read, SESSION_STOPPED},
    {"x", cmd_read_binary, SESSION_STOPPED},
    {"M", cmd_write_hex, SESSION_STOPPED},
    {"X", cmd_write, SESSION_STOPPED},
    {"Qqemu.PhyMemMode:", cmd_set_physical, 0},
    {"qqemu.PhyMemMode", cmd_get_physical, SESSION_EXACT},
    {NULL, NULL, 0},
};
