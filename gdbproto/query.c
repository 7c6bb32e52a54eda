// SPDX-License-Identifier: MIT
/* q and Q packets: what can be known without touching the guest. */
#include "modes.h"
#include "session_impl.h"

#include <errno.h>
#include <string.h>

/* ---- features ---- */

static bool is_feature(struct hex_in feature, const char *name)
{
	return hex_text(&feature, name) && !hex_left(&feature);
}

static void learn_feature(struct gdb_session *s, struct hex_in feature)
{
	if (is_feature(feature, "multiprocess+"))
		s->multiprocess = true;
	else if (is_feature(feature, "swbreak+"))
		s->swbreak = true;
	else if (is_feature(feature, "hwbreak+"))
		s->hwbreak = true;
	else if (is_feature(feature, "no-resumed+"))
		s->no_resumed = true;
	else if (is_feature(feature, "exec-events+"))
		s->exec_events = true;
	else if (is_feature(feature, "error-message+"))
		s->error_message = true;
}

static void add_features(struct gdb_session *s)
{
	buffer_addf(&s->reply,
		    "PacketSize=%x;QStartNoAckMode+;multiprocess+;"
		    "vContSupported+;swbreak+;hwbreak+;qXfer:features:read+;"
		    "qXfer:threads:read+;no-resumed+",
		    SESSION_PACKET_SIZE);
	buffer_add_text(&s->reply,
			";ConditionalBreakpoints+;BreakpointCommands+");
	buffer_add_text(&s->reply, ";QThreadEvents+;binary-upload+");
	if (s->ops->set_non_stop)
		buffer_add_text(&s->reply, ";QNonStop+");
	if (s->config.exec_file)
		buffer_add_text(&s->reply, ";qXfer:exec-file:read+");
	if (s->config.arch == GDB_ARCH_AUTO)
		buffer_add_text(&s->reply, ";exec-events+");
	if (s->error_message)
		buffer_add_text(&s->reply, ";error-message+");
}

/* First on connect.  It may come again, without features (`maint packet`):
 * what is known of the client stays. */
static void cmd_supported(struct gdb_session *s, struct hex_in args)
{
	while (hex_left(&args)) {
		struct hex_in feature;

		hex_split(&args, ';', &feature);
		learn_feature(s, feature);
	}
	add_features(s);
}

static void cmd_no_ack(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	if (s->ack == SESSION_ACK)
		s->ack = SESSION_ACK_ENDING;
	rsp_ok(s);
}

/* ---- qXfer ---- */

/*
 * The part "OFFSET,LENGTH" of DOC: `l` with the last of it, else `m`.  GDB
 * takes an answer to be the end only by the `l`.
 */
static void add_part(struct gdb_session *s, const struct buffer *doc,
		     struct hex_in range)
{
	uint64_t offset, len, left;

	if (doc->failed) {
		s->reply.failed = true;
		return;
	}
	if (!hex_range(&range, &offset, &len) || hex_left(&range) ||
	    offset > doc->len) {
		rsp_error(s, -EINVAL);
		return;
	}
	left = doc->len - offset;
	if (len > SESSION_PACKET_SIZE / 2)
		len = SESSION_PACKET_SIZE / 2;
	buffer_add_char(&s->reply, len < left ? 'm' : 'l');
	if (left)
		buffer_add(&s->reply, doc->data + offset,
			   len < left ? len : left);
}

/*
 * Must DOC be made for this part?  It is made with its first part and kept for
 * the others: what changes meanwhile tears no document, and is in the next one
 * that is read from its start.
 */
static bool begins_doc(struct buffer *doc, struct hex_in range)
{
	uint64_t offset, len;

	if (doc->len && (!hex_range(&range, &offset, &len) || offset))
		return false;
	buffer_clear(doc);
	return true;
}

static void bad_annex(struct gdb_session *s)
{
	buffer_add_text(&s->reply, "E00");
}

/* On connect, "target.xml:OFFSET,LENGTH". */
static void cmd_features(struct gdb_session *s, struct hex_in args)
{
	struct buffer *doc = &s->description;

	if (!hex_text(&args, "target.xml:")) {
		bad_annex(s);
		return;
	}
	if (begins_doc(doc, args)) {
		modes_describe(s);
		tdesc_add_xml(doc, s->arch, s->ops, s->target);
	}
	add_part(s, doc, args);
}

static const char *state_text(struct gdb_session *s, unsigned vcpu)
{
	switch (s->ops->vcpu_state(s->target, vcpu)) {
	case KVMGDB_VCPU_RUNNABLE:
		return "runnable";
	case KVMGDB_VCPU_RUNNING:
		return "running";
	case KVMGDB_VCPU_HALTED:
		return "halted";
	case KVMGDB_VCPU_WAIT_SIPI:
		return "waiting for SIPI";
	}
	return "unknown";
}

