/* SPDX-License-Identifier: MIT */
#include "watch/watchopts.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_BUFFER 16384u
#define MAX_BUFFER     (1u << 24)
#define DEFAULT_LEN    4u
#define NAME_SIZE      256

static const char help[] =
    "Usage: kvmgdb watch [OPTIONS] --write WHAT GUEST\n"
    "Boot GUEST and log each hit while it runs on.\n"
    "\n"
    "What to watch; each may be given several times:\n"
    "  --write WHAT              writes to SYMBOL[+OFFSET][:LENGTH] or\n"
    "                            ADDRESS[:LENGTH]; the length is the symbol's, "
    "or 4\n"
    "  --access WHAT             reads and writes\n"
    "  --exec WHAT               the instruction at SYMBOL[+OFFSET] or "
    "ADDRESS\n"
    "  --when EXPRESSION         only where this is not 0: C's operators on\n"
    "                            `new', `old', `addr', `vcpu', registers "
    "($rax),\n"
    "                            memory (u8[A] to u64[A], s8[A] to s64[A]) "
    "and\n"
    "                            symbols, which are their addresses\n"
    "  --stop-after N            end after N hits\n"
    "\n"
    "What to write:\n"
    "  --format text|jsonl|trace|html\n"
    "                            lines (default), JSON lines, Chrome's trace\n"
    "                            format, or one HTML page\n"
    "  --out FILE                default: stdout\n"
    "  --stack N                 up to N callers, by frame pointers (0 to 64)\n"
    "  --symbols FILE            an ELF file with the symbols, if GUEST has "
    "none\n"
    "  --on-overflow block|drop  when FILE takes less than the guest gives: "
    "the\n"
    "                            guest waits (default), or hits are dropped "
    "and\n"
    "                            counted\n"
    "  --buffer N                hits that wait to be written (default 16384)\n"
    "\n"
    "All others are options of `kvmgdb run', see its --help; there is no "
    "--gdb.\n"
    "The guest's console is shown if --out or --console is given.\n"
    "\n"
    "At the end the counts are told on stderr.  Exit status: that of `kvmgdb "
    "run';\n"
    "0 after --stop-after; 4 also if FILE could not be written.\n";

const char *watchopts_help(void)
{
	return help;
}

enum {
	OPT_WRITE = OPTIONS_EXTRA,
	OPT_ACCESS,
	OPT_EXEC,
	OPT_WHEN,
	OPT_STOP_AFTER,
	OPT_FORMAT,
	OPT_OUT,
	OPT_STACK,
	OPT_SYMBOLS,
	OPT_ON_OVERFLOW,
	OPT_BUFFER
};

static const struct option longs[] = {
    {"write", required_argument, NULL, OPT_WRITE},
    {"access", required_argument, NULL, OPT_ACCESS},
    {"exec", required_argument, NULL, OPT_EXEC},
    {"when", required_argument, NULL, OPT_WHEN},
    {"stop-after", required_argument, NULL, OPT_STOP_AFTER},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"out", required_argument, NULL, OPT_OUT},
    {"stack", required_argument, NULL, OPT_STACK},
    {"symbols", required_argument, NULL, OPT_SYMBOLS},
    {"on-overflow", required_argument, NULL, OPT_ON_OVERFLOW},
    {"buffer", required_argument, NULL, OPT_BUFFER},
    {NULL, 0, NULL, 0}};

static enum options_result add_place(struct watchopts *o,
				     enum kvmgdb_bp_kind kind, const char *arg)
{
	o->places[o->place_count++] = (struct place){.name = arg, .kind = kind};
	return OPTIONS_RUN;
}

static enum options_result take_format(struct watchopts *o, const char *arg,
				       struct kvmgdb_reason *why)
{
	static const struct format *const formats[] = {
	    &format_text, &format_jsonl, &format_trace, &format_html};

	const char *names[sizeof(formats) / sizeof(formats[0]) + 1] = {NULL};
	unsigned index = 0;
	enum options_result result;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		names[i] = formats[i]->name;
	result = options_take_word("format", arg, names, &index, why);
	o->format = formats[index];
	return result;
}

static enum options_result take(void *ctx, int val, const char *arg,
				struct kvmgdb_reason *why)
{
	static const char *const overflows[] = {"block", "drop", NULL};
	struct watchopts *o = ctx;
	enum options_result result;
	unsigned index = 0;

	switch (val) {
	case OPT_WRITE:
		return add_place(o, KVMGDB_BP_WRITE, arg);
	case OPT_ACCESS:
		return add_place(o, KVMGDB_BP_ACCESS, arg);
	case OPT_EXEC:
		return add_place(o, KVMGDB_BP_HARDWARE, arg);
	case OPT_WHEN:
		o->when = arg;
		return OPTIONS_RUN;
	case OPT_STOP_AFTER:
		return options_take_uint("stop-after", arg, 1, 4000000000u,
					 &o->stop_after, why);
	case OPT_FORMAT:
		return take_format(o, arg, why);
	case OPT_OUT:
		o->out = strcmp(arg, "-") == 0 ? NULL : arg;
		return OPTIONS_RUN;
	case OPT_STACK:
		return options_take_uint("stack", arg, 0, RECORD_MAX_STACK,
					 &o->stack, why);
	case OPT_SYMBOLS:
		o->symbols = arg;
		return OPTIONS_RUN;
	case OPT_BUFFER:
		return options_take_uint("buffer", arg, 1, MAX_BUFFER,
					 &o->buffer, why);
	case OPT_ON_OVERFLOW:
		result = options_take_word("on-overflow", arg, overflows,
					   &index, why);
		o->drop = index == 1;
		return result;
	default:
		return options_wrong(why, "option %d", val);
	}
}

