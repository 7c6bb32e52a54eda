/* SPDX-License-Identifier: MIT */
/* What was seen of one run of a script, and what that means. */
#ifndef CI_VERDICT_H
#define CI_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

/* The values are the exit statuses of `kvmgdb test`; the highest of all runs is
 * the program's. */
enum verdict {
	VERDICT_PASSED = 0,
	VERDICT_SCRIPT = 1,
	VERDICT_GUEST = 2,
	VERDICT_TIMEOUT = 3,
	VERDICT_SETUP = 4
};

#define VERDICT_TEXT 240
#define FACTS_SIGNAL 256

struct facts {
	bool listening;               /* the server came so far */
	bool late;                    /* the time was up */
	bool connected;               /* GDB, to the server */
	bool reached_end;             /* the script's end, or its own `quit' */
	bool triple_fault, kvm_error; /* as the debugger was told */
	unsigned failures;            /* expectations that failed */
	unsigned long long resumes;   /* by the server's count */
	/* Exit status; FACTS_SIGNAL + signal; -1: it did not end by itself. */
	int gdb_status;
	int server_status;
	int guest_status; /* the server's that is a success besides 0 and 1 */
	unsigned timeout; /* seconds */
	char failure[VERDICT_TEXT]; /* text of the first failed expectation */
	char error[VERDICT_TEXT];   /* the server's first error message */
	char hint[VERDICT_TEXT];    /* its word on why the guest does not end */
};

/* TEXT has one line, "" for PASSED. */
enum verdict verdict_judge(const struct facts *facts, char text[VERDICT_TEXT]);

const char *verdict_name(enum verdict verdict);

#endif
