/* SPDX-License-Identifier: MIT */
/*
 * One script, once: a fresh guest, GDB on it, and what was seen.  Runs in a
 * process of its own, which leaves nothing behind however it ends.
 */
#ifndef CI_ATTEMPT_H
#define CI_ATTEMPT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct attempt_config {
	char *const *server; /* argv of `kvmgdb run`, as far as the GUEST's
				options; GUEST comes after ours */
	size_t server_len;
	const char *guest;
	const char *script;
	const char *symbols;  /* NULL: none */
	const char *gdb;      /* the program */
	const char *commands; /* the command file for it */
	bool python;          /* which of the two that is */
	bool i386;            /* symbols of it: GDB has to be told of x86-64 */
	const char *dir;      /* made and removed here */
	unsigned timeout;     /* seconds */
	int guest_status;     /* see struct facts */
};

/* The file of this NAME in the attempt's folder. */
static inline void attempt_path(const struct attempt_config *config,
				const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", config->dir, name);
}

/* Fork a process that carries it out; the result comes through the pipe FD, see
 * result_take().  Its pid, or -errno. */
pid_t attempt_start(const struct attempt_config *config, int *fd);

#endif
