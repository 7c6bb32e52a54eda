/* SPDX-License-Identifier: MIT */
/* What the commands of share/kvmgdb/ note while a script runs: a word a line,
 * some with a text behind it; and what the server counts meanwhile. */
#ifndef CI_NOTES_H
#define CI_NOTES_H

#include <stdbool.h>

#include "ci/verdict.h"

struct notes {
	bool connected;             /* "connected" */
	bool end;                   /* "end": of the script */
	bool late;                  /* "late": the time was up */
	unsigned checks;            /* "ok TEXT": held */
	unsigned failures;          /* "fail TEXT" */
	char failure[VERDICT_TEXT]; /* TEXT of the first */
};

/* A line that is none of these is passed over, and so is a file that is not
 * there. */
void notes_read(const char *path, struct notes *notes);

/* What the server's --hits file at PATH counts of resumes; 0 without one. */
unsigned long long notes_resumes(const char *path);

#endif
