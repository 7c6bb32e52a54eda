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

/* As if the KVM had not got what NAMES are, keys of the JSON with commas
 * between them.  0, or -EINVAL: there is no such key. */
int probetable_without(struct kvmgdb_probe *probe, const char *names);

/* A line at level info for what does not work, if anything. */
void probetable_log(const struct kvmgdb_probe *probe, const struct log *log);

#endif
