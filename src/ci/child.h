/* SPDX-License-Identifier: MIT */
/* Processes that cannot be left behind. */
#ifndef CI_CHILD_H
#define CI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Make this process the one that inherits what its descendants leave behind
 * (PR_SET_CHILD_SUBREAPER), so that child_sweep() finds it.  0, -errno.
 */
int child_reaper(void);

/*
 * Start ARGV (found by PATH) in a session of its own, with stdin empty and
 * stdout and stderr as given; it is killed if this process dies.  ENV: NULL, or
 * NAME=VALUE strings to add.  Returns its pid, or -errno, also of an execve
 * that failed.  Signals are unblocked in it.
 */
pid_t child_start(char *const argv[], char *const env[], int out, int err);

/* Kill all children, and what they leave behind, until there is none. */
void child_sweep(void);

#endif
