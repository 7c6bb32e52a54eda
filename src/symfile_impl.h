/* SPDX-License-Identifier: MIT */
/* The inside of symfile.h, shared by symfile.c and symfile_elf.c. */
#ifndef KVMGDB_SYMFILE_IMPL_H
#define KVMGDB_SYMFILE_IMPL_H

#include <stddef.h>

#include "symfile.h"

struct symbol {
	uint64_t addr;
	uint32_t name; /* offset into names */
	uint32_t section;
	char type;
};

struct symfile {
	struct symbol *symbols;
	size_t count, room;
	char *names; /* starts with an empty one, as .strtab does */
	size_t used, size;
};

/* Sets WHY and returns ERROR. */
static inline int symfile_fail(struct kvmgdb_reason *why, int error,
			       const char *text)
{
	snprintf(why->text, sizeof(why->text), "%s", text);
	return error;
}

#endif
