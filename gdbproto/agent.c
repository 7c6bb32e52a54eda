// SPDX-License-Identifier: MIT
/* Agent expressions: the check. */
#include "agent.h"

#include "agentop.h"
#include "agentprintf.h"
#include "tdesc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(OP_IF_GOTO == 0x20 && OP_REG == 0x26 && OP_TRACE16 == 0x30 &&
		   OP_PRINTF == 0x34,
	       "the numbers of the manual");
_Static_assert(KVMGDB_REG_COUNT < 0x10000, "a register fits REG's operand");

/* Bytes of the operand; -1: an opcode that cannot be served. */
static int operand_size(uint8_t op)
{
	switch (op) {
	case 0:
	case OP_FLOAT:
	case OP_REF_FLOAT:
	case OP_REF_DOUBLE:
	case OP_REF_LONG_DOUBLE:
	case OP_L_TO_D:
	case OP_D_TO_L:
	case 0x31: /* "invalid", by its name */
		return -1;
	case OP_TRACE_QUICK:
	case OP_EXT:
	case OP_CONST8:
	case OP_ZERO_EXT:
	case OP_PICK:
		return 1;
	case OP_IF_GOTO:
	case OP_GOTO:
	case OP_CONST16:
	case OP_REG:
	case OP_GETV:
	case OP_SETV:
	case OP_TRACEV:
	case OP_TRACE16:
		return 2;
	case OP_PRINTF: /* and the format behind it */
		return 3;
	case OP_CONST32:
		return 4;
	case OP_CONST64:
		return 8;
	default:
		return op < OP_COUNT ? 0 : -1;
	}
}

struct check {
	struct agent_expr *expr;
	bool *begins; /* an instruction begins at this offset */
	struct kvmgdb_reason *why;
};

static int refuse(const struct check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int refuse(const struct check *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	/* clang-tidy 14 is wrong here from its second file on. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(c->why->text, sizeof(c->why->text), format, args);
	va_end(args);
	return -EINVAL;
}

/* The number of the description becomes that of the seam, in place. */
static int check_register(const struct check *c, size_t at)
{
	uint8_t *operand = c->expr->code + at + 1;
	unsigned number = (unsigned)agent_operand(operand, 2);
	struct tdesc_reg r;
	unsigned reg;

	if (!tdesc_lookup(c->expr->arch, number, &r))
		return refuse(c, "there is no register %u", number);
	if (r.size > sizeof(uint64_t))
		return refuse(c, "register %u does not fit 64 bits", number);
	reg = (unsigned)r.reg | (r.size == 4 ? AGENT_REG_NARROW : 0);
	operand[0] = (uint8_t)(reg >> 8);
	operand[1] = (uint8_t)reg;
	return 0;
}

/* The format is behind the instruction; *NEXT goes behind the format. */
static int check_printf(const struct check *c, size_t at, size_t *next)
{
	const uint8_t *operand = c->expr->code + at + 1;
	size_t len = (size_t)agent_operand(operand + 1, 2);
	const char *format = (const char *)operand + 3;
	const char *wrong;

	if (len > c->expr->len - *next)
		return refuse(c, "the format at %zu is cut short", at);
	wrong = agent_printf_check(format, len, operand[0]);
	if (wrong)
		return refuse(c, "the format at %zu: %s", at, wrong);
	*next += len;
	return 0;
}

static int check_instruction(const struct check *c, size_t at, size_t *next)
{
	const struct agent_expr *e = c->expr;
	uint8_t op = e->code[at], bits;
	int size = operand_size(op);

	if (size < 0)
		return refuse(c, "opcode 0x%02x at %zu is not supported", op,
			      at);
	if ((size_t)size > e->len - at - 1)
		return refuse(c, "the instruction at %zu is cut short", at);
	*next = at + 1 + (size_t)size;
	switch (op) {
	case OP_EXT:
	case OP_ZERO_EXT:
		bits = e->code[at + 1];
		if (bits < 1 || bits > 64)
			return refuse(c, "an extension from %u bits", bits);
		return 0;
	case OP_REG:
		return check_register(c, at);
	case OP_PRINTF:
		return check_printf(c, at, next);
	default:
		return 0;
	}
}

/* Each jump goes to an instruction, which may lie behind it. */
static int check_jumps(const struct check *c)
{
	const struct agent_expr *e = c->expr;

	for (size_t at = 0; at < e->len; at++) {
		size_t to;

		if (!c->begins[at] ||
		    (e->code[at] != OP_GOTO && e->code[at] != OP_IF_GOTO))
			continue;
		to = (size_t)agent_operand(e->code + at + 1, 2);
		if (to >= e->len || !c->begins[to])
			return refuse(c,
				      "a jump to %zu, where no instruction "
				      "begins",
				      to);
	}
	return 0;
}

static int check_all(const struct check *c)
{
	const struct agent_expr *e = c->expr;
	size_t at = 0, next = 0, last = 0;

	if (!e->len)
		return refuse(c, "an empty expression");
	for (; at < e->len; at = next) {
		int error = check_instruction(c, at, &next);

		if (error)
			return error;
		c->begins[at] = true;
		last = at;
	}
	if (e->code[last] != OP_END && e->code[last] != OP_GOTO)
		return refuse(c, "the expression has no end");
	return check_jumps(c);
}

int agent_new(const uint8_t *bytes, size_t len, enum tdesc_arch arch,
	      struct agent_expr **out, struct kvmgdb_reason *why)
{
	struct check c = {.why = why};
	int error;

	if (len > AGENT_MAX_BYTES)
		return refuse(&c, "an expression of %zu bytes", len);
	c.expr = malloc(sizeof(*c.expr) + len);
	c.begins = calloc(len + 1, sizeof(*c.begins));
	if (!c.expr || !c.begins) {
		free(c.expr);
		free(c.begins);
		return -ENOMEM;
	}
	c.expr->arch = arch;
	c.expr->len = len;
	memcpy(c.expr->code, bytes, len);
	error = check_all(&c);
	free(c.begins);
	if (error)
		free(c.expr);
	else
		*out = c.expr;
	return error;
}

void agent_free(struct agent_expr *expr)
{
	free(expr);
}
