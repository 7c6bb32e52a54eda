/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ci/report.h"

struct junit {
	char *text; /* the test cases so far */
	size_t len;
	FILE *to; /* writes TEXT */
	size_t tests, failures, errors;
	unsigned long long ms;
};

struct junit *junit_new(void)
{
	struct junit *j = calloc(1, sizeof(*j));

	if (j != NULL)
		j->to = open_memstream(&j->text, &j->len);
	if (j != NULL && j->to == NULL) {
		free(j);
		j = NULL;
	}
	return j;
}

/* Length of the UTF-8 sequence at P that is a character of XML 1.0, or 0. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t len;
	unsigned long c;

	if (p[0] < 0x80) {
		return p[0] >= ' ' || p[0] == '\t' || p[0] == '\n';
	} else if (p[0] >= 0xc2 && p[0] < 0xe0) {
		len = 2;
		c = p[0] & 0x1f;
	} else if (p[0] >= 0xe0 && p[0] < 0xf0) {
		len = 3;
		c = p[0] & 0x0f;
	} else if (p[0] >= 0xf0 && p[0] < 0xf5) {
		len = 4;
		c = p[0] & 0x07;
	} else {
		return 0;
	}
	if (left < len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) ||
	    c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c == 0xfffe ||
	    c == 0xffff)
		return 0;
	return len;
}

static void put_xml(FILE *to, const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < size;) {
		const size_t n = utf8_len(p + i, size - i);

		if (n == 0 && p[i] != '\r')
			fprintf(to, "\\x%02x", p[i]);
		else if (p[i] == '&')
			fputs("&amp;", to);
		else if (p[i] == '<')
			fputs("&lt;", to);
		else if (p[i] == '>')
			fputs("&gt;", to);
		else if (p[i] == '"')
			fputs("&quot;", to);
		else
			fwrite(p + i, 1, n, to);
		i += n > 0 ? n : 1;
	}
}

static void put_element(FILE *to, const char *name,
			const struct attempt_result *r, enum attempt_text which)
{
	if (r->text[which] == NULL || r->len[which] == 0)
		return;
	fprintf(to, "   <%s>", name);
	put_xml(to, r->text[which], r->len[which]);
	fprintf(to, "</%s>\n", name);
}

int junit_add(struct junit *j, const char *name, const struct attempt_result *r)
{
	/* A failure is what was tested; an error kept it from being tested. */
	const bool error = r->verdict == VERDICT_SETUP;
	const char *kind = error ? "error" : "failure";

	j->tests++;
	j->ms += r->ms;
	fputs("  <testcase classname=\"kvmgdb\" name=\"", j->to);
	put_xml(j->to, name, strlen(name));
	fprintf(j->to, "\" time=\"%u.%03u\"", r->ms / 1000, r->ms % 1000);
	if (r->verdict == VERDICT_PASSED) {
		fputs("/>\n", j->to);
		return ferror(j->to) ? -ENOMEM : 0;
	}
	if (error)
		j->errors++;
	else
		j->failures++;
	fprintf(j->to, ">\n   <%s type=\"%s\" message=\"", kind,
		verdict_name(r->verdict));
	put_xml(j->to, r->reason, strlen(r->reason));
	fputs("\">", j->to);
	if (r->text[ATTEMPT_STATE] != NULL)
		put_xml(j->to, r->text[ATTEMPT_STATE], r->len[ATTEMPT_STATE]);
	fprintf(j->to, "</%s>\n", kind);
	fputs("   <system-out>", j->to);
	if (r->text[ATTEMPT_CONSOLE] != NULL) {
		fputs("--- the guest's console\n", j->to);
		put_xml(j->to, r->text[ATTEMPT_CONSOLE],
			r->len[ATTEMPT_CONSOLE]);
	}
	if (r->text[ATTEMPT_GDB] != NULL) {
		fputs("\n--- GDB\n", j->to);
		put_xml(j->to, r->text[ATTEMPT_GDB], r->len[ATTEMPT_GDB]);
	}
	fputs("</system-out>\n", j->to);
	put_element(j->to, "system-err", r, ATTEMPT_PACKETS);
	fputs("  </testcase>\n", j->to);
	return ferror(j->to) ? -ENOMEM : 0;
}

static void put_sums(const struct junit *j, FILE *f)
{
	fprintf(f,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\""
		" time=\"%llu.%03llu\"",
		j->tests, j->failures, j->errors, j->ms / 1000, j->ms % 1000);
}

int junit_write(const struct junit *j, const char *suite, const char *path)
{
	FILE *f;

	if (fflush(j->to) != 0)
		return -ENOMEM;
	f = fopen(path, "we");
	if (f == NULL)
		return -errno;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"kvmgdb\"",
	      f);
	put_sums(j, f);
	fputs(">\n <testsuite name=\"", f);
	put_xml(f, suite, strlen(suite));
	fputs("\"", f);
	put_sums(j, f);
	fputs(">\n", f);
	fwrite(j->text, 1, j->len, f);
	fputs(" </testsuite>\n</testsuites>\n", f);
	if (ferror(f)) {
		fclose(f);
		return -EIO;
	}
	return fclose(f) == 0 ? 0 : -errno;
}

void junit_free(struct junit *j)
{
	if (j == NULL)
		return;
	fclose(j->to);
	free(j->text);
	free(j);
}
