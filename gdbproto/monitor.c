// SPDX-License-Identifier: MIT
/* qRcmd: GDB's `monitor` command. */
#include "monitor_impl.h"
#include "nearest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct word {
	const char *name;
	const char *usage; /* of its arguments, "" for none */
	const char *help;
	monitor_run *run;
};

bool monitor_word(const char **args, char *word, size_t size)
{
	size_t len = strcspn(*args, " ");

	if (!len || len >= size)
		return false;
	memcpy(word, *args, len);
	word[len] = '\0';
	*args += len;
	if (**args == ' ')
		(*args)++;
	return true;
}

bool monitor_number(const char *word, uint64_t *value)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	struct hex_in in = {(const uint8_t *)word,
			    (const uint8_t *)word + strlen(word)};

	if (hex) {
		in.p += 2;
		return hex_number(&in, value) && !hex_left(&in);
	}
	*value = 0;
	for (; in.p < in.end; in.p++) {
		uint64_t digit = (uint64_t)*in.p - '0';

		if (digit > 9 || *value > (UINT64_MAX - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	return *word;
}

bool monitor_only_number(const char *args, uint64_t *value)
{
	return !strchr(args, ' ') && monitor_number(args, value);
}

const char *monitor_why(int error)
{
	return error == -EBUSY ? "it runs: `interrupt' stops it"
			       : strerror(-error);
}

static bool run_exits(struct gdb_session *s, const char *args,
		      struct buffer *text)
{
	struct kvmgdb_count_view view;
	int error;

	if (*args)
		return false;
	for (unsigned vcpu = 0; vcpu < s->vcpus; vcpu++) {
		buffer_addf(text, "vcpu%u:", vcpu);
		error = s->ops->count_view(s->target, vcpu, 0, &view);
		if (error)
			buffer_addf(text, " %s", monitor_why(error));
		for (unsigned i = 1; !error; i++) {
			buffer_addf(text, " %s %" PRIu64, view.name,
				    view.count);
			error = s->ops->count_view(s->target, vcpu, i, &view);
		}
		buffer_add_char(text, '\n');
	}
	return true;
}

static void list_options(struct gdb_session *s, struct buffer *text)
{
	struct kvmgdb_option_view view;

	for (unsigned i = 0; s->ops->option_view(s->target, i, &view) == 0; i++)
		buffer_addf(text, "%s %s - %s\n", view.name, view.value,
			    view.help);
}

static void suggest_option(struct gdb_session *s, const char *name,
			   struct buffer *text)
{
	struct kvmgdb_option_view view;
	struct nearest near;
	const char *best = NULL;

	nearest_begin(&near, name);
	for (unsigned i = 0; s->ops->option_view(s->target, i, &view) == 0; i++)
		if (nearest_try(&near, view.name))
			best = view.name;
	if (best)
		buffer_addf(text, "  Did you mean \"%s\"?", best);
}

/* "NAME VALUE"; nothing: what there is. */
static bool run_set(struct gdb_session *s, const char *args,
		    struct buffer *text)
{
	char name[32] = "";
	const char *value = args;
	int error = -ENOENT;

	if (!*args) {
		list_options(s, text);
		return true;
	}
	if (monitor_word(&value, name, sizeof(name)))
		error = s->ops->option_set(s->target, name, value);
	if (!error)
		return true;
	if (error == -ENOENT) {
		buffer_addf(text, "No such option \"%s\".", args);
		suggest_option(s, name, text);
	} else {
		buffer_addf(text, "Not a value: \"%s\".", args);
	}
	buffer_add_text(text, "  There are:\n");
	list_options(s, text);
	return true;
}

static monitor_run run_help;

static const struct word words[] = {
    {"help", "[COMMAND]", "this list, or one line of it", run_help},
    {"dr", "", "debug registers: slots, owners, hits, the guest's view",
     monitor_dr},
    {"watch", "", "watchpoints: what serves each, and its hits", monitor_watch},
    {"cpus", "", "the vCPUs: state, mode, where they are", monitor_cpus},
    {"where", "", "CS:IP, linear address and mode of this thread's vCPU",
     monitor_where},
    {"msr", "[NAME|NUMBER [VALUE]]",
     "model-specific registers: all, one, or a new value", monitor_msr},
    {"gva2gpa", "ADDRESS", "the guest-physical address of a linear one",
     monitor_gva2gpa},
    {"pt", "ADDRESS", "the page-table walk for a linear address, by level",
     monitor_pt},
    {"phys", "[on|off]", "are addresses in GDB's commands guest-physical?",
     monitor_phys},
    {"exits", "", "what debugging has cost, in exits of each vCPU", run_exits},
    {"reset", "", "the machine starts again: all vCPUs at the entry",
     monitor_reset},
    {"exit", "", "the machine ends, and kvmgdb with it", monitor_exit},
    {"arch", "[x86-64|i386|i8086]", "the CPU that GDB is told of",
     monitor_arch},
    {"set", "[NAME VALUE]", "an option of the server's; alone: all of them",
     run_set},
};

static const size_t word_count = sizeof(words) / sizeof(words[0]);

static void add_help(struct buffer *text, const struct word *word)
{
	buffer_addf(text, "%s%s%s - %s\n", word->name, *word->usage ? " " : "",
		    word->usage, word->help);
}

/* The lines "name - what" of the program's own commands, one after another. */
static bool next_line(const char **at, struct hex_in *line)
{
	size_t len = strcspn(*at, "\n");

	if (!**at)
		return false;
	line->p = (const uint8_t *)*at;
	line->end = line->p + len;
	*at += len + ((*at)[len] == '\n');
	return true;
}

static bool own_name(const char **at, char *name, size_t size,
		     struct hex_in *line)
{
	const char *word;

	if (!next_line(at, line))
		return false;
	word = (const char *)line->p;
	return monitor_word(&word, name, size);
}

static void help_all(struct gdb_session *s, struct buffer *text)
{
	for (size_t i = 0; i < word_count; i++)
		add_help(text, &words[i]);
	if (s->config.monitor_help)
		buffer_add_text(text, s->config.monitor_help);
}

static bool help_one(struct gdb_session *s, const char *name,
		     struct buffer *text)
{
	const char *at = s->config.monitor_help ? s->config.monitor_help : "";
	struct hex_in line;
	char own[32];

	for (size_t i = 0; i < word_count; i++) {
		if (strcmp(name, words[i].name) != 0)
			continue;
		add_help(text, &words[i]);
		return true;
	}
	while (own_name(&at, own, sizeof(own), &line)) {
		if (strcmp(name, own) != 0)
			continue;
		buffer_add(text, line.p, hex_left(&line));
		buffer_add_char(text, '\n');
		return true;
	}
	return false;
}

static void unknown(struct gdb_session *s, const char *line,
		    struct buffer *text)
{
	const char *at = s->config.monitor_help ? s->config.monitor_help : "";
	char typed[48] = "", best[32] = "", own[32];
	struct nearest near;
	struct hex_in rest;
	const char *args = line;

	monitor_word(&args, typed, sizeof(typed));
	nearest_begin(&near, typed);
	for (size_t i = 0; i < word_count; i++)
		if (nearest_try(&near, words[i].name))
			snprintf(best, sizeof(best), "%s", words[i].name);
	while (own_name(&at, own, sizeof(own), &rest))
		if (nearest_try(&near, own))
			snprintf(best, sizeof(best), "%s", own);
	buffer_addf(text, "Unknown monitor command \"%s\".", line);
	if (nearest_found(&near))
		buffer_addf(text, "  Did you mean \"%s\"?", best);
	buffer_add_text(text, "  There are:\n");
	help_all(s, text);
}

static bool run_help(struct gdb_session *s, const char *args,
		     struct buffer *text)
{
	if (!*args)
		help_all(s, text);
	else if (!help_one(s, args, text))
		unknown(s, args, text);
	return true;
}

static int run_line(struct gdb_session *s, const char *line,
		    struct buffer *text)
{
	int error = -ENOENT;

	for (size_t i = 0; i < word_count; i++) {
		size_t len = strlen(words[i].name);
		const char *args = line + len;

		if (strncmp(line, words[i].name, len) != 0 ||
		    (*args && *args != ' '))
			continue;
		args += *args == ' ';
		if (!words[i].run(s, args, text)) {
			buffer_add_text(text, "Usage: monitor ");
			add_help(text, &words[i]);
		}
		return 0;
	}
	if (s->config.monitor)
		error = s->config.monitor(s->config.ctx, s, line);
	if (error == -ENOENT) {
		unknown(s, line, text);
		error = 0;
	}
	return error;
}

/* Cut blanks at both ends and everything that is not printable. */
static void tidy(char *line)
{
	char *to = line;

	for (const char *p = line; *p; p++)
		if (*p > ' ' && *p <= '~')
			*to++ = *p;
		else if (to > line && to[-1] != ' ')
			*to++ = ' ';
	if (to > line && to[-1] == ' ')
		to--;
	*to = '\0';
}

/* `monitor WORDS`, "HEX" */
static void cmd_monitor(struct gdb_session *s, struct hex_in args)
{
	struct buffer text = {0};
	/* In place, in the packet, which has room for the NUL. */
	char *line = (char *)s->in.data + (args.p - s->in.data);
	size_t len = hex_left(&args) / 2;
	int error;

	if (hex_left(&args) % 2 || !hex_bytes(&args, line, len)) {
		rsp_error(s, -EINVAL);
		return;
	}
	line[len] = '\0';
	tidy(line);
	s->in_monitor = true;
	error = run_line(s, *line ? line : "help", &text);
	s->in_monitor = false;
	if (text.failed)
		s->out_of_memory = true;
	else
		rsp_console(s, (const char *)text.data, text.len);
	buffer_free(&text);
	if (error)
		rsp_error(s, error);
	else
		rsp_ok(s);
}

const struct session_command monitor_commands[] = {
    {"qRcmd,", cmd_monitor, SESSION_STOPPED},
    {NULL, NULL, 0},
};
