/* SPDX-License-Identifier: MIT */
/* Symbols and source lines of the guest, by libdw.  One thread at a time. */
#ifndef WATCH_SYMBOLS_H
#define WATCH_SYMBOLS_H

#include <kvmgdb/target.h>

struct symbols;

/* NULL with WHY: not an ELF file, unreadable, no memory. */
struct symbols *symbols_open(const char *path, struct kvmgdb_reason *why);

/* 0; -ENOENT; -ENOTUNIQ: several, at different addresses.  SIZE may be 0. */
int symbols_find(const struct symbols *symbols, const char *name,
		 uint64_t *address, uint64_t *size);

/* What was meant by NAME, most likely; or NULL. */
const char *symbols_nearest(const struct symbols *symbols, const char *name);

struct symbols_place {
	const char *name; /* NULL: no symbol; likewise file */
	const char *file; /* without folders */
	uint64_t offset;  /* in the symbol */
	unsigned line;
};

/* SYMBOLS may be NULL. */
void symbols_at(const struct symbols *symbols, uint64_t address,
		struct symbols_place *place);

/* NULL is allowed. */
void symbols_close(struct symbols *symbols);

#endif
