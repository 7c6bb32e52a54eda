/* SPDX-License-Identifier: MIT */
/* Where the guest's serial port goes: stdin and stdout, a file, or nowhere. */
#ifndef KVMGDB_CONSOLE_H
#define KVMGDB_CONSOLE_H

#include <event2/event.h>
#include <stddef.h>

#include "log.h"
#include "options.h"

struct console;

struct console_config {
	struct event_base *base;
	const struct log *log;
	enum options_console where;
	const char *path; /* CONSOLE_FILE */
};

/* 0 or -errno with WHY.  A terminal on stdin loses echo and line mode until
 * console_free(); its signals stay. */
int console_new(const struct console_config *config, struct console **console,
		struct kvmgdb_reason *why);

/* Start reading; INPUT takes bytes for the guest and returns how many it took.
 * What it does not take is offered again after console_room(). */
void console_start_input(struct console *console,
			 size_t (*input)(void *ctx, const void *data,
					 size_t len),
			 void *ctx);

/* The guest can take bytes again.  The loop's thread. */
void console_room(struct console *console);

/* Any thread; waits while the reader of stdout does not read. */
void console_output(struct console *console, const void *data, size_t len);

/* Output is dropped from now on, and none waits.  Any thread. */
void console_stop(struct console *console);

/* NULL is allowed. */
void console_free(struct console *console);

#endif
