/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "kvmgdb_version.h"

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"run", "boot a guest and serve it to GDB", cmd_run},
    {"test", "run GDB scripts on a guest and judge", cmd_test},
    {"watch", "log what touches memory while a guest runs", cmd_watch},
    {"probe", "show what this KVM's guest debugging can do", cmd_probe},
    {"symbols", "make symbols for GDB of a System.map", cmd_symbols},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *to)
{
	fputs("Usage: kvmgdb COMMAND [OPTIONS] ...\n"
	      "A GDB server for KVM guests.\n"
	      "\n",
	      to);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n"
	      "kvmgdb COMMAND --help tells more; kvmgdb --version, --help.\n",
	      to);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return STATUS_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("kvmgdb " KVMGDB_VERSION);
		return STATUS_OK;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr,
		"kvmgdb: error: no command %s; kvmgdb --help lists them\n",
		argv[1]);
	return STATUS_USAGE;
}
