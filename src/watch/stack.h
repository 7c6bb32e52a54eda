/* SPDX-License-Identifier: MIT */
/* The callers, by frame pointers. */
#ifndef WATCH_STACK_H
#define WATCH_STACK_H

#include <kvmgdb/target.h>

/* Return addresses into STACK, innermost first, up to MAX; their number.
 * Whoever uses RBP for other things has no frame pointers: an address that has
 * no near CALL before it is no caller, and ends the walk. */
unsigned stack_walk(const struct kvmgdb_filter_ctx *ctx, uint64_t *stack,
		    unsigned max);

#endif