static enum options_result run_option(void *ctx, const char *name,
				      const char *arg,
				      struct kvmgdb_reason *why)
{
	static const char *const refused[] = {"gdb", "allow-remote", "wait",
					      "on-disconnect", "hits"};
	struct watchopts *o = ctx;

	(void)arg;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(name, refused[i]) == 0)
			return options_wrong(
			    why, "--%s: kvmgdb watch has no debugger", name);
	}
	if (strcmp(name, "console") == 0)
		o->console = true;
	return OPTIONS_RUN;
}

enum options_result watchopts_parse(int argc, char **argv,
				    struct watchopts *opts,
				    struct kvmgdb_reason *why)
{
	const struct options_extra extra = {.longs = longs,
					    .take = take,
					    .run_option = run_option,
					    .ctx = opts};
	enum options_result result;

	*opts = (struct watchopts){.format = &format_text,
				   .buffer = DEFAULT_BUFFER};
	opts->places = calloc((size_t)argc, sizeof(*opts->places));
	if (opts->places == NULL)
		return options_wrong(why, "no memory");
	result = options_parse_extra(argc, argv, &opts->run, &extra, why);
	if (result != OPTIONS_RUN)
		return result;
	if (opts->place_count == 0)
		return options_wrong(
		    why, "nothing to watch: --write, --access or --exec");
	if (opts->run.on_reset == RESET_STOP)
		return options_wrong(
		    why, "nobody lets a guest go after --on-reset stop");
	opts->run.gdb.kind = TRANSPORT_NONE;
	if (opts->out == NULL && !opts->console)
		opts->run.console = CONSOLE_NONE;
	return OPTIONS_RUN;
}

static bool parse_number(const char *text, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return errno == 0 && *end == '\0';
}

static void no_such_symbol(const char *name, const struct symbols *symbols,
			   struct kvmgdb_reason *why)
{
	const char *near = symbols_nearest(symbols, name);
	const char *colon = strrchr(name, ':');

	if (colon != NULL && colon > name && colon[-1] != ':') {
		options_wrong(why, "%.60s: \"%.60s\" is not a length", name,
			      colon + 1);
		return;
	}
	if (near != NULL)
		options_wrong(why,
			      "%.60s: there is no such symbol; did you mean "
			      "\"%.60s\"?",
			      name, near);
	else
		options_wrong(why, "%.60s: there is no such symbol", name);
}

/* BASE is a number or a symbol. */
static bool find_base(const char *base, const struct symbols *symbols,
		      struct place *p, uint64_t *size,
		      struct kvmgdb_reason *why)
{
	int rc;

	*size = 0;
	if (parse_number(base, &p->addr))
		return true;
	if (*base >= '0' && *base <= '9') {
		options_wrong(why, "%.60s: want SYMBOL or ADDRESS%s", p->name,
			      p->kind == KVMGDB_BP_HARDWARE ? ", no length"
							    : "[:LENGTH]");
		return false;
	}
	if (symbols == NULL) {
		options_wrong(why,
			      "%.60s: the guest has no symbols (--symbols)",
			      p->name);
		return false;
	}
	rc = symbols_find(symbols, base, &p->addr, size);
	if (rc == -ENOTUNIQ)
		options_wrong(why, "%.60s: several symbols have this name",
			      base);
	else if (rc < 0)
		no_such_symbol(base, symbols, why);
	return rc == 0;
}

/* NAME[:LENGTH], split; false: there is none.  C++ has colons in names. */
static bool take_length(char *name, uint64_t *len)
{
	char *colon = strrchr(name, ':');

	if (colon == NULL || !parse_number(colon + 1, len))
		return false;
	*colon = '\0';
	return true;
}

static bool resolve(struct place *p, const struct symbols *symbols,
		    struct kvmgdb_reason *why)
{
	const bool exec = p->kind == KVMGDB_BP_HARDWARE;
	uint64_t offset = 0, size = 0;
	bool has_len, wraps;
	char base[NAME_SIZE];
	char *plus;

	if (snprintf(base, sizeof(base), "%s", p->name) >= NAME_SIZE) {
		options_wrong(why, "%.60s...: too long", p->name);
		return false;
	}
	has_len = take_length(base, &p->len);
	if (exec && has_len) {
		options_wrong(why,
			      "%.60s: --exec is for one instruction and takes "
			      "no length",
			      p->name);
		return false;
	}
	plus = strrchr(base, '+');
	if (plus != NULL && parse_number(plus + 1, &offset))
		*plus = '\0';
	if (!find_base(base, symbols, p, &size, why))
		return false;
	wraps = offset > UINT64_MAX - p->addr;
	p->addr += offset;
	if (exec)
		p->len = 1;
	else if (!has_len)
		p->len = size > offset ? size - offset : DEFAULT_LEN;
	if (wraps || p->len == 0 || p->addr + (p->len - 1) < p->addr) {
		options_wrong(why, "%.60s: not a range of bytes", p->name);
		return false;
	}
	return true;
}

bool watchopts_resolve(struct watchopts *opts, const struct symbols *symbols,
		       struct kvmgdb_reason *why)
{
	for (size_t i = 0; i < opts->place_count; i++) {
		if (!resolve(&opts->places[i], symbols, why))
			return false;
	}
	return true;
}

void watchopts_free(struct watchopts *opts)
{
	free(opts->places);
}
