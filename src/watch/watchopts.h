/* SPDX-License-Identifier: MIT */
/* The command line of `kvmgdb watch`: its own options, and those of `run`. */
#ifndef WATCH_WATCHOPTS_H
#define WATCH_WATCHOPTS_H

#include "options.h"
#include "watch/format.h"

struct watchopts {
	struct options run;   /* without a debugger */
	struct place *places; /* name and kind; the rest is for
				 watchopts_resolve() */
	size_t place_count;
	const char *when, *symbols, *out; /* NULL: none */
	const struct format *format;
	unsigned stop_after, stack, buffer; /* hits, frames, records */
	bool drop;
	bool console; /* was given */
};

/* As options_parse().  watchopts_free() in any case. */
enum options_result watchopts_parse(int argc, char **argv,
				    struct watchopts *opts,
				    struct kvmgdb_reason *why);

/* The address and length of each place; SYMBOLS may be NULL. */
bool watchopts_resolve(struct watchopts *opts, const struct symbols *symbols,
		       struct kvmgdb_reason *why);

void watchopts_free(struct watchopts *opts);

const char *watchopts_help(void);

#endif
