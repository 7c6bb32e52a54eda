/* SPDX-License-Identifier: MIT */
/*
 * Messages for the person who runs the program: one line each on stderr, in
 * one write, from any thread.
 */
#ifndef KVMGDB_LOG_H
#define KVMGDB_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_PACKET };

struct log {
	int fd;
	_Atomic enum log_level level; /* may change, see log_set_level() */
	struct timespec start; /* CLOCK_MONOTONIC; packets are timed from it */
};

void log_init(struct log *log, int fd, enum log_level level);

/* "error", "warn", "info", "debug", "packet". */
bool log_parse_level(const char *text, enum log_level *level);

/* Any thread. */
void log_set_level(struct log *log, enum log_level level);
const char *log_level_name(enum log_level level);

/* Printed if LEVEL is the log's or graver. */
void log_msg(const struct log *log, enum log_level level, const char *format,
	     ...) __attribute__((format(printf, 3, 4)));

/* Printed at any level: what a script waits for. */
void log_say(const struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A packet's payload; bytes that are not printable ASCII as \xNN.  WHAT it
 * means goes behind, unless that is "". */
void log_packet(const struct log *log, bool from_client, const void *data,
		size_t len, const char *what);

#endif
