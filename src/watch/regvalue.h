/* SPDX-License-Identifier: MIT */
/* Registers of the vCPU that a filter is asked for, as numbers. */
#ifndef WATCH_REGVALUE_H
#define WATCH_REGVALUE_H

#include <kvmgdb/target.h>
#include <string.h>

/* The low 64 bits; false and 0: there is none. */
static inline bool regvalue_get(const struct kvmgdb_filter_ctx *ctx,
				enum kvmgdb_reg reg, uint64_t *value)
{
	uint8_t bytes[KVMGDB_REG_MAX_SIZE] = {0};

	*value = 0;
	if (ctx->reg_read(ctx->self, reg, bytes) <= 0)
		return false;
	memcpy(value, bytes, sizeof(*value));
	return true;
}

static inline uint64_t regvalue(const struct kvmgdb_filter_ctx *ctx,
				enum kvmgdb_reg reg)
{
	uint64_t value;

	regvalue_get(ctx, reg, &value);
	return value;
}

#endif
