/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints as the manual describes them (SDM vol. 3, 18.2 "Debug
 * registers", 18.3.1.1 and 18.3.1.2): which access fires which, and the DR6
 * that a CPU reports.  Written from the manual, so that the arbiter can be
 * held against it: nothing of debugreg is used here but its constants' names.
 */
#ifndef TESTS_MODEL_CPU_H
#define TESTS_MODEL_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum access { FETCH, READ, WRITE, PORT };

/* One thing that an instruction does; for FETCH, ADDR is its first byte. */
struct event {
	enum access type;
	uint64_t addr;
	unsigned len;
};

/* The R/W and LEN of a breakpoint, LEN in bytes; its address as written. */
struct bp {
	bool on;
	uint64_t addr;
	unsigned rw, len;
};

/* What a CPU does with an execution breakpoint whose LEN is not 00. */
enum exec_len { EXEC_LEN_IGNORED, EXEC_LEN_DEAD, EXEC_LEN_MASKS };

/* What the manual leaves to the CPU. */
struct cpu {
	enum exec_len exec_len;
	bool reports_disabled; /* Bn of a matching slot that is off */
	bool reports_one;      /* just one of several that are on */
	bool rtm, bus_lock;    /* CPUID: DR6 bits 16, 11 are not fixed */
};

struct bp bp_of(const uint64_t db[4], uint64_t dr7, unsigned i);
bool bp_fires(const struct cpu *cpu, const struct bp *bp,
	      const struct event *ev);
bool bp_fires_any(const struct cpu *cpu, const struct bp *bp,
		  const struct event *ev, unsigned n);
/* The same accesses fire both, on every CPU. */
bool bp_equal(const struct bp *a, const struct bp *b);
/* Whatever fires X fires Y, on every CPU. */
bool bp_implies(const struct bp *x, const struct bp *y);

uint64_t cpu_dr6_write(const struct cpu *cpu, uint64_t value);
uint64_t cpu_dr7_write(uint64_t value);
/* DR6 in the #DB handler. */
uint64_t cpu_dr6_after(uint64_t old, unsigned b, bool bd, bool bs, bool bt);

#endif
