/* SPDX-License-Identifier: MIT */
/*
 * One script, once: a fresh guest, GDB on it, and what was seen.  Runs in a
 * process of its own, which leaves nothing behind however it ends.
 */
#ifndef CI_ATTEMPT_H
#define CI_ATTEMPT_H

#include <stddef.h>
#include <sys/types.h>

#include "ci/verdict.h"

enum attempt_text {
	ATTEMPT_CONSOLE, /* of the guest */
	ATTEMPT_GDB,     /* GDB's output */
	ATTEMPT_STATE,   /* registers, backtrace, `monitor dr` at the failure */
	ATTEMPT_PACKETS, /* the server's messages, the last of them */
	ATTEMPT_TEXTS
};

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

struct attempt_result {
	enum verdict verdict;
	char reason[VERDICT_TEXT];
	unsigned checks; /* expectations that held */
	unsigned ms;
	char *text[ATTEMPT_TEXTS]; /* NULL where it passed */
	size_t len[ATTEMPT_TEXTS];
};

/* Fork a process that carries it out; the result comes through the pipe FD, see
 * attempt_take().  Its pid, or -errno. */
pid_t attempt_start(const struct attempt_config *config, int *fd);

/* What came through the pipe until its end.  False: the process died early. */
bool attempt_take(const void *data, size_t len, struct attempt_result *result);

void attempt_free(struct attempt_result *result);

#endif
