/* SPDX-License-Identifier: MIT */
/* What `kvmgdb run` does, for commands that look at the guest themselves. */
#ifndef KVMGDB_RUN_H
#define KVMGDB_RUN_H

#include <kvmgdb/backend.h>

#include "log.h"
#include "machine/loader.h"
#include "options.h"

/* All on the loop's thread, in this order; any may be NULL. */
struct run_hooks {
	/* The guest is loaded and is about to run.  WAKE: call it on any
	 * thread, with WAKE_CTX, to have poll() called.  False after an error
	 * message. */
	bool (*ready)(void *ctx, struct kvmgdb_vm *vm,
		      enum loader_format format, const struct log *log,
		      void (*wake)(void *wake_ctx), void *wake_ctx);
	/* True: end with *STATUS. */
	bool (*poll)(void *ctx, int *status);
	/* The vCPUs are about to be stopped: nothing may hold one. */
	void (*ending)(void *ctx);
	/* The VM is gone.  INTERRUPTED: somebody waits for us to end. */
	void (*gone)(void *ctx, bool interrupted);
	void *ctx;
};

/* HOOKS may be NULL.  The exit status. */
int run_guest(const struct options *options, const struct run_hooks *hooks);

#endif
