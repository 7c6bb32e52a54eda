/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/ram.h"
#include "number.h"
#include "probetable.h"

#define DEFAULT_GDB    "tcp:127.0.0.1:1234"
#define DEFAULT_MEMORY (UINT64_C(128) << 20)
#define MAX_CPUS       254u /* 8-bit APIC ids, 255 is broadcast */
#define MAX_TIMEOUT    31536000u

enum options_result options_take_uint(const char *name, const char *arg,
				      unsigned min, unsigned max,
				      unsigned *value,
				      struct kvmgdb_reason *why)
{
	if (number_uint(arg, min, max, value))
		return OPTIONS_RUN;
	return options_wrong(why, "--%s %.40s: want %u to %u", name, arg, min,
			     max);
}

/* What was given, to tell defaults from wishes. */
struct seen {
	bool console, on_disconnect;
};

enum options_result options_wrong(struct kvmgdb_reason *why, const char *format,
				  ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return OPTIONS_WRONG;
}

#define wrong options_wrong

enum options_result options_take_word(const char *name, const char *arg,
				      const char *const *words, unsigned *index,
				      struct kvmgdb_reason *why)
{
	char want[80] = "";
	size_t n = 0;

	for (unsigned i = 0; words[i] != NULL; i++) {
		if (strcmp(arg, words[i]) == 0) {
			*index = i;
			return OPTIONS_RUN;
		}
	}
	for (unsigned i = 0; words[i] != NULL && n < sizeof(want); i++) {
		const char *between = words[i + 1] != NULL ? ", " : " or ";

		n += (size_t)snprintf(want + n, sizeof(want) - n, "%s%s",
				      i > 0 ? between : "", words[i]);
	}
	return wrong(why, "--%s %.40s: want %s", name, arg, want);
}

enum {
	OPT_GDB = 256,
	OPT_ALLOW_REMOTE,
	OPT_WAIT,
	OPT_GDB_ARCH,
	OPT_EXEC_FILE,
	OPT_ON_DISCONNECT,
	OPT_ON_RESET,
	OPT_MEMORY,
	OPT_CPUS,
	OPT_FLAT,
	OPT_FIRMWARE,
	OPT_APPEND,
	OPT_INITRD,
	OPT_CONSOLE,
	OPT_EXIT_PORT,
	OPT_TIMEOUT,
	OPT_LOG,
	OPT_HITS,
	OPT_WITHOUT,
	OPT_VERSION,
	OPT_HELP
};

static const struct option long_options[] = {
    {"gdb", required_argument, NULL, OPT_GDB},
    {"allow-remote", no_argument, NULL, OPT_ALLOW_REMOTE},
    {"wait", no_argument, NULL, OPT_WAIT},
    {"gdb-arch", required_argument, NULL, OPT_GDB_ARCH},
    {"exec-file", no_argument, NULL, OPT_EXEC_FILE},
    {"on-disconnect", required_argument, NULL, OPT_ON_DISCONNECT},
    {"on-reset", required_argument, NULL, OPT_ON_RESET},
    {"memory", required_argument, NULL, OPT_MEMORY},
    {"cpus", required_argument, NULL, OPT_CPUS},
    {"flat", required_argument, NULL, OPT_FLAT},
    {"firmware", required_argument, NULL, OPT_FIRMWARE},
    {"append", required_argument, NULL, OPT_APPEND},
    {"initrd", required_argument, NULL, OPT_INITRD},
    {"console", required_argument, NULL, OPT_CONSOLE},
    {"exit-port", no_argument, NULL, OPT_EXIT_PORT},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"log", required_argument, NULL, OPT_LOG},
    {"hits", required_argument, NULL, OPT_HITS},
    {"without", required_argument, NULL, OPT_WITHOUT},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0}};

/* In the order of their enums. */
static const char *const disconnects[] = {"continue", "stop", "exit", NULL};
static const char *const resets[] = {"exit", "restart", "stop", NULL};
static const char *const archs[] = {"x86-64", "i386", "i8086", "auto", NULL};

static enum options_result parse_memory(const char *arg, struct options *o,
					struct kvmgdb_reason *why)
{
	if (!number_size(arg, &o->memory))
		return wrong(why,
			     "--memory %.40s: want a size such as 64M or "
			     "1G",
			     arg);
	if (o->memory < RAM_MIN || o->memory % RAM_PAGE != 0 ||
	    o->memory > UINT64_C(1) << 40)
		return wrong(why,
			     "--memory %.40s: want 2M to 1T, a multiple of 4K "
			     "(a plain number is bytes)",
			     arg);
	return OPTIONS_RUN;
}

