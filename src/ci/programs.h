/* SPDX-License-Identifier: MIT */
/* The two programs of an attempt: their command lines and their settings. */
#ifndef CI_PROGRAMS_H
#define CI_PROGRAMS_H

#include <stdint.h>

#include "ci/attempt.h"

/* `kvmgdb run'; the guest's console and the server's messages go to these
 * descriptors.  A pid, or -errno. */
pid_t programs_start_server(const struct attempt_config *config, int console,
			    int messages);

/* GDB, to be connected to it; STARTED (ms, CLOCK_MONOTONIC) is when the
 * attempt's time began.  A pid, or -errno. */
pid_t programs_start_gdb(const struct attempt_config *config, uint64_t started,
			 int out);

#endif
