// SPDX-License-Identifier: MIT
/*
 * Conditions and commands.  The first byte says what the rest is: even, the
 * byte code of one expression; odd, what follows a breakpoint in a Z packet.
 *
 * Invariants: what is accepted is evaluated within its budget, with or without
 * a value; what is printed is bounded and has no NUL; a reason comes with each
 * refusal and each failure.
 */
#include <gdbproto/agentfilter.h>
#include <gdbproto/agentprintf.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

struct guest {
	const uint8_t *ram;
	size_t size;
	size_t printed;
};

static ssize_t reg_read(void *self, enum kvmgdb_reg reg, void *buf)
{
	const struct guest *g = self;
	size_t size = kvmgdb_reg_size(reg);

	CHECK(size && size <= sizeof(uint64_t));
	if (reg == KVMGDB_REG_CR2)
		return -ENODATA;
	memset(buf, (int)g->size, size);
	return (ssize_t)size;
}

/* The input itself, over and over, in the lower half. */
static ssize_t mem_read(void *self, uint64_t gva, void *buf, size_t len)
{
	const struct guest *g = self;
	uint8_t *out = buf;
	size_t i;

	for (i = 0; i < len && !((gva + i) >> 63) && g->size; i++)
		out[i] = g->ram[(gva + i) % g->size];
	return i || !len ? (ssize_t)i : -EFAULT;
}

static void print(void *self, const char *text, size_t len)
{
	struct guest *g = self;

	CHECK(len <= AGENT_PRINTF_MAX);
	CHECK(!memchr(text, '\0', len));
	g->printed += len;
}

static void expression(const struct kvmgdb_filter_ctx *ctx,
		       enum tdesc_arch arch, const uint8_t *data, size_t size)
{
	struct kvmgdb_reason why = {""};
	struct agent_run run = {
	    .ctx = ctx, .vars = agent_vars_new(), .budget = AGENT_BUDGET};
	struct agent_expr *expr;
	uint64_t value;
	int error;

	error = agent_new(data, size, arch, &expr, &why);
	CHECK(!error || error == -ENOMEM || why.text[0]);
	/* twice: variables are kept */
	for (unsigned i = 0; !error && i < 2; i++) {
		bool ok = agent_eval(expr, &run, &value);

		CHECK(run.budget <= AGENT_BUDGET);
		CHECK(ok || run.error[0]);
	}
	if (!error)
		agent_free(expr);
	agent_vars_drop(run.vars);
}

static void filter(const struct kvmgdb_filter_ctx *ctx, const uint8_t *data,
		   size_t size)
{
	static const struct kvmgdb_hit hit = {.addr = 0x1000, .len = 1};
	struct hex_in in = {data, data + size};
	struct kvmgdb_reason why = {""};
	struct kvmgdb_filter *f = NULL;
	int error = agent_filter_parse(in, TDESC_X86_64, NULL, &f, &why);

	if (error)
		CHECK(!f && (error == -ENOMEM || why.text[0]));
	if (!f)
		return;
	f->decide(f, ctx, &hit);
	f->release(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest g = {.ram = data, .size = size};
	const struct kvmgdb_filter_ctx ctx = {&g, reg_read, mem_read, print};

	if (!size)
		return 0;
	if (data[0] & 1)
		filter(&ctx, data + 1, size - 1);
	else
		expression(&ctx, (enum tdesc_arch)((data[0] >> 1) % 3),
			   data + 1, size - 1);
	return 0;
}
