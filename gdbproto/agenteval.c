// SPDX-License-Identifier: MIT
/* Agent expressions: the evaluation. */
#include "agentop.h"
#include "agentprintf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define STACK 64u

/* Depth counts all values.  Invariant: depth <= STACK. */
struct machine {
	const struct agent_expr *expr;
	struct agent_run *run;
	uint64_t stack[STACK];
	unsigned depth;
	size_t pc;
};

static bool fail(const struct machine *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(const struct machine *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	/* clang-tidy 14 is wrong here from its second file on. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(m->run->error, sizeof(m->run->error), format, args);
	va_end(args);
	return false;
}

static bool push(struct machine *m, uint64_t value)
{
	if (m->depth == STACK)
		return fail(m, "its stack is full");
	m->stack[m->depth++] = value;
	return true;
}

/* VALUE[0] is the top. */
static bool pop(struct machine *m, unsigned count, uint64_t *value)
{
	if (m->depth < count)
		return fail(m, "its stack is empty");
	for (unsigned i = 0; i < count; i++)
		value[i] = m->stack[--m->depth];
	return true;
}

/* ---- arithmetic: of a (next to top) and b (top) ---- */

static uint64_t negate_if(bool negative, uint64_t value)
{
	return negative ? 0 - value : value;
}

/* Two's complement without overflow: INT64_MIN / -1 is INT64_MIN. */
static uint64_t signed_division(uint64_t a, uint64_t b, bool remainder)
{
	bool na = a >> 63, nb = b >> 63;
	uint64_t ma = negate_if(na, a), mb = negate_if(nb, b);

	return remainder ? negate_if(na, ma % mb)
			 : negate_if(na != nb, ma / mb);
}

static uint64_t shift_right(uint64_t a, uint64_t b, bool is_signed)
{
	uint64_t fill = is_signed && a >> 63 ? UINT64_MAX : 0;

	if (!b)
		return a;
	return b < 64 ? a >> b | fill << (64 - b) : fill;
}

static uint64_t sign_extend(uint64_t a, unsigned bits)
{
	uint64_t sign = UINT64_C(1) << (bits - 1);

	a &= UINT64_MAX >> (64 - bits);
	return (a ^ sign) - sign;
}

static bool less_signed(uint64_t a, uint64_t b)
{
	return (a ^ UINT64_C(1) << 63) < (b ^ UINT64_C(1) << 63);
}

static bool binary(struct machine *m, uint8_t op)
{
	uint64_t v[2] = {0}, a, b;

	if (!pop(m, 2, v))
		return false;
	a = v[1];
	b = v[0];
	switch (op) {
	case OP_ADD:
		return push(m, a + b);
	case OP_SUB:
		return push(m, a - b);
	case OP_MUL:
		return push(m, a * b);
	case OP_LSH:
		return push(m, b < 64 ? a << b : 0);
	case OP_RSH_SIGNED:
	case OP_RSH_UNSIGNED:
		return push(m, shift_right(a, b, op == OP_RSH_SIGNED));
	case OP_BIT_AND:
		return push(m, a & b);
	case OP_BIT_OR:
		return push(m, a | b);
	case OP_BIT_XOR:
		return push(m, a ^ b);
	case OP_EQUAL:
		return push(m, a == b);
	case OP_LESS_SIGNED:
		return push(m, less_signed(a, b));
	case OP_LESS_UNSIGNED:
		return push(m, a < b);
	default:
		break;
	}
	if (!b)
		return fail(m, "division by zero");
	switch (op) {
	case OP_DIV_SIGNED:
	case OP_REM_SIGNED:
		return push(m, signed_division(a, b, op == OP_REM_SIGNED));
	case OP_DIV_UNSIGNED:
		return push(m, a / b);
	default:
		return push(m, a % b);
	}
}

static bool unary(struct machine *m, uint8_t op, uint8_t operand)
{
	uint64_t a = 0;

	if (!pop(m, 1, &a))
		return false;
	switch (op) {
	case OP_LOG_NOT:
		return push(m, !a);
	case OP_BIT_NOT:
		return push(m, ~a);
	case OP_EXT:
		return push(m, sign_extend(a, operand));
	default: /* OP_ZERO_EXT */
		return push(m, a & UINT64_MAX >> (64 - operand));
	}
}

/* ---- the stack ---- */

static bool shuffle(struct machine *m, uint8_t op, uint8_t operand)
{
	unsigned need = op == OP_ROT ? 3 : op == OP_SWAP ? 2 : 1;
	uint64_t *top, value;

	if (op == OP_PICK)
		need = operand + 1u;
	if (m->depth < need)
		return fail(m, "its stack is empty");
	top = &m->stack[m->depth - 1];
	switch (op) {
	case OP_SWAP:
		value = top[0];
		top[0] = top[-1];
		top[-1] = value;
		return true;
	case OP_ROT: /* a b c => c a b */
		value = top[0];
		top[0] = top[-1];
		top[-1] = top[-2];
		top[-2] = value;
		return true;
	case OP_POP:
		m->depth--;
		return true;
	default: /* OP_DUP, OP_PICK */
		return push(m, *(top - operand));
	}
}

/* ---- the guest ---- */

static uint64_t from_little_endian(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | bytes[size];
	return value;
}

static bool fetch(const struct machine *m, enum kvmgdb_reg reg, uint64_t *value)
{
	const struct kvmgdb_filter_ctx *ctx = m->run->ctx;
	uint8_t bytes[KVMGDB_REG_MAX_SIZE];
	ssize_t size = ctx->reg_read(ctx->self, reg, bytes);

	if (size <= 0 || (size_t)size > sizeof(uint64_t))
		return false;
	*value = from_little_endian(bytes, (size_t)size);
	return true;
}

static bool read_register(struct machine *m, unsigned word)
{
	enum kvmgdb_reg reg = (enum kvmgdb_reg)(word & ~AGENT_REG_NARROW);
	uint64_t value, base;

	if (!fetch(m, reg, &value))
		return fail(m, "a register cannot be read");
	/* there it is linear; see modes_pc_read() */
	if (m->expr->arch == TDESC_I8086 && reg == KVMGDB_REG_RIP) {
		if (!fetch(m, KVMGDB_REG_CS_BASE, &base))
			return fail(m, "a register cannot be read");
		value += base;
	}
	return push(m, word & AGENT_REG_NARROW ? (uint32_t)value : value);
}

static bool read_memory(struct machine *m, size_t size)
{
	const struct kvmgdb_filter_ctx *ctx = m->run->ctx;
	uint8_t value[sizeof(uint64_t)];
	uint64_t addr = 0;

	if (!pop(m, 1, &addr))
		return false;
	if (m->expr->arch != TDESC_X86_64)
		addr = (uint32_t)addr;
	if (ctx->mem_read(ctx->self, addr, value, size) != (ssize_t)size)
		return fail(m, "memory at 0x%" PRIx64 " cannot be read", addr);
	return push(m, from_little_endian(value, size));
}

/* ---- trace state variables ---- */

static bool set_variable(struct machine *m, unsigned number)
{
	if (!m->depth)
		return fail(m, "its stack is empty");
	return agent_vars_set(m->run->vars, number, m->stack[m->depth - 1]) ||
	       fail(m, "too many trace state variables");
}

static bool get_variable(struct machine *m, unsigned number)
{
	return push(m, agent_vars_get(m->run->vars, number));
}

/* ---- the loop ---- */

/* On the stack: function and channel, which GDB leaves 0, and the arguments,
 * the first on top. */
static bool print(struct machine *m, const uint8_t *operand)
{
	uint64_t args[STACK];
	unsigned count = operand[0];
	size_t len = (size_t)agent_operand(operand + 1, 2);

	if (m->depth < count + 2u || count > STACK)
		return fail(m, "its stack is empty");
	pop(m, 2, args);
	pop(m, count, args);
	agent_printf(m->run->ctx, (const char *)operand + 3, args);
	m->pc += len;
	return true;
}

/* What is collected for a trace frame: there are none. */
static bool trace(struct machine *m, uint8_t op)
{
	uint64_t ignored[2];

	if (op == OP_TRACE || op == OP_TRACENZ)
		return pop(m, 2, ignored);
	return op == OP_TRACEV || m->depth || fail(m, "its stack is empty");
}

static bool jump(struct machine *m, uint8_t op, size_t to)
{
	uint64_t value = 1;

	if (op == OP_IF_GOTO && !pop(m, 1, &value))
		return false;
	if (value)
		m->pc = to;
	return true;
}

static bool execute(struct machine *m, uint8_t op, const uint8_t *operand)
{
	unsigned word;

	switch (op) {
	case OP_LOG_NOT:
	case OP_BIT_NOT:
		return unary(m, op, 0);
	case OP_EXT:
	case OP_ZERO_EXT:
		m->pc++;
		return unary(m, op, *operand);
	case OP_DUP:
	case OP_POP:
	case OP_SWAP:
	case OP_ROT:
		return shuffle(m, op, 0);
	case OP_PICK:
		m->pc++;
		return shuffle(m, op, *operand);
	case OP_REF8:
	case OP_REF16:
	case OP_REF32:
	case OP_REF64:
		return read_memory(m, (size_t)1 << (op - OP_REF8));
	case OP_CONST8:
	case OP_CONST16:
	case OP_CONST32:
	case OP_CONST64:
		word = 1u << (op - OP_CONST8);
		m->pc += word;
		return push(m, agent_operand(operand, word));
	case OP_TRACE_QUICK:
		m->pc++;
		return trace(m, op);
	case OP_TRACE:
	case OP_TRACENZ:
		return trace(m, op);
	case OP_PRINTF:
		m->pc += 3;
		return print(m, operand);
	case OP_IF_GOTO:
	case OP_GOTO:
	case OP_REG:
	case OP_GETV:
	case OP_SETV:
	case OP_TRACEV:
	case OP_TRACE16:
		break;
	default:
		return binary(m, op);
	}
	m->pc += 2;
	word = (unsigned)agent_operand(operand, 2);
	switch (op) {
	case OP_REG:
		return read_register(m, word);
	case OP_GETV:
		return get_variable(m, word);
	case OP_SETV:
		return set_variable(m, word);
	case OP_TRACEV:
	case OP_TRACE16:
		return trace(m, op);
	default:
		return jump(m, op, word);
	}
}

bool agent_eval(const struct agent_expr *expr, struct agent_run *run,
		uint64_t *value)
{
	struct machine m = {.expr = expr, .run = run};

	while (true) {
		const uint8_t *at = expr->code + m.pc;

		if (*at == OP_END)
			break;
		if (!run->budget)
			return fail(&m, "it takes too long");
		run->budget--;
		m.pc++;
		if (!execute(&m, *at, at + 1))
			return false;
	}
	*value = m.depth ? m.stack[m.depth - 1] : 0;
	return true;
}
