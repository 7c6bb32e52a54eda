/* SPDX-License-Identifier: MIT */
/*
 * An ELF file with nothing but a symbol table, for GDB, from what `nm' or
 * Linux prints: a System.map or /proc/kallsyms.
 */
#ifndef KVMGDB_SYMFILE_H
#define KVMGDB_SYMFILE_H

#include <kvmgdb/target.h>
#include <stdint.h>
#include <stdio.h>

struct symfile;

/*
 * Read lines "ADDRESS TYPE NAME", with more words ignored, until the end of
 * IN.  Symbols of Linux's modules ("NAME [MODULE]") are left out: they lie
 * elsewhere after each boot.  0; -EINVAL for a line of another form, a file
 * without symbols, or one whose addresses are all 0 (kptr_restrict); -errno.
 */
int symfile_read(FILE *in, struct symfile **symbols, struct kvmgdb_reason *why);

/* NULL is allowed. */
void symfile_free(struct symfile *symbols);

size_t symfile_count(const struct symfile *symbols);

/* Write an ELF64 file for x86-64 to FD, once.  0, -errno. */
int symfile_write(struct symfile *symbols, int fd, struct kvmgdb_reason *why);

#endif
