/* SPDX-License-Identifier: MIT */
/*
 * Agent expressions (GDB manual, "The GDB Agent Expression Mechanism"): the
 * byte code of conditions and of dprintf.  It is checked once and evaluated
 * many times, each time with a bounded amount of work, and an error is an
 * answer of its own, never a value.
 */
#ifndef GDBPROTO_AGENT_H
#define GDBPROTO_AGENT_H

#include "tdesc.h"

#include <kvmgdb/target.h>

/* Jump targets have 16 bits. */
#define AGENT_MAX_BYTES 65535u

struct agent_expr;
struct agent_vars;

/*
 * Check BYTES and make an expression of them: every instruction known and
 * whole, every jump to the beginning of one, no way past the end, every
 * register one of ARCH's description that fits a value, every format one that
 * can be printed.  Registers of the description become those of the seam here.
 * 0, -ENOMEM, or -EINVAL with WHY.
 */
int agent_new(const uint8_t *bytes, size_t len, enum tdesc_arch arch,
	      struct agent_expr **out, struct kvmgdb_reason *why);
void agent_free(struct agent_expr *expr); /* NULL is allowed */

/* The trace state variables, 0 at first.  Counted: expressions outlive the
 * session that they came by. */
struct agent_vars *agent_vars_new(void); /* NULL: no memory */
struct agent_vars *agent_vars_hold(struct agent_vars *vars);
void agent_vars_drop(struct agent_vars *vars); /* NULL is allowed */

/* One hit's evaluation; see struct kvmgdb_filter for the threads. */
struct agent_run {
	const struct kvmgdb_filter_ctx *ctx;
	struct agent_vars *vars; /* NULL: none */
	unsigned budget;         /* instructions left */
	char error[96];          /* what went wrong */
};

#define AGENT_BUDGET 20000u

/* False: RUN->error says why.  VALUE is the top of the stack, 0 if that is
 * empty (a command). */
bool agent_eval(const struct agent_expr *expr, struct agent_run *run,
		uint64_t *value);

#endif
