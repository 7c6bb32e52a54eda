/* SPDX-License-Identifier: MIT */
#include "probetable.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "log.h"

enum shape {
	ONE,    /* bool */
	CPLS,   /* bool[2] */
	LENGTHS /* bool[2][4] */
};

struct row {
	const char *key, *text;
	enum shape shape;
	size_t offset;
};

#define ROW(key, shape, text)                                         \
	{                                                             \
#key, text, shape, offsetof(struct kvmgdb_probe, key) \
	}

static const struct row rows[] = {
    ROW(exec, CPLS, "execution breakpoint"),
    ROW(data_write, LENGTHS, "data breakpoint, write"),
    ROW(data_access, LENGTHS, "data breakpoint, access"),
    ROW(step, CPLS, "single step"),
    ROW(int3, CPLS, "int3 intercepted"),
    ROW(dr_access, ONE, "guest MOV DR trapped (DR7.GD)"),
    ROW(reinject, ONE, "#DB given back to the guest"),
    ROW(readonly_slot, ONE, "store to a read-only slot exits"),
    ROW(page_write, CPLS, "store to a write-protected page exits"),
    ROW(page_access, CPLS, "access to a page without rights exits"),
    ROW(page_exec, CPLS, "fetch from a page without rights exits"),
    ROW(page_mmio, ONE, "such accesses exit as MMIO (not EFAULT)"),
    ROW(blockirq, ONE, "interrupts held off while stepping (BLOCKIRQ)"),
    ROW(exec_rf, ONE, "RFLAGS.RF steps off a breakpoint"),
    ROW(guest_exec, ONE, "guest's own execution breakpoints stay armed"),
    ROW(off_exec, ONE, "DR6 shows disabled registers too, execution"),
    ROW(off_data, ONE, "DR6 shows disabled registers too, data"),
    ROW(dr7_reported, ONE, "DR7 is reported with a hit"),
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const unsigned lengths[4] = {1, 2, 4, 8};
static const unsigned levels[2] = {0, 3};

/* CPL_INDEX 0 or 1, LENGTH_INDEX 0 to 3, as far as the row has them. */
static bool value(const struct kvmgdb_probe *probe, const struct row *row,
		  unsigned cpl_index, unsigned length_index)
{
	const bool *at =
	    (const bool *)(const void *)((const char *)probe + row->offset);

	switch (row->shape) {
	case ONE:
		return at[0];
	case CPLS:
		return at[cpl_index];
	case LENGTHS:
		return at[cpl_index * 4 + length_index];
	}
	return false;
}

static size_t values(const struct row *row)
{
	return row->shape == ONE ? 1 : row->shape == CPLS ? 2 : 8;
}

int probetable_without(struct kvmgdb_probe *probe, const char *names)
{
	while (*names != '\0') {
		size_t len = strcspn(names, ","), i;

		for (i = 0; i < ROW_COUNT; i++)
			if (strlen(rows[i].key) == len &&
			    memcmp(rows[i].key, names, len) == 0)
				break;
		if (i == ROW_COUNT)
			return -EINVAL;
		memset((char *)probe + rows[i].offset, 0, values(&rows[i]));
		names += len;
		if (*names == ',')
			names++;
	}
	return 0;
}

static const char *yes(bool v)
{
	return v ? "yes" : "no";
}

void probetable_print(const struct kvmgdb_probe *probe, FILE *to)
{
	fprintf(to, "%-48s %-6s %s\n", "", "CPL 0", "CPL 3");
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct row *r = &rows[i];

		if (r->shape == ONE) {
			fprintf(to, "%-48s %s\n", r->text,
				yes(value(probe, r, 0, 0)));
			continue;
		}
		for (unsigned n = 0; n < (r->shape == LENGTHS ? 4u : 1u); n++) {
			char text[64];

			if (r->shape == LENGTHS)
				snprintf(text, sizeof(text), "%s, %u byte%s",
					 r->text, lengths[n],
					 n == 0 ? "" : "s");
			else
				snprintf(text, sizeof(text), "%s", r->text);
			fprintf(to, "%-48s %-6s %s\n", text,
				yes(value(probe, r, 0, n)),
				yes(value(probe, r, 1, n)));
		}
	}
}

static const char *json(bool v)
{
	return v ? "true" : "false";
}

static void print_json_row(const struct kvmgdb_probe *probe,
			   const struct row *r, FILE *to)
{
	fprintf(to, ",\n  \"%s\": ", r->key);
	if (r->shape == ONE) {
		fputs(json(value(probe, r, 0, 0)), to);
		return;
	}
	for (unsigned c = 0; c < 2; c++) {
		fprintf(to, "%s\"cpl%u\": ", c == 0 ? "{" : ", ", levels[c]);
		if (r->shape == CPLS) {
			fputs(json(value(probe, r, c, 0)), to);
			continue;
		}
		for (unsigned n = 0; n < 4; n++)
			fprintf(to, "%s\"%u\": %s", n == 0 ? "{" : ", ",
				lengths[n], json(value(probe, r, c, n)));
		fputc('}', to);
	}
	fputc('}', to);
}

static void print_json_string(const char *text, FILE *to)
{
	fputc('"', to);
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fprintf(to, "\\u%04x", c);
		else
			fputc(c, to);
	}
	fputc('"', to);
}

void probetable_print_json(const struct kvmgdb_probe *probe, const char *kernel,
			   FILE *to)
{
	fputs("{\n  \"kernel\": ", to);
	print_json_string(kernel, to);
	for (size_t i = 0; i < ROW_COUNT; i++)
		print_json_row(probe, &rows[i], to);
	fputs("\n}\n", to);
}

void probetable_log(const struct kvmgdb_probe *probe, const struct log *log)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct row *r = &rows[i];

		for (unsigned c = 0; c < (r->shape == ONE ? 1u : 2u); c++) {
			unsigned missing = 0;

			for (unsigned n = 0; n < 4; n++)
				missing += !value(probe, r, c, n);
			if (missing == 0)
				continue;
			if (r->shape == ONE)
				log_msg(log, LOG_INFO, "not on this KVM: %s",
					r->text);
			else
				log_msg(log, LOG_INFO,
					"not on this KVM at CPL %u: %s%s",
					levels[c], r->text,
					missing < 4 ? " (some lengths)" : "");
		}
	}
}
