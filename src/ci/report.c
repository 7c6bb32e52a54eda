/* SPDX-License-Identifier: MIT */
#include "ci/report.h"

#include <string.h>

/* The packets of a report: the last ones, of lines cut to this. */
#define PACKET_LINES 40
#define PACKET_WIDTH 200

static const char *const titles[ATTEMPT_TEXTS] = {
    [ATTEMPT_CONSOLE] = "the guest's console",
    [ATTEMPT_GDB] = "GDB",
    [ATTEMPT_STATE] = "the guest's state at the failure",
    [ATTEMPT_PACKETS] = "the last packets",
};

/* A terminal must not be told to do things. */
static void put_line(FILE *to, const char *prefix, const char *line, size_t len)
{
	fputs(prefix, to);
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)line[i];

		if (c == '\r')
			continue;
		if (c < ' ' && c != '\t')
			fprintf(to, "\\x%02x", c);
		else if (c == 0x7f)
			fputs("\\x7f", to);
		else
			fputc(c, to);
	}
	fputc('\n', to);
}

static const char *last_lines(const char *text, size_t len, unsigned lines)
{
	size_t at = len;

	while (at > 0 && lines > 0) {
		at--;
		if (text[at] == '\n' && at + 1 < len && --lines == 0)
			return text + at + 1;
	}
	return text;
}

static void put_text(FILE *to, const char *prefix, enum attempt_text which,
		     const struct attempt_result *r)
{
	const char *p = r->text[which];
	const char *end;

	if (p == NULL || r->len[which] == 0)
		return;
	end = p + r->len[which];
	fprintf(to, "%s--- %s\n", prefix, titles[which]);
	if (which == ATTEMPT_PACKETS)
		p = last_lines(p, r->len[which], PACKET_LINES);
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *next = newline != NULL ? newline + 1 : end;
		size_t len = (size_t)((newline != NULL ? newline : end) - p);

		if (which == ATTEMPT_PACKETS && len > PACKET_WIDTH)
			len = PACKET_WIDTH;
		put_line(to, prefix, p, len);
		p = next;
	}
}

static void put_texts(FILE *to, const char *prefix,
		      const struct attempt_result *r)
{
	for (int i = 0; i < ATTEMPT_TEXTS; i++)
		put_text(to, prefix, (enum attempt_text)i, r);
}

/* '#' starts a directive in TAP. */
static void put_tap_name(FILE *to, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '#' || *name == '\\')
			fputc('\\', to);
		fputc(*name == '\n' ? ' ' : *name, to);
	}
}

static void put_tap(FILE *to, size_t number, const char *name,
		    const struct attempt_result *r)
{
	fprintf(to, "%sok %zu - ", r->verdict == VERDICT_PASSED ? "" : "not ",
		number);
	put_tap_name(to, name);
	fputc('\n', to);
	if (r->verdict == VERDICT_PASSED)
		return;
	fprintf(to, "# %s: ", verdict_name(r->verdict));
	put_line(to, "", r->reason, strlen(r->reason));
	put_texts(to, "# ", r);
}

void report_result(FILE *to, enum report_format format, size_t number,
		   const char *name, const struct attempt_result *result)
{
	const struct attempt_result *r = result;

	if (format == REPORT_TAP) {
		put_tap(to, number, name, r);
	} else if (r->verdict == VERDICT_PASSED) {
		fprintf(to, "passed %s (%u.%03u s, %u checked)\n", name,
			r->ms / 1000, r->ms % 1000, r->checks);
	} else {
		fprintf(to, "FAILED %s (%u.%03u s)\n  %s: ", name, r->ms / 1000,
			r->ms % 1000, verdict_name(r->verdict));
		put_line(to, "", r->reason, strlen(r->reason));
		put_texts(to, "  ", r);
	}
	fflush(to);
}

void report_begin(FILE *to, enum report_format format, size_t planned)
{
	if (format == REPORT_TAP)
		fprintf(to, "TAP version 13\n1..%zu\n", planned);
	fflush(to);
}

void report_end(FILE *to, enum report_format format, size_t planned, size_t run,
		size_t passed)
{
	const char *prefix = format == REPORT_TAP ? "# " : "";

	if (format == REPORT_TAP && run < planned)
		fputs("Bail out! set-up failed\n", to);
	fprintf(to, "%s%zu passed, %zu failed", prefix, passed, run - passed);
	if (run < planned)
		fprintf(to, ", %zu not run", planned - run);
	fputc('\n', to);
	fflush(to);
}
