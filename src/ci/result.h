/* SPDX-License-Identifier: MIT */
/* What an attempt has found, and how it comes through a pipe. */
#ifndef CI_RESULT_H
#define CI_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "ci/verdict.h"

enum attempt_text {
	ATTEMPT_CONSOLE, /* of the guest */
	ATTEMPT_GDB,     /* GDB's output */
	ATTEMPT_STATE,   /* registers, backtrace, `monitor dr` at the failure */
	ATTEMPT_PACKETS, /* the server's messages, the last of them */
	ATTEMPT_TEXTS
};

struct attempt_result {
	enum verdict verdict;
	char reason[VERDICT_TEXT];
	unsigned checks; /* expectations that held */
	unsigned ms;
	char *text[ATTEMPT_TEXTS]; /* NULL where it passed */
	size_t len[ATTEMPT_TEXTS];
};

/* False: the reader is gone. */
bool result_send(int fd, const struct attempt_result *result);

/* What came through the pipe until its end.  False: the process died early. */
bool result_take(const void *data, size_t len, struct attempt_result *result);

/* Its texts. */
void result_free(struct attempt_result *result);

#endif
