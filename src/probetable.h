/* SPDX-License-Identifier: MIT */
/* The rows of struct kvmgdb_probe, by name: for the table, JSON, and logs. */
#ifndef KVMGDB_PROBETABLE_H
#define KVMGDB_PROBETABLE_H

#include <kvmgdb/backend.h>
#include <stdio.h>

struct log;

void probetable_print(const struct kvmgdb_probe *probe, FILE *to);

/* One object; KERNEL is `uname -r`. */
void probetable_print_json(const struct kvmgdb_probe *probe, const char *kernel,
			   FILE *to);

/* A line at level info for what does not work, if anything. */
void probetable_log(const struct kvmgdb_probe *probe, const struct log *log);

#endif
