// SPDX-License-Identifier: MIT
#include "nearest.h"

#include <string.h>
#include <strings.h>

#define LENGTH_MAX 40u /* longer words are near nothing */
#define NONE       1000u

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Levenshtein's, row by row. */
static unsigned distance(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned row[LENGTH_MAX + 1];

	for (unsigned j = 0; j <= blen; j++)
		row[j] = j;
	for (unsigned i = 1; i <= alen; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= blen; j++) {
			unsigned above = row[j];
			bool same = lower(a[i - 1]) == lower(b[j - 1]);

			row[j] = min(diagonal + (same ? 0 : 1),
				     min(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[blen];
}

void nearest_begin(struct nearest *n, const char *typed)
{
	*n = (struct nearest){.typed = typed, .best = NONE};
}

bool nearest_try(struct nearest *n, const char *word)
{
	size_t typed = strlen(n->typed), len = strlen(word);
	unsigned d;

	if (!typed || typed > LENGTH_MAX || len > LENGTH_MAX)
		return false;
	d = distance(n->typed, typed, word, len);
	if (typed >= 2 && !strncasecmp(word, n->typed, typed))
		d = 1;
	/* One letter in three may be wrong. */
	if (d > (typed + 2) / 3 || d >= n->best)
		return false;
	n->best = d;
	return true;
}

bool nearest_found(const struct nearest *n)
{
	return n->best != NONE;
}
