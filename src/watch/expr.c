/* SPDX-License-Identifier: MIT */
#include "watch/expr.h"

#include <errno.h>
#include <stdlib.h>

#include "watch/exprtree.h"
#include "watch/regvalue.h"

static int read_register(const struct expr_input *in, enum kvmgdb_reg reg,
			 int64_t *value)
{
	uint64_t raw;

	if (!regvalue_get(in->ctx, reg, &raw))
		return -ENODATA;
	*value = (int64_t)raw;
	return 0;
}

static int read_memory(const struct expr_input *in, int64_t address,
		       int64_t size, int64_t *value)
{
	const size_t len = (size_t)(size < 0 ? -size : size);
	uint64_t raw = 0;

	if (in->ctx->mem_read(in->ctx->self, (uint64_t)address, &raw, len) !=
	    (ssize_t)len)
		return -EFAULT;
	if (size < 0 && len < 8 && raw >> (8 * len - 1) != 0)
		raw |= UINT64_MAX << (8 * len);
	*value = (int64_t)raw;
	return 0;
}

static int eval_leaf(const struct expr *e, const struct expr_input *in,
		     int64_t *value)
{
	int rc = 0;

	switch (e->op) {
	case OP_REG:
		return read_register(in, (enum kvmgdb_reg)e->value, value);
	case OP_CPL:
		rc = read_register(in, KVMGDB_REG_SS, value);
		*value &= 3;
		return rc;
	case OP_NEW:
		*value = (int64_t)in->after;
		return in->values ? 0 : -ENODATA;
	case OP_OLD:
		*value = (int64_t)in->before;
		return in->values ? 0 : -ENODATA;
	case OP_ADDR:
		*value = (int64_t)in->at;
		return 0;
	case OP_VCPU:
		*value = (int64_t)in->vcpu;
		return 0;
	default:
		*value = e->value;
		return 0;
	}
}

/* Overflow wraps, as the CPU does it. */
static int eval_binary(enum op op, int64_t a, int64_t b, int64_t *value)
{
	const uint64_t ua = (uint64_t)a, ub = (uint64_t)b;

	switch (op) {
	case OP_BITOR:
		*value = a | b;
		return 0;
	case OP_BITXOR:
		*value = a ^ b;
		return 0;
	case OP_BITAND:
		*value = a & b;
		return 0;
	case OP_EQ:
		*value = a == b;
		return 0;
	case OP_NE:
		*value = a != b;
		return 0;
	case OP_LT:
		*value = a < b;
		return 0;
	case OP_LE:
		*value = a <= b;
		return 0;
	case OP_GT:
		*value = a > b;
		return 0;
	case OP_GE:
		*value = a >= b;
		return 0;
	case OP_SHL:
		*value = (int64_t)(ub < 64 ? ua << ub : 0);
		return 0;
	case OP_SHR:
		*value = a >> (ub < 63 ? ub : 63);
		return 0;
	case OP_ADD:
		*value = (int64_t)(ua + ub);
		return 0;
	case OP_SUB:
		*value = (int64_t)(ua - ub);
		return 0;
	case OP_MUL:
		*value = (int64_t)(ua * ub);
		return 0;
	default:
		break;
	}
	if (b == 0)
		return -EDOM;
	if (b == -1) /* INT64_MIN / -1 traps */
		*value = op == OP_DIV ? (int64_t)(0 - ua) : 0;
	else
		*value = op == OP_DIV ? a / b : a % b;
	return 0;
}

int expr_eval(const struct expr *e, const struct expr_input *in, int64_t *value)
{
	int64_t a = 0, b = 0;
	int rc;

	if (e->left == NULL)
		return eval_leaf(e, in, value);
	rc = expr_eval(e->left, in, &a);
	if (rc < 0)
		return rc;
	switch (e->op) {
	case OP_MEM:
		return read_memory(in, a, e->value, value);
	case OP_NEG:
		*value = (int64_t)(0 - (uint64_t)a);
		return 0;
	case OP_NOT:
		*value = a == 0;
		return 0;
	case OP_INVERT:
		*value = ~a;
		return 0;
	case OP_OR:
	case OP_AND:
		*value = a != 0;
		if ((a != 0) == (e->op == OP_OR))
			return 0;
		rc = expr_eval(e->right, in, &b);
		*value = b != 0;
		return rc;
	default:
		break;
	}
	rc = expr_eval(e->right, in, &b);
	return rc < 0 ? rc : eval_binary(e->op, a, b, value);
}

void expr_free(struct expr *e)
{
	if (e == NULL)
		return;
	expr_free(e->left);
	expr_free(e->right);
	free(e);
}