static enum options_result parse_console(const char *arg, struct options *o,
					 struct kvmgdb_reason *why)
{
	if (strcmp(arg, "stdio") == 0) {
		o->console = CONSOLE_STDIO;
	} else if (strcmp(arg, "none") == 0) {
		o->console = CONSOLE_NONE;
	} else if (strcmp(arg, "pty") == 0) {
		o->console = CONSOLE_PTY;
	} else if (strncmp(arg, "file:", 5) == 0 && arg[5] != '\0') {
		o->console = CONSOLE_FILE;
		o->console_path = arg + 5;
	} else {
		return wrong(why,
			     "--console %.60s: want stdio, pty, file:PATH or "
			     "none",
			     arg);
	}
	return OPTIONS_RUN;
}

/* What this KVM has is not known yet, but which names there are. */
static enum options_result parse_without(const char *arg, struct options *o,
					 struct kvmgdb_reason *why)
{
	struct kvmgdb_probe any = {0};

	if (probetable_without(&any, arg) < 0)
		return wrong(why,
			     "--without %.40s: want names of kvmgdb probe "
			     "--json, with commas",
			     arg);
	o->without = arg;
	return OPTIONS_RUN;
}

static enum options_result parse_one(int option, const char *arg,
				     struct options *o, struct seen *seen,
				     struct kvmgdb_reason *why)
{
	enum options_result result;
	unsigned index = 0;

	switch (option) {
	case OPT_GDB:
		return transport_parse(arg, &o->gdb, why) ? OPTIONS_RUN
							  : OPTIONS_WRONG;
	case OPT_ALLOW_REMOTE:
		o->allow_remote = true;
		return OPTIONS_RUN;
	case OPT_WAIT:
		o->wait = true;
		return OPTIONS_RUN;
	case OPT_GDB_ARCH:
		result = options_take_word("gdb-arch", arg, archs, &index, why);
		o->arch = (enum options_arch)index;
		return result;
	case OPT_EXEC_FILE:
		o->exec_file = true;
		return OPTIONS_RUN;
	case OPT_ON_DISCONNECT:
		seen->on_disconnect = true;
		result = options_take_word("on-disconnect", arg, disconnects,
					   &index, why);
		o->on_disconnect = (enum options_disconnect)index;
		return result;
	case OPT_ON_RESET:
		result =
		    options_take_word("on-reset", arg, resets, &index, why);
		o->on_reset = (enum options_reset)index;
		return result;
	case OPT_MEMORY:
		return parse_memory(arg, o, why);
	case OPT_CPUS:
		return options_take_uint("cpus", arg, 1, MAX_CPUS, &o->cpus,
					 why);
	case OPT_FLAT:
		o->flat = true;
		if (!number_hex(arg, &o->flat_addr) || o->flat_addr >= 0x100000)
			return wrong(why,
				     "--flat %.40s: want a hexadecimal address "
				     "below 100000, such as 7c00",
				     arg);
		return OPTIONS_RUN;
	case OPT_FIRMWARE:
		o->firmware = true;
		o->guest = arg;
		return OPTIONS_RUN;
	case OPT_APPEND:
		o->append = arg;
		return OPTIONS_RUN;
	case OPT_INITRD:
		o->initrd = arg;
		return OPTIONS_RUN;
	case OPT_CONSOLE:
		seen->console = true;
		return parse_console(arg, o, why);
	case OPT_EXIT_PORT:
		o->exit_port = true;
		return OPTIONS_RUN;
	case OPT_TIMEOUT:
		if (!number_uint(arg, 1, MAX_TIMEOUT, &o->timeout))
			return wrong(why,
				     "--timeout %.40s: want seconds, 1 to "
				     "%u",
				     arg, MAX_TIMEOUT);
		return OPTIONS_RUN;
	case OPT_LOG:
		if (!log_parse_level(arg, &o->log_level))
			return wrong(why,
				     "--log %.40s: want error, warn, "
				     "info, debug or packet",
				     arg);
		return OPTIONS_RUN;
	case OPT_WITHOUT:
		return parse_without(arg, o, why);
	case OPT_HITS:
		o->hits_path = arg;
		return OPTIONS_RUN;
	case OPT_VERSION:
		return OPTIONS_VERSION;
	case OPT_HELP:
		return OPTIONS_HELP;
	default:
		return wrong(why, "option %d", option);
	}
}

