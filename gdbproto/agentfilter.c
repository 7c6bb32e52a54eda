// SPDX-License-Identifier: MIT
#include "agentfilter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
	struct agent_expr **expr;
	unsigned count;
};

struct agent_filter {
	struct kvmgdb_filter base; /* first: the seam's pointer is ours */
	struct agent_vars *vars;
	struct list conditions, commands;
};

static void free_list(struct list *l)
{
	while (l->count)
		agent_free(l->expr[--l->count]);
	free(l->expr);
}

static void release(struct kvmgdb_filter *base)
{
	struct agent_filter *f = (struct agent_filter *)base;

	free_list(&f->conditions);
	free_list(&f->commands);
	agent_vars_drop(f->vars);
	free(f);
}

static void say(struct agent_run *run, const char *what,
		const struct kvmgdb_hit *hit)
{
	char line[200];
	int len = snprintf(line, sizeof(line),
			   "kvmgdb: the %s at 0x%" PRIx64
			   " cannot be evaluated: %s\n",
			   what, hit->addr, run->error);

	run->ctx->print(run->ctx->self, line, (size_t)len);
}

/* One that is true, or one that fails, stops. */
static bool counts(const struct agent_filter *f, struct agent_run *run,
		   const struct kvmgdb_hit *hit, bool *failed)
{
	for (unsigned i = 0; i < f->conditions.count; i++) {
		uint64_t value;

		if (!agent_eval(f->conditions.expr[i], run, &value)) {
			say(run, "condition", hit);
			*failed = true;
			return true;
		}
		if (value)
			return true;
	}
	return !f->conditions.count;
}

static enum kvmgdb_verdict decide(struct kvmgdb_filter *base,
				  const struct kvmgdb_filter_ctx *ctx,
				  const struct kvmgdb_hit *hit)
{
	const struct agent_filter *f = (const struct agent_filter *)base;
	struct agent_run run = {
	    .ctx = ctx, .vars = f->vars, .budget = AGENT_BUDGET};
	bool failed = false;
	uint64_t ignored;

	if (!counts(f, &run, hit, &failed))
		return KVMGDB_VERDICT_RUN_ON;
	if (failed || !f->commands.count)
		return KVMGDB_VERDICT_STOP;
	for (unsigned i = 0; i < f->commands.count; i++) {
		if (agent_eval(f->commands.expr[i], &run, &ignored))
			continue;
		say(&run, "command", hit);
		return KVMGDB_VERDICT_STOP;
	}
	return KVMGDB_VERDICT_RUN_ON;
}

static int malformed(struct kvmgdb_reason *why)
{
	snprintf(why->text, sizeof(why->text),
		 "malformed conditions or commands");
	return -EINVAL;
}

static int append(struct list *l, struct agent_expr *expr)
{
	struct agent_expr **grown =
	    realloc(l->expr, (l->count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	l->expr = grown;
	l->expr[l->count++] = expr;
	return 0;
}

/* "X<LEN>,<BYTES>" */
static int parse_one(struct hex_in *in, enum tdesc_arch arch, struct list *l,
		     struct kvmgdb_reason *why)
{
	struct agent_expr *expr;
	uint8_t *bytes;
	uint64_t len;
	int error = 0;

	if (!hex_char(in, 'X') || !hex_number(in, &len) || !hex_char(in, ',') ||
	    len > hex_left(in) / 2)
		return malformed(why);
	bytes = malloc((size_t)len + 1);
	if (!bytes)
		return -ENOMEM;
	if (!hex_bytes(in, bytes, (size_t)len))
		error = malformed(why);
	if (!error)
		error = agent_new(bytes, (size_t)len, arch, &expr, why);
	free(bytes);
	if (error)
		return error;
	error = append(l, expr);
	if (error)
		agent_free(expr);
	return error;
}

/* One or more. */
static int parse_list(struct hex_in *in, enum tdesc_arch arch, struct list *l,
		      struct kvmgdb_reason *why)
{
	do {
		int error = parse_one(in, arch, l, why);

		if (error)
			return error;
	} while (hex_left(in) && *in->p != ';');
	return 0;
}

static int parse_all(struct hex_in *in, enum tdesc_arch arch,
		     struct agent_filter *f, struct kvmgdb_reason *why)
{
	uint64_t persist;
	int error = 0;

	if (!hex_char(in, ';'))
		return malformed(why);
	if (!hex_text(in, "cmds:")) {
		error = parse_list(in, arch, &f->conditions, why);
		if (error || !hex_left(in))
			return error;
		if (!hex_text(in, ";cmds:"))
			return malformed(why);
	}
	/* Breakpoints do not outlive the connection: PERSIST has no effect. */
	if (!hex_number(in, &persist) || persist > 1 || !hex_char(in, ','))
		return malformed(why);
	error = parse_list(in, arch, &f->commands, why);
	if (!error && hex_left(in))
		error = malformed(why);
	return error;
}

int agent_filter_parse(struct hex_in args, enum tdesc_arch arch,
		       struct agent_vars *vars, struct kvmgdb_filter **out,
		       struct kvmgdb_reason *why)
{
	struct agent_filter *f;
	int error;

	*out = NULL;
	if (!hex_left(&args))
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->base.decide = decide;
	f->base.release = release;
	f->vars = agent_vars_hold(vars);
	error = parse_all(&args, arch, f, why);
	if (error)
		release(&f->base);
	else
		*out = &f->base;
	return error;
}
