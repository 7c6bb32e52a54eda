/* SPDX-License-Identifier: MIT */
/* One page with everything in it: page.html, with the data where it says so. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "watch/format.h"

/* A browser holds so many; the table by writer has all. */
#define SHOWN_MAX 100000u

/* page.S */
extern const char watch_page[], watch_page_end[];

static const char mark[] = "/*DATA*/";

static void html_begin(struct format_context *c)
{
	const size_t size = (size_t)(watch_page_end - watch_page);
	const char *at = memmem(watch_page, size, mark, sizeof(mark) - 1);

	output_add(c->out, watch_page,
		   at != NULL ? (size_t)(at - watch_page) : size);
	output_addf(c->out, "const guest=\"");
	output_json(c->out, c->guest);
	output_addf(c->out, "\",vcpus=%u;\nconst places=[", c->vcpus);
	for (size_t i = 0; i < c->place_count; i++) {
		output_addf(c->out, "%s{name:\"", i > 0 ? "," : "");
		output_json(c->out, c->places[i].name);
		output_addf(c->out,
			    "\",kind:\"%s\",addr:\"0x%" PRIx64 "\",len:%" PRIu64
			    "}",
			    format_kind(c->places[i].kind), c->places[i].addr,
			    c->places[i].len);
	}
	/* ns, vCPU, place, RIP, old, new */
	output_addf(c->out, "];\nconst hits=[\n");
}

static void html_hit(struct format_context *c, const struct record *r)
{
	char before[FORMAT_VALUE_SIZE], after[FORMAT_VALUE_SIZE];

	if (c->shown == SHOWN_MAX)
		return;
	c->shown++;
	format_value(r->before, r->size, before);
	format_value(r->after, r->size, after);
	output_addf(c->out,
		    "[%" PRIu64 ",%u,%u,\"0x%" PRIx64 "\",\"%s\",\"%s\"],\n",
		    r->ns, r->vcpu, r->place, r->rip, before, after);
}

static void html_end(struct format_context *c, const struct format_sums *sums)
{
	const size_t size = (size_t)(watch_page_end - watch_page);
	const char *at = memmem(watch_page, size, mark, sizeof(mark) - 1);

	output_addf(c->out,
		    "];\nconst sums={hits:%" PRIu64 ",dropped:%" PRIu64
		    ",passed:%" PRIu64 ",shown:%" PRIu64 ",ns:%" PRIu64
		    ",lost:%" PRIu64 "};\nconst writers=[\n",
		    sums->hits, sums->dropped, sums->passed, c->shown, sums->ns,
		    c->writers->lost);
	for (size_t i = 0; i < c->writers->room; i++) {
		const struct writer *w = &c->writers->table[i];
		const struct record r = {.rip = w->rip, .place = w->place};
		struct symbols_place place;

		if (w->count == 0)
			continue;
		format_place(c, &r, &place);
		output_addf(c->out,
			    "{place:%u,rip:\"0x%" PRIx64 "\",count:%" PRIu64
			    ",first:%" PRIu64 ",last:%" PRIu64 ",symbol:\"",
			    w->place, w->rip, w->count, w->first_ns,
			    w->last_ns);
		if (place.name != NULL) {
			output_json(c->out, place.name);
			output_addf(c->out, "+0x%" PRIx64, place.offset);
		}
		output_addf(c->out, "\",line:\"");
		if (place.file != NULL) {
			output_json(c->out, place.file);
			output_addf(c->out, ":%u", place.line);
		}
		output_addf(c->out, "\"},\n");
	}
	output_addf(c->out, "];\n");
	if (at != NULL)
		output_add(c->out, at + sizeof(mark) - 1,
			   (size_t)(watch_page_end - at) - sizeof(mark) + 1);
}

const struct format format_html = {"html", html_begin, html_hit, html_end};
