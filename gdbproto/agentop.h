/* SPDX-License-Identifier: MIT */
/* The opcodes of agent expressions, and what both its halves (the check, the
 * evaluation) know of them. */
#ifndef GDBPROTO_AGENTOP_H
#define GDBPROTO_AGENTOP_H

#include "agent.h"

enum agent_op {
	OP_FLOAT = 0x01,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV_SIGNED,
	OP_DIV_UNSIGNED,
	OP_REM_SIGNED,
	OP_REM_UNSIGNED,
	OP_LSH,
	OP_RSH_SIGNED,
	OP_RSH_UNSIGNED,
	OP_TRACE,
	OP_TRACE_QUICK,
	OP_LOG_NOT,
	OP_BIT_AND,
	OP_BIT_OR,
	OP_BIT_XOR,
	OP_BIT_NOT,
	OP_EQUAL,
	OP_LESS_SIGNED,
	OP_LESS_UNSIGNED,
	OP_EXT,
	OP_REF8,
	OP_REF16,
	OP_REF32,
	OP_REF64,
	OP_REF_FLOAT,
	OP_REF_DOUBLE,
	OP_REF_LONG_DOUBLE,
	OP_L_TO_D,
	OP_D_TO_L,
	OP_IF_GOTO,
	OP_GOTO,
	OP_CONST8,
	OP_CONST16,
	OP_CONST32,
	OP_CONST64,
	OP_REG,
	OP_END,
	OP_DUP,
	OP_POP,
	OP_ZERO_EXT,
	OP_SWAP,
	OP_GETV,
	OP_SETV,
	OP_TRACEV,
	OP_TRACENZ,
	OP_TRACE16,
	OP_PICK = 0x32,
	OP_ROT,
	OP_PRINTF,
	OP_COUNT
};

/* An OP_REG's register of the seam, of which the description has four bytes. */
#define AGENT_REG_NARROW 0x8000u

struct agent_expr {
	enum tdesc_arch arch;
	size_t len;
	uint8_t code[];
};

/* Operands are big-endian. */
static inline uint64_t agent_operand(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | *p++;
	return value;
}

/* VARS may be NULL, and then has no room.  False: no room. */
bool agent_vars_set(struct agent_vars *vars, unsigned number, uint64_t value);
uint64_t agent_vars_get(struct agent_vars *vars, unsigned number);

#endif
