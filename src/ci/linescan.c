/* SPDX-License-Identifier: MIT */
#include "ci/linescan.h"

void linescan_feed(struct linescan *scan, const char *bytes, size_t len,
		   void (*line)(void *ctx, const char *text), void *ctx)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n') {
			if (scan->len < LINESCAN_MAX - 1)
				scan->line[scan->len++] = bytes[i];
			continue;
		}
		scan->line[scan->len] = '\0';
		scan->len = 0;
		line(ctx, scan->line);
	}
}
