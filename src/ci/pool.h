/* SPDX-License-Identifier: MIT */
/* Runs attempts, several at a time, and gives their results in order. */
#ifndef CI_POOL_H
#define CI_POOL_H

#include "ci/attempt.h"
#include "ci/result.h"

struct pool_config {
	size_t count;  /* of attempts, 0 .. count - 1 */
	unsigned jobs; /* at most so many at a time */
	/* Fill CONFIG; its strings must stay until attempt_start() returns. */
	void (*prepare)(void *ctx, size_t index, struct attempt_config *config);
	/* In the order of INDEX. */
	void (*done)(void *ctx, size_t index,
		     const struct attempt_result *result);
	/* Attempts that have ended, for a progress line; may be NULL. */
	void (*progress)(void *ctx, size_t ended);
	void *ctx;
};

/* Stops early, with the results so far, after an attempt that could not be set
 * up.  0; -errno; or -EINTR after SIGINT, SIGTERM or SIGHUP, SIGNAL says which:
 * all attempts have ended and cleaned up then. */
int pool_run(const struct pool_config *config, int *signal);

#endif
