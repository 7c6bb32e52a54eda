// SPDX-License-Identifier: MIT
/* g, G, p, P: the registers of the current thread. */
#include "session_impl.h"
#include "tdesc.h"

#include <errno.h>

/* Add a register, or "xx" for each byte of one that cannot be had: `p` must
 * never be short or empty.  False: an error instead of an answer. */
static bool add_register(struct gdb_session *s, enum kvmgdb_reg reg)
{
	uint8_t value[KVMGDB_REG_MAX_SIZE];
	size_t size = kvmgdb_reg_size(reg);
	ssize_t len = s->ops->reg_read(s->target, s->current, reg, value);

	if (len == (ssize_t)size) {
		buffer_add_hex(&s->reply, value, size);
		return true;
	}
	if (len == -EBUSY) {
		rsp_error(s, -EBUSY);
		return false;
	}
	for (size_t i = 0; i < size; i++)
		buffer_add_text(&s->reply, "xx");
	return true;
}

/* After each stop. */
static void cmd_read_all(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	/* their numbers are those of the enumeration, see tdesc.h */
	for (unsigned n = 0; n < TDESC_G_REGS; n++)
		if (!add_register(s, (enum kvmgdb_reg)n))
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
	enum kvmgdb_reg reg;

	for (unsigned n = 0; n < TDESC_G_REGS; n++) {
		size_t size;
		int error;

		if (!tdesc_lookup(n, &reg))
			return -EINVAL;
		size = kvmgdb_reg_size(reg);
		if (is_unavailable(&in, size)) {
			in.p += 2 * size;
			continue;
		}
		if (!hex_bytes(&in, value, size))
			return -EINVAL;
		if (!apply)
			continue;
		error =
		    s->ops->reg_write(s->target, s->current, reg, value, size);
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
	enum kvmgdb_reg reg;
	uint64_t number;

	if (!hex_number(&args, &number) || hex_left(&args) ||
	    !tdesc_lookup(number, &reg))
		rsp_error(s, -EINVAL);
	else
		add_register(s, reg);
}

static void refuse_value(struct gdb_session *s, uint64_t number)
{
	struct buffer name = {0};

	tdesc_add_name(&name, number);
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
	enum kvmgdb_reg reg;
	uint64_t number;
	size_t size;
	int error;

	if (!hex_number(&args, &number) || !hex_char(&args, '=') ||
	    !tdesc_lookup(number, &reg)) {
		rsp_error(s, -EINVAL);
		return;
	}
	size = kvmgdb_reg_size(reg);
	if (hex_left(&args) != 2 * size || !hex_bytes(&args, value, size)) {
		rsp_error(s, -EINVAL);
		return;
	}
	error = s->ops->reg_write(s->target, s->current, reg, value, size);
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
