/* SPDX-License-Identifier: MIT */
/* What the debugger was told, as text: `monitor hits`, and --hits FILE. */
#ifndef KVMGDB_HITS_H
#define KVMGDB_HITS_H

#include <stddef.h>

#include "gdbproto/session.h"

#define HITS_TEXT_MAX 256

/* "NAME NUMBER" a line; returns the length. */
size_t hits_text(const struct gdb_counts *counts, char text[HITS_TEXT_MAX]);

/* Replaces a regular file in one step: a reader sees all or nothing.  What is
 * something else (a device, a FIFO, a link) is written to.  0, -errno. */
int hits_write(const struct gdb_counts *counts, const char *path);

/* Can it be written there, as far as can be said now?  0, -errno. */
int hits_check(const char *path);

#endif
