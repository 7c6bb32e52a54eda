/* SPDX-License-Identifier: MIT */
/* Reasons that errno gives. */
#ifndef MACHINE_OSERROR_H
#define MACHINE_OSERROR_H

#include <errno.h>
#include <kvmgdb/target.h>
#include <stdio.h>
#include <string.h>

/* "WHAT: ..." of errno; returns -errno. */
static inline int oserror(struct kvmgdb_reason *why, const char *what)
{
	const int error = errno;

	snprintf(why->text, sizeof(why->text), "%s: %s", what, strerror(error));
	return -error;
}

#endif
