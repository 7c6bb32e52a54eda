/* SPDX-License-Identifier: MIT */
/* Which of several words did a person mean?  By edit distance, whatever the
 * case; a word that begins with what was typed is near too. */
#ifndef GDBPROTO_NEAREST_H
#define GDBPROTO_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

struct nearest {
	const char *typed;
	unsigned best; /* distance */
};

void nearest_begin(struct nearest *n, const char *typed);

/* Offer a word; true: it is the nearest so far, and near enough. */
bool nearest_try(struct nearest *n, const char *word);

bool nearest_found(const struct nearest *n);

#endif
