// SPDX-License-Identifier: MIT
#include "describe.h"

#include "buffer.h"
#include "hex.h"
#include "tdesc.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct out {
	char *text;
	size_t size, len;
};

static void say(struct out *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct out *o, const char *format, ...)
{
	va_list ap;
	int n;

	if (o->len + 1 >= o->size)
		return;
	va_start(ap, format);
	/* clang-tidy 14 is wrong here from its second file on. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	n = vsnprintf(o->text + o->len, o->size - o->len, format, ap);
	va_end(ap);
	if (n > 0)
		o->len += (size_t)n < o->size - o->len ? (size_t)n
						       : o->size - o->len - 1;
}

/* Bytes as text; what is not printable is a dot. */
static void say_bytes(struct out *o, const uint8_t *p, size_t len)
{
	for (; len; len--, p++)
		say(o, "%c", *p >= ' ' && *p <= '~' ? *p : '.');
}

static void say_hex_text(struct out *o, struct hex_in in)
{
	uint8_t byte;

	while (hex_bytes(&in, &byte, 1))
		if (byte != '\n' || hex_left(&in))
			say_bytes(o, &byte, 1);
}

static void say_thread(struct out *o, struct hex_in in)
{
	if (!hex_left(&in) || hex_text(&in, "p0.0") || hex_text(&in, "0"))
		say(o, "any thread");
	else if (hex_text(&in, "p1.-1") || hex_text(&in, "-1"))
		say(o, "all threads");
	else {
		hex_text(&in, "p1.");
		say(o, "thread ");
		say_bytes(o, in.p, hex_left(&in));
	}
}

/* ---- requests ---- */

typedef void describer(struct out *o, struct hex_in args);

static void of_range(struct out *o, struct hex_in args)
{
	uint64_t addr, len;

	if (hex_range(&args, &addr, &len))
		say(o, "%" PRIu64 " bytes at 0x%" PRIx64, len, addr);
}

static void of_register(struct out *o, struct hex_in args)
{
	struct buffer name = {0};
	uint64_t number;

	if (!hex_number(&args, &number))
		return;
	tdesc_add_name(&name, TDESC_X86_64, number);
	if (!name.failed && name.len)
		say_bytes(o, name.data, name.len);
	else
		say(o, "%" PRIu64, number);
	buffer_free(&name);
}

static void of_breakpoint(struct out *o, struct hex_in args)
{
	static const char *const kinds[] = {
	    "software breakpoint", "hardware breakpoint", "write watchpoint",
	    "read watchpoint", "access watchpoint"};
	uint64_t kind, addr, len;

	if (!hex_number(&args, &kind) || kind > 4 || !hex_char(&args, ',') ||
	    !hex_range(&args, &addr, &len))
		return;
	say(o, "%s at 0x%" PRIx64, kinds[kind], addr);
	if (kind > 1)
		say(o, ", %" PRIu64 " bytes", len);
	if (hex_left(&args))
		say(o, ", with conditions or commands");
}

static void of_action(struct out *o, struct hex_in action)
{
	uint64_t start, end, signal;
	struct hex_in thread;

	if (hex_char(&action, 'r')) {
		if (hex_range(&action, &start, &end))
			say(o, "step in 0x%" PRIx64 "-0x%" PRIx64, start, end);
	} else if (hex_char(&action, 's')) {
		say(o, "step");
	} else if (hex_char(&action, 'c')) {
		say(o, "continue");
	} else if (hex_char(&action, 't')) {
		say(o, "stop");
	} else if (hex_char(&action, 'S') || hex_char(&action, 'C')) {
		say(o, action.p[-1] == 'S' ? "step" : "continue");
		hex_number(&action, &signal);
	}
	say(o, " ");
	hex_split(&action, ':', &thread);
	if (hex_left(&action))
		say_thread(o, action);
	else
		say(o, "all threads");
}

static void of_actions(struct out *o, struct hex_in args)
{
	const char *between = "";

	while (hex_left(&args)) {
		struct hex_in action;

		hex_split(&args, ';', &action);
		say(o, "%s", between);
		of_action(o, action);
		between = "; the rest: ";
	}
}

static void of_text(struct out *o, struct hex_in args)
{
	say_bytes(o, args.p, hex_left(&args));
}

struct meaning {
	const char *prefix;
	const char *words;
	describer *args; /* NULL: none */
};

/* The first that matches. */
static const struct meaning meanings[] = {
    {"qSupported", "what do you have? I have ", of_text},
    {"qXfer:features:read:", "the registers' description: ", of_text},
    {"qXfer:threads:read:", "the threads, as XML", NULL},
    {"qXfer:", "an object, in parts: ", of_text},
    {"qfThreadInfo", "the threads", NULL},
    {"qsThreadInfo", "more threads", NULL},
    {"qThreadExtraInfo,", "what about ", say_thread},
    {"qAttached", "was the guest there before me?", NULL},
    {"qRcmd,", "monitor ", say_hex_text},
    {"qSearch:memory:", "find in memory: ", of_text},
    {"qCRC:", "checksum of ", of_range},
    {"qSymbol", "symbols can be looked up", NULL},
    {"qTStatus", "are tracepoints running?", NULL},
    {"qOffsets", "where were the sections loaded?", NULL},
    {"qC", "which thread is current?", NULL},
    {"QStartNoAckMode", "no more acknowledgements", NULL},
    {"QNonStop:1", "non-stop mode", NULL},
    {"QNonStop:0", "all-stop mode", NULL},
    {"QThreadEvents:", "tell of threads that come and go: ", of_text},
    {"qHostInfo", "what machine is it?", NULL},
    {"qProcessInfo", "what process is it?", NULL},
    {"qMemoryRegionInfo:", "what memory is at 0x", of_text},
    {"QThreadSuffixSupported", "threads named in each packet?", NULL},
    {"QEnableErrorStrings", "errors with a text", NULL},
    {"vMustReplyEmpty", "how are unknown packets answered?", NULL},
    {"vCont?", "which ways to resume are there?", NULL},
    {"vCont;", "resume: ", of_actions},
    {"vKill;", "end the guest", NULL},
    {"vRun;", "start the guest anew", NULL},
    {"vCtrlC", "interrupt", NULL},
    {"vStopped", "the next stop", NULL},
    {"vFile:", "a file of yours", NULL},
    {"Hg", "registers and memory of ", say_thread},
    {"Hc", "resume later: ", say_thread},
    {"T", "is it alive? ", say_thread},
    {"?", "why does it stand?", NULL},
    {"!", "extended mode", NULL},
    {"D", "detach", NULL},
    {"k", "end the guest", NULL},
    {"g", "read all registers", NULL},
    {"G", "write all registers", NULL},
    {"p", "read register ", of_register},
    {"P", "write register ", of_register},
    {"m", "read ", of_range},
    {"x", "read ", of_range},
    {"M", "write ", of_range},
    {"X", "write ", of_range},
    {"Z", "set a ", of_breakpoint},
    {"z", "remove the ", of_breakpoint},
    {"c", "continue", NULL},
    {"s", "step", NULL},
    {"C", "continue", NULL},
    {"S", "step", NULL},
};

void describe_request(const void *data, size_t len, char *text, size_t size)
{
	struct out o = {.text = text, .size = size};

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		struct hex_in in = {data, (const uint8_t *)data + len};

		if (!hex_text(&in, meanings[i].prefix))
			continue;
		say(&o, "%s", meanings[i].words);
		if (meanings[i].args)
			meanings[i].args(&o, in);
		return;
	}
}

