/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "symfile_impl.h"

/* Linux's names have up to 511 bytes; C++ ones are longer. */
#define NAMES_MAX (UINT64_C(1) << 31)

static bool add_name(struct symfile *s, const char *name, size_t len,
		     uint32_t *offset)
{
	if (s->used + len + 1 > s->size) {
		const size_t size = 2 * s->size + len + 1;
		char *names = size < NAMES_MAX ? realloc(s->names, size) : NULL;

		if (names == NULL)
			return false;
		s->names = names;
		s->size = size;
	}
	*offset = (uint32_t)s->used;
	memcpy(s->names + s->used, name, len);
	s->names[s->used + len] = '\0';
	s->used += len + 1;
	return true;
}

static bool add_symbol(struct symfile *s, uint64_t addr, char type,
		       const char *name, size_t len)
{
	struct symbol symbol = {.addr = addr, .type = type};

	if (s->count == s->room) {
		const size_t room = s->room * 2 + 1024;
		struct symbol *more = realloc(s->symbols, room * sizeof(*more));

		if (more == NULL)
			return false;
		s->symbols = more;
		s->room = room;
	}
	if (!add_name(s, name, len, &symbol.name))
		return false;
	s->symbols[s->count++] = symbol;
	return true;
}

static bool parse_hex(const char **p, uint64_t *value)
{
	unsigned digits = 0;

	*value = 0;
	for (; isxdigit((unsigned char)**p); (*p)++, digits++) {
		const char c = (char)tolower((unsigned char)**p);

		*value =
		    *value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return digits > 0 && digits <= 16;
}

/* 1: taken or left out; 0: not such a line; -ENOMEM. */
static int parse_line(struct symfile *s, const char *line)
{
	const char *name;
	uint64_t addr;
	size_t len;
	char type;

	if (!parse_hex(&line, &addr) || line[0] != ' ')
		return 0;
	type = line[1];
	if ((!isalpha((unsigned char)type) && type != '?') || line[2] != ' ')
		return 0;
	name = line + 3;
	len = strcspn(name, " \t\n");
	if (len == 0)
		return 0;
	if (name[len + strspn(name + len, " \t")] == '[' || type == 'U')
		return 1;
	return add_symbol(s, addr, type, name, len) ? 1 : -ENOMEM;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static int check(const struct symfile *s, struct kvmgdb_reason *why)
{
	if (s->count == 0)
		return symfile_fail(why, -EINVAL, "it has no symbol");
	if (s->symbols[s->count - 1].addr == 0)
		return symfile_fail(
		    why, -EINVAL,
		    "all addresses are 0: read /proc/kallsyms as root "
		    "(and see kernel.kptr_restrict)");
	/* what Debian packs as System.map: one line, which tells where it is */
	if (s->symbols[0].addr == UINT64_MAX)
		return symfile_fail(
		    why, -EINVAL,
		    "all addresses are ffffffffffffffff: no real map (Debian's "
		    "is in linux-image-VERSION-dbg)");
	return 0;
}

static int read_lines(FILE *in, struct symfile *s, struct kvmgdb_reason *why)
{
	unsigned long number = 0;
	char *line = NULL;
	size_t size = 0;
	int rc = 1;

	while (rc == 1 && getline(&line, &size, in) >= 0) {
		number++;
		rc = parse_line(s, line);
	}
	free(line);
	if (rc == 0) {
		snprintf(why->text, sizeof(why->text),
			 "line %lu is not \"ADDRESS TYPE NAME\"", number);
		return -EINVAL;
	}
	if (rc < 0)
		return symfile_fail(why, rc, "no memory");
	if (ferror(in))
		return symfile_fail(why, -EIO, "cannot read");
	return 0;
}

int symfile_read(FILE *in, struct symfile **symbols, struct kvmgdb_reason *why)
{
	struct symfile *s = calloc(1, sizeof(*s));
	uint32_t empty;
	int rc;

	if (s == NULL || !add_name(s, "", 0, &empty)) {
		symfile_free(s);
		return symfile_fail(why, -ENOMEM, "no memory");
	}
	rc = read_lines(in, s, why);
	if (rc == 0) {
		/* without a symbol there is no array, not even for qsort() */
		if (s->count > 0)
			qsort(s->symbols, s->count, sizeof(*s->symbols),
			      by_address);
		rc = check(s, why);
	}
	if (rc < 0) {
		symfile_free(s);
		return rc;
	}
	*symbols = s;
	return 0;
}

void symfile_free(struct symfile *symbols)
{
	if (symbols == NULL)
		return;
	free(symbols->symbols);
	free(symbols->names);
	free(symbols);
}

size_t symfile_count(const struct symfile *symbols)
{
	return symbols->count;
}
