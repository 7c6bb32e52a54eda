/* SPDX-License-Identifier: MIT */
/* The results: as text, as TAP, as JUnit's XML. */
#ifndef CI_REPORT_H
#define CI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "ci/result.h"

enum report_format { REPORT_TEXT, REPORT_TAP };

/* One result: the verdict, and what is known of a failure.  NUMBER from 1. */
void report_result(FILE *to, enum report_format format, size_t number,
		   const char *name, const struct attempt_result *result);

/* Before the first and after the last; PLANNED attempts, of which RUN were
 * run. */
void report_begin(FILE *to, enum report_format format, size_t planned);
void report_end(FILE *to, enum report_format format, size_t planned, size_t run,
		size_t passed);

/* JUnit has the sums in front, so that it is written at the end. */
struct junit;

struct junit *junit_new(void);
/* 0, -ENOMEM. */
int junit_add(struct junit *junit, const char *name,
	      const struct attempt_result *result);
/* SUITE: the guest's name.  0, -errno. */
int junit_write(const struct junit *junit, const char *suite, const char *path);
void junit_free(struct junit *junit);

#endif