/* ---- answers ---- */

static void say_error(struct out *o, struct hex_in in)
{
	unsigned number = 0;

	if (hex_char(&in, '.')) {
		say(o, "refused: ");
		say_bytes(o, in.p, hex_left(&in));
		return;
	}
	if (hex_left(&in) > 2 && in.p[2] == ';') { /* LLDB's */
		in.p += 3;
		say(o, "refused: ");
		say_hex_text(o, in);
		return;
	}
	/* ours are decimal */
	for (; hex_left(&in); in.p++)
		number = number * 10 + (unsigned)(*in.p - '0') % 10;
	say(o, "refused: %s", number ? strerror((int)number) : "no such thing");
}

/* "NN" and "name:value;"... */
static void say_stop(struct out *o, struct hex_in in)
{
	uint8_t signal;

	if (!hex_bytes(&in, &signal, 1))
		return;
	say(o, "stopped, signal %u", signal);
	while (hex_left(&in)) {
		struct hex_in field, name;

		hex_split(&in, ';', &field);
		hex_split(&field, ':', &name);
		if (hex_left(&name) && hex_digit(*name.p) >= 0 &&
		    hex_left(&name) == 2)
			continue; /* a register */
		if (hex_text(&name, "core"))
			continue;
		say(o, ", ");
		if (hex_text(&name, "thread")) {
			say_thread(o, field);
			continue;
		}
		say_bytes(o, name.p, hex_left(&name));
		if (hex_left(&field))
			say(o, " at 0x");
		say_bytes(o, field.p, hex_left(&field));
	}
}

/* "OK" is said of what asks for nothing else, data of what reads. */
static void say_data(struct out *o, struct hex_in request, struct hex_in in)
{
	size_t len = hex_left(&in);

	if (hex_text(&request, "qXfer:"))
		say(o, "%s, %zu bytes",
		    *in.p == 'l' ? "the last part" : "a part", len - 1);
	else if (hex_char(&request, 'm') || hex_char(&request, 'g') ||
		 hex_char(&request, 'p'))
		say(o, "%zu bytes", len / 2);
	else if (hex_char(&request, 'x'))
		say(o, "%zu bytes", *in.p == 'b' ? len - 1 : len);
}

static bool is(struct hex_in in, const char *text)
{
	return hex_text(&in, text) && !hex_left(&in);
}

static bool is_error(struct hex_in in)
{
	return hex_char(&in, 'E') &&
	       (hex_left(&in) == 2
		    ? hex_digit(in.p[0]) >= 0 && hex_digit(in.p[1]) >= 0
		    : hex_char(&in, '.'));
}

void describe_answer(const void *request, size_t request_len, const void *data,
		     size_t len, char *text, size_t size)
{
	struct out o = {.text = text, .size = size};
	struct hex_in asked = {request, (const uint8_t *)request + request_len};
	struct hex_in in = {data, (const uint8_t *)data + len};

	text[0] = '\0';
	if (!len) {
		say(&o, "not supported");
	} else if (is(in, "OK")) {
		say(&o, "done");
	} else if (is_error(in)) {
		in.p++;
		say_error(&o, in);
	} else if (hex_char(&in, 'T') || hex_text(&in, "Stop:T")) {
		say_stop(&o, in);
	} else if (hex_char(&in, 'W')) {
		say(&o, "the guest has ended, status 0x");
		say_bytes(&o, in.p, hex_left(&in));
	} else if (hex_char(&in, 'O')) {
		say(&o, "text: ");
		say_hex_text(&o, in);
	} else {
		say_data(&o, asked, in);
	}
}
