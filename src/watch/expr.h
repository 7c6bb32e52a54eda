/* SPDX-License-Identifier: MIT */
/*
 * Conditions: C's operators on 64-bit integers.
 *
 *	new, old	the bytes of the watched object, little-endian, up to 8
 *	addr, vcpu	where it was hit, and by whom
 *	$rax ... $rip, $cr3, ...	registers; $cpl is the privilege level
 *	u8[A] ... u64[A], s8[A] ...	memory at a linear address
 *	NAME		the address of a symbol
 *
 * `/', `%', `<', `>' and `>>' are signed, as of C's int64_t; `new' and `old'
 *are zero-extended.
 */
#ifndef WATCH_EXPR_H
#define WATCH_EXPR_H

#include <kvmgdb/target.h>

struct expr;

/* What an expression is about. */
struct expr_input {
	const struct kvmgdb_filter_ctx *ctx;
	uint64_t before, after, at;
	bool values; /* before and after are valid */
	unsigned vcpu;
};

/* Address of a symbol: true if there is one. */
typedef bool expr_symbol(void *ctx, const char *name, uint64_t *address);

/* NULL with WHY: no expression, or no memory. */
struct expr *expr_parse(const char *text, expr_symbol *symbol, void *ctx,
			struct kvmgdb_reason *why);

/* 0; -EFAULT memory, -ENODATA a register or a value that is not known, -EDOM a
 * division by 0. */
int expr_eval(const struct expr *expr, const struct expr_input *input,
	      int64_t *value);

/* NULL is allowed. */
void expr_free(struct expr *expr);

#endif
