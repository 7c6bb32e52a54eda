/* SPDX-License-Identifier: MIT */
/* A hit, as the vCPU's thread notes it. */
#ifndef WATCH_RECORD_H
#define WATCH_RECORD_H

#include <kvmgdb/target.h>
#include <stdint.h>

#define RECORD_MAX_STACK 64u

struct record {
	uint64_t ns; /* since the guest was started */
	uint64_t
	    rip;     /* linear; behind the access, at the instruction of exec */
	uint64_t at; /* linear, inside of the watched range */
	uint64_t start;  /* of before and after; size 0: not known */
	uint64_t *stack; /* return addresses, innermost first; the ring's */
	unsigned vcpu, place, stack_len;
	uint8_t size;
	bool unjudged; /* --when could not be evaluated */
	uint8_t before[KVMGDB_HIT_BYTES], after[KVMGDB_HIT_BYTES];
};

/* What is watched. */
struct place {
	const char *name; /* as it was asked for */
	enum kvmgdb_bp_kind kind;
	uint64_t addr, len;
};

#endif