static void add_threads(struct gdb_session *s, struct buffer *doc)
{
	buffer_add_text(doc, "<?xml version=\"1.0\"?>\n<threads>\n");
	for (unsigned i = 0; s->life == LIFE_HERE && i < s->vcpus; i++) {
		buffer_add_text(doc, "<thread id=\"");
		threadid_add(doc, s->multiprocess, i);
		buffer_add_text(doc, "\" core=\"");
		buffer_add_decimal(doc, i);
		buffer_add_text(doc, "\" name=\"vCPU ");
		buffer_add_decimal(doc, i);
		buffer_add_text(doc, "\">");
		buffer_add_text(doc, state_text(s, i));
		buffer_add_text(doc, "</thread>\n");
	}
	buffer_add_text(doc, "</threads>\n");
}

/* After each stop, ":OFFSET,LENGTH". */
static void cmd_threads(struct gdb_session *s, struct hex_in args)
{
	if (!hex_char(&args, ':')) {
		bad_annex(s);
		return;
	}
	if (begins_doc(&s->thread_list, args))
		add_threads(s, &s->thread_list);
	add_part(s, &s->thread_list, args);
}

/* On connect, if no file is loaded: "PROCESS:OFFSET,LENGTH", or without the
 * process. */
static void cmd_exec_file(struct gdb_session *s, struct hex_in args)
{
	struct buffer doc = {0};
	struct hex_in annex;
	uint64_t process;

	if (!s->config.exec_file)
		return;
	hex_split(&args, ':', &annex);
	if (hex_left(&annex) &&
	    (!hex_number(&annex, &process) || process != THREADID_PROCESS)) {
		bad_annex(s);
		return;
	}
	buffer_add_text(&doc, s->config.exec_file);
	add_part(s, &doc, args);
	buffer_free(&doc);
}

/* ---- threads, without qXfer ---- */

static void cmd_threads_first(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	if (s->life != LIFE_HERE)
		buffer_add_char(&s->reply, 'l');
	for (unsigned i = 0; s->life == LIFE_HERE && i < s->vcpus; i++) {
		buffer_add_char(&s->reply, i ? ',' : 'm');
		threadid_add(&s->reply, s->multiprocess, i);
	}
}

static void cmd_threads_next(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	buffer_add_char(&s->reply, 'l');
}

static void cmd_thread_info(struct gdb_session *s, struct hex_in args)
{
	struct threadid id;
	const char *text;

	if (!threadid_parse(&args, s->vcpus, &id) || hex_left(&args)) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (id.kind != THREADID_ONE) {
		rsp_error(s, -EPERM);
		return;
	}
	text = state_text(s, id.vcpu);
	buffer_add_hex(&s->reply, text, strlen(text));
}

static void cmd_current(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	if (s->life != LIFE_HERE) {
		rsp_error(s, -ESRCH);
		return;
	}
	buffer_add_text(&s->reply, "QC");
	threadid_add(&s->reply, s->multiprocess, s->current);
}

/* 1: the machine was there before GDB, so `quit` detaches; after 0 it kills. */
static void cmd_attached(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	buffer_add_char(&s->reply, '1');
}

static void cmd_attached_process(struct gdb_session *s, struct hex_in args)
{
	bool ours;

	if (!threadid_parse_process(&args, &ours) || hex_left(&args))
		rsp_error(s, -EINVAL);
	else if (!ours)
		rsp_error(s, -EPERM);
	else
		cmd_attached(s, args);
}

/* GDB offers to look symbols up; none is asked for. */
static void cmd_symbol(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	rsp_ok(s);
}

/* Threads come and go nowhere here: vCPUs are there from start to end, so that
 * 1 changes nothing. */
static void cmd_thread_events(struct gdb_session *s, struct hex_in args)
{
	if ((hex_char(&args, '0') || hex_char(&args, '1')) && !hex_left(&args))
		rsp_ok(s);
	else
		rsp_error(s, -EINVAL);
}

const struct session_command query_commands[] = {
    {"qSupported", cmd_supported, SESSION_EXACT},
    {"qSupported:", cmd_supported, 0},
    {"QStartNoAckMode", cmd_no_ack, SESSION_EXACT},
    {"qXfer:features:read:", cmd_features, 0},
    {"qXfer:threads:read:", cmd_threads, 0},
    {"qXfer:exec-file:read:", cmd_exec_file, 0},
    {"qfThreadInfo", cmd_threads_first, SESSION_EXACT},
    {"qsThreadInfo", cmd_threads_next, SESSION_EXACT},
    {"qThreadExtraInfo,", cmd_thread_info, 0},
    {"qC", cmd_current, SESSION_EXACT},
    {"qAttached", cmd_attached, SESSION_EXACT},
    {"qAttached:", cmd_attached_process, 0},
    {"qSymbol:", cmd_symbol, 0},
    {"QThreadEvents:", cmd_thread_events, 0},
    {NULL, NULL, 0},
};