/* What only makes sense together, or not together. */
static enum options_result check(struct options *o, const struct seen *seen,
				 struct kvmgdb_reason *why)
{
	const bool stdio = o->gdb.kind == TRANSPORT_STDIO;

	if (stdio && !seen->console)
		o->console = CONSOLE_NONE;
	if (stdio && o->console == CONSOLE_STDIO)
		return wrong(why,
			     "--gdb stdio and --console stdio cannot share "
			     "stdout");
	/* No other client can come, and GDB waits for us to end. */
	if (stdio && !seen->on_disconnect)
		o->on_disconnect = DISCONNECT_EXIT;
	if (o->gdb.kind == TRANSPORT_NONE && o->wait)
		return wrong(why, "--wait needs a debugger, and --gdb none "
				  "means that none can come");
	if (o->firmware && o->flat)
		return wrong(why, "--firmware and --flat are two ways to load "
				  "one image");
	if (o->firmware && (o->append != NULL || o->initrd != NULL))
		return wrong(why, "--firmware: it takes no command line and no "
				  "initrd from us");
	if (o->flat && o->append != NULL)
		return wrong(why, "--append: a flat image has no command line");
	if (o->flat && o->initrd != NULL)
		return wrong(why, "--initrd: a flat image has no modules");
	return OPTIONS_RUN;
}

static size_t count_options(const struct option *options)
{
	size_t n = 0;

	while (options[n].name != NULL)
		n++;
	return n;
}

static enum options_result parse_words(int argc, char **argv,
				       const struct option *all,
				       struct options *o, struct seen *seen,
				       const struct options_extra *extra,
				       struct kvmgdb_reason *why)
{
	int option, index;

	opterr = 0;
	optind = 0; /* glibc: start afresh */
	while ((option = getopt_long(argc, argv, ":", all, &index)) != -1) {
		enum options_result result = OPTIONS_RUN;

		if (option == ':')
			return wrong(why, "%.60s needs a value",
				     argv[optind - 1]);
		if (option == '?')
			return wrong(why, "unknown option %.60s",
				     argv[optind - 1]);
		if (extra != NULL && option >= OPTIONS_EXTRA) {
			result = extra->take(extra->ctx, option, optarg, why);
		} else {
			if (extra != NULL && extra->run_option != NULL)
				result = extra->run_option(
				    extra->ctx, all[index].name, optarg, why);
			if (result == OPTIONS_RUN)
				result =
				    parse_one(option, optarg, o, seen, why);
		}
		if (result != OPTIONS_RUN)
			return result;
	}
	if (optind == argc && !o->firmware)
		return wrong(why, "no GUEST was named");
	if (optind + !o->firmware < argc)
		return wrong(why, "one GUEST, but also %.60s",
			     argv[optind + !o->firmware]);
	if (!o->firmware)
		o->guest = argv[optind];
	return OPTIONS_RUN;
}

enum options_result options_parse_extra(int argc, char **argv,
					struct options *options,
					const struct options_extra *extra,
					struct kvmgdb_reason *why)
{
	const size_t run_count = count_options(long_options);
	const size_t extra_count =
	    extra != NULL ? count_options(extra->longs) : 0;
	struct option *all = calloc(run_count + extra_count + 1, sizeof(*all));
	struct seen seen = {false, false};
	enum options_result result;

	memset(options, 0, sizeof(*options));
	if (all == NULL)
		return wrong(why, "no memory");
	memcpy(all, long_options, run_count * sizeof(*all));
	if (extra_count > 0)
		memcpy(all + run_count, extra->longs,
		       extra_count * sizeof(*all));
	transport_parse(DEFAULT_GDB, &options->gdb, why);
	options->memory = DEFAULT_MEMORY;
	options->cpus = 1;
	options->log_level = LOG_WARN;
	result = parse_words(argc, argv, all, options, &seen, extra, why);
	free(all);
	return result == OPTIONS_RUN ? check(options, &seen, why) : result;
}

enum options_result options_parse(int argc, char **argv,
				  struct options *options,
				  struct kvmgdb_reason *why)
{
	return options_parse_extra(argc, argv, options, NULL, why);
}
