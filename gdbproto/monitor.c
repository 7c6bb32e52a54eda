// SPDX-License-Identifier: MIT
/* qRcmd: GDB's `monitor` command. */
#include "session_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ARGS is what follows the word and a blank: "" for nothing. */
struct word {
	const char *name;
	const char *help;
	bool takes_args;
	void (*run)(struct gdb_session *s, const char *args,
		    struct buffer *text);
};

static const char *kind_name(unsigned rw)
{
	static const char *const names[] = {"execute", "write", "i/o",
					    "access"};

	return rw < 4 ? names[rw] : "?";
}

static const char *owner_name(enum kvmgdb_slot_owner owner)
{
	switch (owner) {
	case KVMGDB_OWNER_NONE:
		return "-";
	case KVMGDB_OWNER_GUEST:
		return "guest";
	case KVMGDB_OWNER_HOST:
		return "host";
	case KVMGDB_OWNER_BOTH:
		return "both";
	}
	return "?";
}

static void add_slot(struct buffer *text, const struct kvmgdb_dr_view *view,
		     unsigned n)
{
	buffer_addf(text, "  %u  %-5s ", n, owner_name(view->slot[n].owner));
	if (view->slot[n].owner == KVMGDB_OWNER_NONE)
		buffer_addf(text, "%-18s %-7s %6s %8s", "-", "-", "-", "-");
	else
		buffer_addf(text, "0x%016" PRIx64 " %-7s %6u %8" PRIu64,
			    view->slot[n].addr, kind_name(view->slot[n].rw),
			    view->slot[n].len, view->slot[n].hits);
	buffer_addf(text, "  0x%016" PRIx64 "\n", view->guest_db[n]);
}

static void add_vcpu(struct gdb_session *s, struct buffer *text, unsigned vcpu)
{
	struct kvmgdb_dr_view view = {0};
	int error = s->ops->dr_view(s->target, vcpu, &view);

	if (error) {
		buffer_addf(text, "vcpu%u: %s\n", vcpu, strerror(-error));
		return;
	}
	buffer_addf(text,
		    "vcpu%u: DR7 effective 0x%" PRIx64 ", guest 0x%" PRIx64
		    "; DR6 guest 0x%" PRIx64 "; guest MOV DR %s\n"
		    "  DR owner address            kind    length     hits"
		    "  guest's value\n",
		    vcpu, view.effective_dr7, view.guest_dr7, view.guest_dr6,
		    view.mov_dr_trapped ? "trapped" : "not trapped");
	for (unsigned n = 0; n < 4; n++)
		add_slot(text, &view, n);
}

static void add_request(struct buffer *text,
			const struct kvmgdb_request_view *view)
{
	static const char *const names[] = {[KVMGDB_BP_SOFTWARE] = "break",
					    [KVMGDB_BP_HARDWARE] = "hbreak",
					    [KVMGDB_BP_WRITE] = "watch",
					    [KVMGDB_BP_READ] = "rwatch",
					    [KVMGDB_BP_ACCESS] = "awatch"};

	buffer_addf(
	    text,
	    "  %-6s 0x%016" PRIx64 " length %" PRIu64 ", by %s, hits %" PRIu64,
	    view->kind <= KVMGDB_BP_ACCESS ? names[view->kind] : "?",
	    view->addr, view->len, view->tier ? view->tier : "?", view->hits);
	if (view->filtered)
		buffer_addf(text, ", filtered %" PRIu64, view->filtered);
	buffer_add_char(text, '\n');
}

static void run_dr(struct gdb_session *s, const char *args, struct buffer *text)
{
	struct kvmgdb_request_view view;
	unsigned count = 0;

	(void)args;
	for (unsigned i = 0; i < s->vcpus; i++)
		add_vcpu(s, text, i);
	buffer_add_text(text, "requests:\n");
	while (s->ops->request_view(s->target, count, &view) == 0) {
		add_request(text, &view);
		count++;
	}
	if (!count)
		buffer_add_text(text, "  none (GDB takes its breakpoints out "
				      "while the guest stands; see `set "
				      "breakpoint always-inserted on`)\n");
}

static void list_options(struct gdb_session *s, struct buffer *text)
{
	struct kvmgdb_option_view view;

	for (unsigned i = 0; s->ops->option_view(s->target, i, &view) == 0; i++)
		buffer_addf(text, "%s %s - %s\n", view.name, view.value,
			    view.help);
}

/* "NAME VALUE"; nothing: what there is. */
static void run_set(struct gdb_session *s, const char *args,
		    struct buffer *text)
{
	const char *value = strchr(args, ' ');
	char name[32];
	size_t len = value ? (size_t)(value - args) : strlen(args);
	int error = -ENOENT;

	if (!len) {
		list_options(s, text);
		return;
	}
	if (len < sizeof(name)) {
		memcpy(name, args, len);
		name[len] = '\0';
		error =
		    s->ops->option_set(s->target, name, value ? value + 1 : "");
	}
	if (!error)
		return;
	buffer_addf(text,
		    error == -ENOENT ? "No such option \"%s\".  There are:\n"
				     : "Not a value: \"%s\".  There are:\n",
		    args);
	list_options(s, text);
}

static void run_help(struct gdb_session *s, const char *args,
		     struct buffer *text);

static const struct word words[] = {
    {"help", "this list", false, run_help},
    {"dr", "debug registers: slots, owners, hits, the guest's view", false,
     run_dr},
    {"set", "NAME VALUE: an option of the server's; alone: all of them", true,
     run_set},
};

static const size_t word_count = sizeof(words) / sizeof(words[0]);

static void run_help(struct gdb_session *s, const char *args,
		     struct buffer *text)
{
	(void)args;
	for (size_t i = 0; i < word_count; i++)
		buffer_addf(text, "%s - %s\n", words[i].name, words[i].help);
	if (s->config.monitor_help)
		buffer_add_text(text, s->config.monitor_help);
}

static int run_line(struct gdb_session *s, const char *line,
		    struct buffer *text)
{
	int error = -ENOENT;

	for (size_t i = 0; i < word_count; i++) {
		size_t len = strlen(words[i].name);
		const char *args = line + len;

		if (strncmp(line, words[i].name, len) != 0)
			continue;
		if (words[i].takes_args && *args == ' ')
			args++;
		else if (*args)
			continue;
		words[i].run(s, args, text);
		return 0;
	}
	if (s->config.monitor)
		error = s->config.monitor(s->config.ctx, s, line);
	if (error != -ENOENT)
		return error;
	buffer_addf(text, "Unknown monitor command \"%s\".  There are:\n",
		    line);
	run_help(s, "", text);
	return 0;
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
