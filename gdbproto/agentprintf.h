/* SPDX-License-Identifier: MIT */
/*
 * The formats of agent-style dprintf: those of C's printf for integers,
 * characters, strings and pointers, with C's escapes still in them.
 */
#ifndef GDBPROTO_AGENTPRINTF_H
#define GDBPROTO_AGENTPRINTF_H

#include <kvmgdb/target.h>

/* LEN counts the NUL at the end; ARGS is how many arguments there are.
 * NULL if it is a format for them, else what is wrong with it. */
const char *agent_printf_check(const char *format, size_t len, unsigned args);

/* Print by CTX: at most AGENT_PRINTF_MAX bytes, of a guest's string at most
 * AGENT_STRING_MAX.  FORMAT has been checked. */
void agent_printf(const struct kvmgdb_filter_ctx *ctx, const char *format,
		  const uint64_t *args);

#define AGENT_PRINTF_MAX 2000u
#define AGENT_STRING_MAX 512u

#endif
