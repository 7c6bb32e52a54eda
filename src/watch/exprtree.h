/* SPDX-License-Identifier: MIT */
/* An expression, as exprparse.c makes it and expr.c evaluates it. */
#ifndef WATCH_EXPRTREE_H
#define WATCH_EXPRTREE_H

#include <stdint.h>

enum op {
	OP_NUMBER,
	OP_REG,
	OP_CPL,
	OP_NEW,
	OP_OLD,
	OP_ADDR,
	OP_VCPU,
	OP_MEM, /* value: the size in bytes, negative: sign-extended */
	OP_NEG,
	OP_NOT,
	OP_INVERT,
	OP_OR,
	OP_AND,
	OP_BITOR,
	OP_BITXOR,
	OP_BITAND,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_SHL,
	OP_SHR,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD
};

struct expr {
	enum op op;
	int64_t value;
	struct expr *left, *right;
};

#endif
