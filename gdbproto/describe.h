/* SPDX-License-Identifier: MIT */
/* What a packet means, in words, for a log.  Pure; believes nothing of what is
 * in it. */
#ifndef GDBPROTO_DESCRIBE_H
#define GDBPROTO_DESCRIBE_H

#include "session.h"

/* Room that is always enough; more is cut. */
#define DESCRIBE_MAX 256u

/* A packet of the client's; "" if there is nothing to say. */
void describe_request(const void *data, size_t len, char *text, size_t size);

/* A packet of ours, the last from the client being REQUEST (its first bytes
 * will do). */
void describe_answer(const void *request, size_t request_len, const void *data,
		     size_t len, char *text, size_t size);

#endif
