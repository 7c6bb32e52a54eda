/* SPDX-License-Identifier: MIT */
/* Lines of a stream, as they come. */
#ifndef CI_LINESCAN_H
#define CI_LINESCAN_H

#include <stddef.h>

#define LINESCAN_MAX 4096

/* All zeroes to start. */
struct linescan {
	char line[LINESCAN_MAX]; /* the first bytes of a longer one */
	size_t len;
};

/* LINE is called for each complete line, without its newline. */
void linescan_feed(struct linescan *scan, const char *bytes, size_t len,
		   void (*line)(void *ctx, const char *text), void *ctx);

#endif
