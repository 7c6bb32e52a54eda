/* SPDX-License-Identifier: MIT */
/* The command line of `kvmgdb run`. */
#ifndef KVMGDB_OPTIONS_H
#define KVMGDB_OPTIONS_H

#include <kvmgdb/target.h>
#include <stdbool.h>
#include <stdint.h>

#include "log.h"
#include "transport.h"

enum options_console { CONSOLE_STDIO, CONSOLE_FILE, CONSOLE_PTY, CONSOLE_NONE };

enum options_disconnect {
	DISCONNECT_CONTINUE,
	DISCONNECT_STOP,
	DISCONNECT_EXIT
};

enum options_reset { RESET_EXIT, RESET_RESTART, RESET_STOP };
/* Which CPU GDB is told of, as enum gdb_arch of gdbproto/session.h. */
enum options_arch { ARCH_X86_64, ARCH_I386, ARCH_I8086, ARCH_AUTO };

struct options {
	const char *guest;  /* the strings are argv's */
	const char *append; /* NULL: none; likewise initrd */
	const char *initrd;
	const char *console_path;
	const char *hits_path; /* NULL: none */
	const char *without;   /* of struct kvmgdb_probe; NULL: nothing */
	struct transport_addr gdb;
	enum options_console console;
	enum options_disconnect on_disconnect;
	enum options_reset on_reset;
	enum log_level log_level;
	enum options_arch arch;
	uint64_t memory;    /* bytes */
	uint64_t flat_addr; /* gpa */
	unsigned cpus;
	unsigned timeout; /* seconds; 0: none */
	bool flat, firmware, wait, exec_file, exit_port, allow_remote;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_WRONG /* WHY has the reason */
};

/* ARGV[0] is the command's name, and is skipped.  ARGV may be reordered. */
enum options_result options_parse(int argc, char **argv,
				  struct options *options,
				  struct kvmgdb_reason *why);

/* Options that a command has besides those of `run`. */
#define OPTIONS_EXTRA 1024 /* .val of the first */

struct option;

struct options_extra {
	const struct option *longs; /* ends in a row of zeroes */
	enum options_result (*take)(void *ctx, int val, const char *arg,
				    struct kvmgdb_reason *why);
	/* An option of `run`, as it was given: NAME without dashes, ARG or
	 * NULL.  Called before it is looked at; may be NULL. */
	enum options_result (*run_option)(void *ctx, const char *name,
					  const char *arg,
					  struct kvmgdb_reason *why);
	void *ctx;
};

/* As options_parse(); EXTRA may be NULL. */
enum options_result options_parse_extra(int argc, char **argv,
					struct options *options,
					const struct options_extra *extra,
					struct kvmgdb_reason *why);

/* Sets WHY and returns OPTIONS_WRONG. */
enum options_result options_wrong(struct kvmgdb_reason *why, const char *format,
				  ...) __attribute__((format(printf, 2, 3)));

/* The value of option --NAME, decimal: OPTIONS_RUN, or OPTIONS_WRONG and WHY.
 */
enum options_result options_take_uint(const char *name, const char *arg,
				      unsigned min, unsigned max,
				      unsigned *value,
				      struct kvmgdb_reason *why);

/* The same of an option that takes one of WORDS, which end in a NULL: the INDEX
 * of that one. */
enum options_result options_take_word(const char *name, const char *arg,
				      const char *const *words, unsigned *index,
				      struct kvmgdb_reason *why);

/* The text of --help. */
const char *options_help(void);

#endif
