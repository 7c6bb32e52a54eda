/* SPDX-License-Identifier: MIT */
/* The GDB that runs the scripts, and our command files for it. */
#ifndef CI_GDBPROGRAM_H
#define CI_GDBPROGRAM_H

#include <kvmgdb/target.h>
#include <limits.h>
#include <stdbool.h>

struct gdbprogram {
	bool python;             /* it has Python */
	char commands[PATH_MAX]; /* the command file that fits */
};

/* Start PROGRAM once to see what it has.  0, or -errno with WHY. */
int gdbprogram_look(const char *program, struct gdbprogram *gdb,
		    struct kvmgdb_reason *why);

/* FILE in ../share/kvmgdb/, as seen from this program's own folder. */
int gdbprogram_share(const char *file, char path[PATH_MAX],
		     struct kvmgdb_reason *why);

#endif
