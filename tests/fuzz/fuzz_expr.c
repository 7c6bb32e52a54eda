/* SPDX-License-Identifier: MIT */
/* Any text as a condition: refused with a reason, or evaluated. */
#include "watch/expr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t reg_read(void *self, enum kvmgdb_reg reg, void *buf)
{
	(void)self;
	memset(buf, (int)reg, 8);
	return reg == KVMGDB_REG_CR8 ? -ENODATA : 8;
}

static ssize_t mem_read(void *self, uint64_t gva, void *buf, size_t len)
{
	(void)self;
	memset(buf, 0xff, len);
	return gva % 3 == 0 ? -EFAULT : (ssize_t)len;
}

static bool symbol(void *ctx, const char *name, uint64_t *address)
{
	(void)ctx;
	*address = UINT64_MAX;
	return name[0] == 's';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kvmgdb_filter_ctx ctx = {.reg_read = reg_read,
					      .mem_read = mem_read};
	const struct expr_input input = {.ctx = &ctx,
					 .before = UINT64_MAX,
					 .after = 1,
					 .values = size % 2 == 0};
	struct kvmgdb_reason why = {.text = ""};
	char text[1024];
	struct expr *e;
	int64_t value;
	int rc;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	e = expr_parse(text, symbol, NULL, &why);
	if (e == NULL) {
		if (why.text[0] == '\0')
			abort();
		return 0;
	}
	rc = expr_eval(e, &input, &value);
	if (rc != 0 && rc != -EFAULT && rc != -ENODATA && rc != -EDOM)
		abort();
	expr_free(e);
	return 0;
}
