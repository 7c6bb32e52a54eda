/* SPDX-License-Identifier: MIT */
/* The command line of `kvmgdb test`: its own options, and those of `run`, which
 * are checked here and passed on. */
#ifndef CI_TESTOPTS_H
#define CI_TESTOPTS_H

#include "options.h"

struct testopts {
	struct options run;
	const char **scripts; /* argv's, as given; at least one */
	size_t script_count;
	char **forward; /* run options for the server; each is allocated */
	size_t forward_count;
	const char *junit;   /* NULL: none */
	const char *symbols; /* NULL: the GUEST */
	const char *gdb;
	unsigned repeat, jobs;
	unsigned timeout; /* seconds, for each run of a script */
	unsigned guest_status;
	bool tap;
};

/* As options_parse().  testopts_free() in any case. */
enum options_result testopts_parse(int argc, char **argv, struct testopts *opts,
				   struct kvmgdb_reason *why);

void testopts_free(struct testopts *opts);

const char *testopts_help(void);

#endif
