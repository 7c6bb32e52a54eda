/* SPDX-License-Identifier: MIT */
/* kvmgdb run */
#include <stdio.h>

#include "command.h"
#include "kvmgdb_version.h"
#include "options.h"
#include "run.h"

int cmd_run(int argc, char **argv)
{
	struct options options;
	struct kvmgdb_reason why;

	switch (options_parse(argc, argv, &options, &why)) {
	case OPTIONS_HELP:
		fputs(options_help(), stdout);
		return STATUS_OK;
	case OPTIONS_VERSION:
		puts("kvmgdb " KVMGDB_VERSION);
		return STATUS_OK;
	case OPTIONS_WRONG:
		fprintf(stderr, "kvmgdb: error: %s; see kvmgdb run --help\n",
			why.text);
		return STATUS_USAGE;
	case OPTIONS_RUN:
		return run_guest(&options, NULL);
	}
	return STATUS_USAGE;
}
