// SPDX-License-Identifier: MIT
/* g, G, p, P: the registers of the current thread. */
#include "modes.h"
#include "session_impl.h"

#include <errno.h>
#include <string.h>

/* Little-endian bytes of PC, in place. */
static uint64_t pc_value(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (unsigned i = 8; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

static void put_pc(uint8_t *bytes, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

ssize_t register_read(struct gdb_session *s, unsigned vcpu, enum kvmgdb_reg reg,
		      uint8_t *value)
{
	ssize_t len = s->ops->reg_read(s->target, vcpu, reg, value);

	if (len > 0 && reg == KVMGDB_REG_RIP && s->arch == TDESC_I8086) {
		uint64_t pc = pc_value(value);

		modes_pc_read(s, vcpu, &pc);
		put_pc(value, pc);
	}
	return len;
}

/* VALUE has room for the whole register; what is not on the wire is 0. */
static int register_write(struct gdb_session *s, const struct tdesc_reg *r,
			  uint8_t *value)
{
	size_t size = kvmgdb_reg_size(r->reg);

	memset(value + r->size, 0, size - r->size);
	if (r->reg == KVMGDB_REG_RIP) {
		uint64_t pc = pc_value(value);

		if (!modes_pc_write(s, s->current, &pc))
			return -EINVAL;
		put_pc(value, pc);
	}
	return s->ops->reg_write(s->target, s->current, r->reg, value, size);
}

/* "xx" for each byte: `p` must never be short or empty. */
static void add_unavailable(struct gdb_session *s, size_t size)
{
	if (!buffer_reserve(&s->reply, 2 * size))
		return;
	memset(s->reply.data + s->reply.len, 'x', 2 * size);
	s->reply.len += 2 * size;
}

/* Add a register, or that it cannot be had.  False: an error instead of an
 * answer. */
static bool add_register(struct gdb_session *s, const struct tdesc_reg *r)
{
	uint8_t value[KVMGDB_REG_MAX_SIZE];
	ssize_t len = register_read(s, s->current, r->reg, value);

	if (len == (ssize_t)kvmgdb_reg_size(r->reg)) {
		buffer_add_hex(&s->reply, value, r->size);
		return true;
	}
	if (len == -EBUSY) {
		rsp_error(s, -EBUSY);
		return false;
	}
	add_unavailable(s, r->size);
	return true;
}

/* Is it in `g`? */
static bool has_register(const struct gdb_session *s, enum kvmgdb_reg reg)
{
	return reg < KVMGDB_REG_XCR0 || s->ops->reg_present(s->target, reg);
}

/* `g` as x86-64, where the numbers are those of the enumeration and sizes those
 * of the seam. */
static void add_block(struct gdb_session *s)
{
	uint8_t values[TDESC_G_SIZE + KVMGDB_REG_MAX_SIZE];
	bool have[TDESC_G_REGS];
	const uint8_t *from = values, *to = values;
	int error = s->ops->reg_read_block(
	    s->target, s->current, KVMGDB_REG_RAX, TDESC_G_REGS, values, have);

	if (error) {
		rsp_error(s, error);
		return;
	}
	/* FROM .. TO were read and are not added yet */
	for (unsigned n = 0; n < TDESC_G_REGS; n++) {
		size_t size = kvmgdb_reg_size((enum kvmgdb_reg)n);

		if (have[n]) {
			to += size;
			continue;
		}
		buffer_add_hex(&s->reply, from, (size_t)(to - from));
		if (has_register(s, (enum kvmgdb_reg)n))
			add_unavailable(s, size);
		from = to += size;
	}
	buffer_add_hex(&s->reply, from, (size_t)(to - from));
}

/* After each stop. */
static void cmd_read_all(struct gdb_session *s, struct hex_in args)
{
	struct tdesc_reg r;

	(void)args;
	if (s->arch == TDESC_X86_64 && s->ops->reg_read_block) {
		add_block(s);
		return;
	}
	for (unsigned n = 0; n < tdesc_g_regs(s->arch); n++)
		if (tdesc_lookup(s->arch, n, &r) && has_register(s, r.reg) &&
		    !add_register(s, &r))
			return;
}

static bool is_unavailable(const struct hex_in *in, size_t size)
{
	if (hex_left(in) < 2 * size)
		return false;
	for (size_t i = 0; i < 2 * size; i++)
		if (in->p[i] != 'x')
			return false;
	return true;
}

/* Write the registers of a `G`, or, without `apply`, see that it is one: all
 * of `g`, where "xx.." leaves a register alone. */
static int write_all(struct gdb_session *s, struct hex_in in, bool apply)
{
	uint8_t value[KVMGDB_REG_MAX_SIZE];
	struct tdesc_reg r;

	for (unsigned n = 0; n < tdesc_g_regs(s->arch); n++) {
		int error;

		if (!tdesc_lookup(s->arch, n, &r))
			return -EINVAL;
		if (!has_register(s, r.reg))
			continue;
		if (is_unavailable(&in, r.size)) {
			in.p += 2 * r.size;
			continue;
		}
		if (!hex_bytes(&in, value, r.size))
			return -EINVAL;
		if (!apply)
			continue;
		error = register_write(s, &r, value);
		if (error)
			return error;
	}
	return hex_left(&in) ? -EINVAL : 0;
}

/* From clients without P. */
static void cmd_write_all(struct gdb_session *s, struct hex_in args)
{
	int error = write_all(s, args, false);

	if (!error)
		error = write_all(s, args, true);
	if (error)
		rsp_error(s, error);
	else
		rsp_ok(s);
}

/* `print $cr3`, `info registers` */
static void cmd_read(struct gdb_session *s, struct hex_in args)
{
	struct tdesc_reg r;
	uint64_t number;

	if (!hex_number(&args, &number) || hex_left(&args) ||
	    !tdesc_lookup(s->arch, number, &r))
		rsp_error(s, -EINVAL);
	else
		add_register(s, &r);
}

static void refuse_value(struct gdb_session *s, uint64_t number)
{
	struct buffer name = {0};

	tdesc_add_name(&name, s->arch, number);
	buffer_add_char(&name, '\0');
	if (name.failed)
		s->out_of_memory = true;
	else
		rsp_refuse(s, -EINVAL, "%s: the CPU would refuse this value",
			   (const char *)name.data);
	buffer_free(&name);
}

/* `set $rax = 1` */
static void cmd_write(struct gdb_session *s, struct hex_in args)
{
	uint8_t value[KVMGDB_REG_MAX_SIZE];
	struct tdesc_reg r;
	uint64_t number;
	int error;

	if (!hex_number(&args, &number) || !hex_char(&args, '=') ||
	    !tdesc_lookup(s->arch, number, &r)) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (hex_left(&args) != 2 * r.size || !hex_bytes(&args, value, r.size)) {
		rsp_error(s, -EINVAL);
		return;
	}
	error = register_write(s, &r, value);
	if (error == -EINVAL)
		refuse_value(s, number);
	else if (error)
		rsp_error(s, error);
	else
		rsp_ok(s);
}

const struct session_command register_commands[] = {
    {"g", cmd_read_all, SESSION_EXACT | SESSION_STOPPED | SESSION_REGISTERS},
    {"G", cmd_write_all, SESSION_STOPPED | SESSION_REGISTERS},
    {"p", cmd_read, SESSION_STOPPED | SESSION_REGISTERS},
    {"P", cmd_write, SESSION_STOPPED | SESSION_REGISTERS},
    {NULL, NULL, 0},
};
