/* SPDX-License-Identifier: MIT */
/* Bytes to a file, a pipe or a terminal, by a thread that can be told to give
 * up on a reader that does not read. */
#ifndef WATCH_OUTPUT_H
#define WATCH_OUTPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define OUTPUT_ROOM 65536

struct output {
	int fd;
	int error; /* -errno of the first write that failed; all later ones are
		      lost then */
	atomic_bool give_up;
	size_t len;
	char data[OUTPUT_ROOM];
};

void output_init(struct output *out, int fd);

void output_add(struct output *out, const char *data, size_t len);
void output_addf(struct output *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* TEXT as the inside of a JSON string, that can stand in HTML, too. */
void output_json(struct output *out, const char *text);

void output_flush(struct output *out);

#endif
