/* SPDX-License-Identifier: MIT */
#include "watch/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *format_kind(enum kvmgdb_bp_kind kind)
{
	switch (kind) {
	case KVMGDB_BP_WRITE:
		return "write";
	case KVMGDB_BP_ACCESS:
		return "access";
	default:
		return "exec";
	}
}

void format_value(const uint8_t *bytes, size_t size,
		  char text[FORMAT_VALUE_SIZE])
{
	uint64_t value = 0;

	text[0] = '\0';
	if (size == 0)
		return;
	if (size <= sizeof(value)) {
		memcpy(&value, bytes, size);
		snprintf(text, FORMAT_VALUE_SIZE, "0x%" PRIx64, value);
		return;
	}
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

void format_place(const struct format_context *c, const struct record *r,
		  struct symbols_place *place)
{
	const bool data = c->places[r->place].kind != KVMGDB_BP_HARDWARE;

	symbols_at(c->symbols, r->rip - (data ? 1 : 0), place);
	if (data && place->name != NULL)
		place->offset++;
}

void format_caller(const struct format_context *c, uint64_t address,
		   struct symbols_place *place)
{
	symbols_at(c->symbols, address - 1, place);
	if (place->name != NULL)
		place->offset++;
}

/* ---- text ---- */

static void text_begin(struct format_context *c)
{
	(void)c;
}

static void put_where(struct output *out, uint64_t address,
		      const struct symbols_place *place)
{
	output_addf(out, "0x%" PRIx64, address);
	if (place->name != NULL)
		output_addf(out, " %s+0x%" PRIx64, place->name, place->offset);
	if (place->file != NULL)
		output_addf(out, " %s:%u", place->file, place->line);
}

static void text_hit(struct format_context *c, const struct record *r)
{
	const struct place *watched = &c->places[r->place];
	char before[FORMAT_VALUE_SIZE], after[FORMAT_VALUE_SIZE];
	struct symbols_place place;

	output_addf(c->out, "%5" PRIu64 ".%06" PRIu64 " vcpu%u %s %s",
		    r->ns / 1000000000, r->ns / 1000 % 1000000, r->vcpu,
		    format_kind(watched->kind), watched->name);
	format_value(r->before, r->size, before);
	format_value(r->after, r->size, after);
	if (r->size > 0 && r->start != watched->addr)
		output_addf(c->out, "[+0x%" PRIx64 "]",
			    r->start - watched->addr);
	if (r->size > 0)
		output_addf(c->out, " %s -> %s", before, after);
	output_addf(c->out, " at ");
	format_place(c, r, &place);
	put_where(c->out, r->rip, &place);
	if (r->unjudged)
		output_addf(c->out, " (--when could not be evaluated)");
	output_add(c->out, "\n", 1);
	for (unsigned i = 0; i < r->stack_len; i++) {
		format_caller(c, r->stack[i], &place);
		output_addf(c->out, "    #%u ", i + 1);
		put_where(c->out, r->stack[i], &place);
		output_add(c->out, "\n", 1);
	}
}

static void text_end(struct format_context *c, const struct format_sums *sums)
{
	(void)c;
	(void)sums;
}

const struct format format_text = {"text", text_begin, text_hit, text_end};

/* ---- JSON lines ---- */

static void json_where(struct output *out, uint64_t address,
		       const struct symbols_place *place)
{
	output_addf(out, "\"rip\":\"0x%" PRIx64 "\"", address);
	if (place->name != NULL) {
		output_addf(out, ",\"symbol\":\"");
		output_json(out, place->name);
		output_addf(out, "\",\"offset\":%" PRIu64, place->offset);
	}
	if (place->file != NULL) {
		output_addf(out, ",\"file\":\"");
		output_json(out, place->file);
		output_addf(out, "\",\"line\":%u", place->line);
	}
}

static void json_members(struct format_context *c, const struct record *r)
{
	char before[FORMAT_VALUE_SIZE], after[FORMAT_VALUE_SIZE];
	struct symbols_place place;

	format_place(c, r, &place);
	json_where(c->out, r->rip, &place);
	output_addf(c->out, ",\"addr\":\"0x%" PRIx64 "\"", r->at);
	if (r->size > 0) {
		format_value(r->before, r->size, before);
		format_value(r->after, r->size, after);
		output_addf(c->out, ",\"old\":\"%s\",\"new\":\"%s\"", before,
			    after);
		output_addf(c->out, ",\"start\":\"0x%" PRIx64 "\"", r->start);
	}
	if (r->unjudged)
		output_addf(c->out, ",\"unjudged\":true");
	if (r->stack_len == 0)
		return;
	output_addf(c->out, ",\"stack\":[");
	for (unsigned i = 0; i < r->stack_len; i++) {
		format_caller(c, r->stack[i], &place);
		output_addf(c->out, i > 0 ? ",{" : "{");
		json_where(c->out, r->stack[i], &place);
		output_addf(c->out, "}");
	}
	output_addf(c->out, "]");
}

static void jsonl_hit(struct format_context *c, const struct record *r)
{
	const struct place *watched = &c->places[r->place];

	output_addf(c->out,
		    "{\"ns\":%" PRIu64 ",\"vcpu\":%u,\"kind\":\"%s\","
		    "\"what\":\"",
		    r->ns, r->vcpu, format_kind(watched->kind));
	output_json(c->out, watched->name);
	output_addf(c->out, "\",");
	json_members(c, r);
	output_addf(c->out, "}\n");
}

/* So that a reader knows that it has all. */
static void jsonl_end(struct format_context *c, const struct format_sums *sums)
{
	output_addf(c->out,
		    "{\"end\":true,\"hits\":%" PRIu64 ",\"dropped\":%" PRIu64
		    ",\"passed\":%" PRIu64 ",\"ns\":%" PRIu64 "}\n",
		    sums->hits, sums->dropped, sums->passed, sums->ns);
}

const struct format format_jsonl = {"jsonl", text_begin, jsonl_hit, jsonl_end};

/* ---- Chrome's trace events: a thread for each vCPU, a counter a value ---- */

/* As GDB numbers them: thread 0 of process 1 is to Perfetto thread 1 of it. */
static unsigned trace_thread(unsigned vcpu)
{
	return vcpu + 1;
}

static void trace_time(struct output *out, uint64_t ns)
{
	output_addf(out, "\"ts\":%" PRIu64 ".%03" PRIu64, ns / 1000, ns % 1000);
}

/* Of the whole guest: a viewer's time begins with the first event. */
static void trace_mark(struct output *out, const char *name, uint64_t ns)
{
	output_addf(out,
		    ",\n{\"ph\":\"i\",\"s\":\"p\",\"pid\":1,\"tid\":1,"
		    "\"cat\":\"guest\",\"name\":\"%s\",",
		    name);
	trace_time(out, ns);
	output_addf(out, ",\"args\":{");
}

static void trace_begin(struct format_context *c)
{
	output_addf(c->out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
			    "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":"
			    "\"process_name\",\"args\":{\"name\":\"");
	output_json(c->out, c->guest);
	output_addf(c->out, "\"}}");
	for (unsigned i = 0; i < c->vcpus; i++)
		output_addf(c->out,
			    ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"name\":"
			    "\"thread_name\",\"args\":{\"name\":\"vcpu%u\"}}",
			    trace_thread(i), i);
	trace_mark(c->out, "start", 0);
	output_addf(c->out, "}}");
}

/* Perfetto takes what is written as an integer for a signed one. */
static void trace_value(struct output *out, uint64_t value)
{
	if (value <= INT64_MAX)
		output_addf(out, "%" PRIu64, value);
	else
		output_addf(out, "%.16e", (double)value);
}

static void trace_hit(struct format_context *c, const struct record *r)
{
	const struct place *watched = &c->places[r->place];
	uint64_t value = 0;

	output_addf(c->out,
		    ",\n{\"ph\":\"i\",\"s\":\"t\",\"pid\":1,\"tid\":%u,"
		    "\"cat\":\"%s\",\"name\":\"",
		    trace_thread(r->vcpu), format_kind(watched->kind));
	output_json(c->out, watched->name);
	output_addf(c->out, "\",");
	trace_time(c->out, r->ns);
	output_addf(c->out, ",\"args\":{");
	json_members(c, r);
	output_addf(c->out, "}}");
	if (r->size == 0 || r->size > sizeof(value))
		return;
	memcpy(&value, r->after, r->size);
	output_addf(c->out, ",\n{\"ph\":\"C\",\"pid\":1,\"name\":\"");
	output_json(c->out, watched->name);
	output_addf(c->out, "\",");
	trace_time(c->out, r->ns);
	output_addf(c->out, ",\"args\":{\"value\":");
	trace_value(c->out, value);
	output_addf(c->out, "}}");
}

static void trace_sums(struct output *out, const struct format_sums *sums)
{
	output_addf(out,
		    "\"hits\":%" PRIu64 ",\"dropped\":%" PRIu64
		    ",\"passed\":%" PRIu64 "}}",
		    sums->hits, sums->dropped, sums->passed);
}

/* Twice: Perfetto does not show otherData. */
static void trace_end(struct format_context *c, const struct format_sums *sums)
{
	trace_mark(c->out, "end", sums->ns);
	trace_sums(c->out, sums);
	output_addf(c->out, "\n],\"otherData\":{");
	trace_sums(c->out, sums);
	output_addf(c->out, "\n");
}

const struct format format_trace = {"trace", trace_begin, trace_hit, trace_end};
