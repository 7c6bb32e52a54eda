/* SPDX-License-Identifier: MIT */
/*
 * Inside of `monitor`: a command gets what follows its word ("" for nothing;
 * words with one blank between) and adds lines to TEXT.  False: it was not
 * meant so; its usage is told.
 */
#ifndef GDBPROTO_MONITOR_IMPL_H
#define GDBPROTO_MONITOR_IMPL_H

#include "session_impl.h"

typedef bool monitor_run(struct gdb_session *s, const char *args,
			 struct buffer *text);

/* The next word of ARGS into WORD; false: there is none, or it is too long. */
bool monitor_word(const char **args, char *word, size_t size);

/* A whole word as a number: decimal, or hexadecimal with 0x. */
bool monitor_number(const char *word, uint64_t *value);

/* One number and nothing else. */
bool monitor_only_number(const char *args, uint64_t *value);

/* Why the target did not tell: what -errno means to who typed the command. */
const char *monitor_why(int error);

/* monitor_dr.c */
monitor_run monitor_dr, monitor_watch;
/* monitor_cpu.c */
monitor_run monitor_cpus, monitor_where, monitor_msr, monitor_arch;
/* monitor_mem.c */
monitor_run monitor_gva2gpa, monitor_pt, monitor_phys;
/* monitor_run.c */
monitor_run monitor_reset, monitor_exit;

#endif
