/* SPDX-License-Identifier: MIT */
/* The program's commands, a file each, and its exit statuses. */
#ifndef KVMGDB_COMMAND_H
#define KVMGDB_COMMAND_H

/* The guest's own statuses, by the exit port, are odd; ours are even. */
enum {
	STATUS_OK = 0,
	STATUS_USAGE = 2,
	STATUS_SETUP = 4,
	STATUS_TRIPLE_FAULT = 6,
	STATUS_KVM_ERROR = 8,
	STATUS_RESET = 10,
	STATUS_TIMEOUT = 124
};

/* ARGV[0] is the command's name.  Each returns the exit status. */
int cmd_run(int argc, char **argv);
int cmd_test(int argc, char **argv); /* statuses of its own: ci/verdict.h */
int cmd_watch(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_symbols(int argc, char **argv);

#endif
