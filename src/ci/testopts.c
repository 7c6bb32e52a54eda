/* SPDX-License-Identifier: MIT */
#include "ci/testopts.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_REPEAT      100000u
#define MAX_JOBS        256u
#define DEFAULT_TIMEOUT 60u

static const char help[] =
    "Usage: kvmgdb test [OPTIONS] --script FILE GUEST\n"
    "Boot GUEST afresh for each script, run GDB on it, and judge.\n"
    "\n"
    "A script is a file of GDB commands.  When it starts, GDB is connected, "
    "has\n"
    "GUEST's symbols, and the guest is before its first instruction.  It also\n"
    "has these commands:\n"
    "  kvmgdb-expect-stop watch|break|step [at LOCATION] [within 10s]\n"
    "  kvmgdb-assert EXPRESSION\n"
    "  kvmgdb-hits N [watch|break|step]\n"
    "\n"
    "  --script FILE             may be given several times\n"
    "  --repeat N                run each N times (default 1)\n"
    "  --jobs N                  so many at a time (default 1)\n"
    "  --timeout SECONDS         for one run of a script (default 60)\n"
    "  --symbols FILE            symbols for GDB, if they are not in GUEST\n"
    "  --guest-status N          an exit status of `kvmgdb run' that is a\n"
    "                            success; 0 and 1 (exit port: 0) always are\n"
    "  --gdb-program PROGRAM     default gdb\n"
    "  --tap                     the Test Anything Protocol on stdout\n"
    "  --junit FILE              a report in JUnit's XML\n"
    "\n"
    "All others are options of `kvmgdb run', see its --help; --gdb, "
    "--console,\n"
    "--on-disconnect, --log and --hits are seen to.\n"
    "\n"
    "Exit status, the highest of all runs:\n"
    "  0  all passed\n"
    "  1  a script failed: an expectation, an error, GDB's exit status, or "
    "the\n"
    "     guest was never let run\n"
    "  2  the guest failed: exit port, triple fault, reset, KVM could not run "
    "it on\n"
    "  3  --timeout passed\n"
    "  4  set-up failed: wrong usage, no script, no GDB, no KVM, no guest\n";

const char *testopts_help(void)
{
	return help;
}

enum {
	OPT_SCRIPT = OPTIONS_EXTRA,
	OPT_REPEAT,
	OPT_JOBS,
	OPT_SYMBOLS,
	OPT_GUEST_STATUS,
	OPT_GDB_PROGRAM,
	OPT_TAP,
	OPT_JUNIT
};

static const struct option longs[] = {
    {"script", required_argument, NULL, OPT_SCRIPT},
    {"repeat", required_argument, NULL, OPT_REPEAT},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"symbols", required_argument, NULL, OPT_SYMBOLS},
    {"guest-status", required_argument, NULL, OPT_GUEST_STATUS},
    {"gdb-program", required_argument, NULL, OPT_GDB_PROGRAM},
    {"tap", no_argument, NULL, OPT_TAP},
    {"junit", required_argument, NULL, OPT_JUNIT},
    {NULL, 0, NULL, 0}};

static enum options_result take(void *ctx, int val, const char *arg,
				struct kvmgdb_reason *why)
{
	struct testopts *o = ctx;

	switch (val) {
	case OPT_SCRIPT:
		o->scripts[o->script_count++] = arg;
		return OPTIONS_RUN;
	case OPT_REPEAT:
		return options_take_uint("repeat", arg, 1, MAX_REPEAT,
					 &o->repeat, why);
	case OPT_JOBS:
		return options_take_uint("jobs", arg, 1, MAX_JOBS, &o->jobs,
					 why);
	case OPT_GUEST_STATUS:
		return options_take_uint("guest-status", arg, 0, 255,
					 &o->guest_status, why);
	case OPT_SYMBOLS:
		o->symbols = arg;
		return OPTIONS_RUN;
	case OPT_GDB_PROGRAM:
		o->gdb = arg;
		return OPTIONS_RUN;
	case OPT_TAP:
		o->tap = true;
		return OPTIONS_RUN;
	case OPT_JUNIT:
		o->junit = arg;
		return OPTIONS_RUN;
	default:
		return options_wrong(why, "option %d", val);
	}
}

static enum options_result run_option(void *ctx, const char *name,
				      const char *arg,
				      struct kvmgdb_reason *why)
{
	static const char *const ours[] = {
	    "gdb", "allow-remote", "console", "on-disconnect", "log", "hits"};
	static const char *const unneeded[] = {"wait", "timeout", "help",
					       "version"};
	struct testopts *o = ctx;
	char *text;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strcmp(name, ours[i]) == 0)
			return options_wrong(
			    why, "--%s: kvmgdb test sees to that itself", name);
	}
	for (size_t i = 0; i < sizeof(unneeded) / sizeof(unneeded[0]); i++) {
		if (strcmp(name, unneeded[i]) == 0)
			return OPTIONS_RUN;
	}
	if (asprintf(&text, arg != NULL ? "--%s=%s" : "--%s", name, arg) < 0)
		return options_wrong(why, "no memory");
	o->forward[o->forward_count++] = text;
	return OPTIONS_RUN;
}

enum options_result testopts_parse(int argc, char **argv, struct testopts *opts,
				   struct kvmgdb_reason *why)
{
	const struct options_extra extra = {.longs = longs,
					    .take = take,
					    .run_option = run_option,
					    .ctx = opts};
	enum options_result result;

	*opts = (struct testopts){
	    .repeat = 1, .jobs = 1, .guest_status = 1, .gdb = "gdb"};
	opts->scripts = calloc((size_t)argc, sizeof(*opts->scripts));
	opts->forward = calloc((size_t)argc, sizeof(*opts->forward));
	if (opts->scripts == NULL || opts->forward == NULL)
		return options_wrong(why, "no memory");
	result = options_parse_extra(argc, argv, &opts->run, &extra, why);
	if (result != OPTIONS_RUN)
		return result;
	if (opts->script_count == 0)
		return options_wrong(why, "no --script was given");
	opts->timeout =
	    opts->run.timeout != 0 ? opts->run.timeout : DEFAULT_TIMEOUT;
	return OPTIONS_RUN;
}

void testopts_free(struct testopts *opts)
{
	for (size_t i = 0; i < opts->forward_count; i++)
		free(opts->forward[i]);
	free(opts->forward);
	free(opts->scripts);
}
