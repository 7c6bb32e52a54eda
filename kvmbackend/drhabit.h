/* SPDX-License-Identifier: MIT */
/*
 * What the guest tends to have in its debug registers.  An operating system
 * takes a process's breakpoints off the CPU with each switch away from it, and
 * clears DR7 in its #DB handler; where its MOV DR is not seen, they would be
 * armed late each time that it puts them back.  So what the guest has had
 * enabled once stays armed while registers are free; a hit is the guest's only
 * if its own registers say so at that time.  Pure, as debugreg.h.
 */
#ifndef KVMBACKEND_DRHABIT_H
#define KVMBACKEND_DRHABIT_H

#include "debugreg.h"

struct dr_habit {
	uint64_t db[DR_SLOTS];
	uint64_t dr7; /* enables, kinds and lengths of what is known */
	unsigned misses[DR_SLOTS];
};

/* So many hits in a row for nothing, and a data breakpoint is forgotten. */
#define DR_HABIT_MISSES 1000u

/* GUEST's enabled slots are known from now on. */
void dr_habit_learn(struct dr_habit *habit, const struct dr_guest *guest);

/* Add to GUEST what is known of the slots that it has not enabled, but for what
 * could hide a hit of those that it has or of the host's N PIECES; at most MAX
 * of them.  Returns how many. */
unsigned dr_habit_add(const struct dr_habit *habit,
		      const struct dr_piece *pieces, unsigned n, unsigned max,
		      struct dr_guest *guest);

/* SLOT, added by dr_habit_add(), was hit: RIGHT if it was the guest's own.
 * What is no fault but a trap may be wrong for a while; an execution breakpoint
 * is forgotten, for it would hit again at once. */
void dr_habit_hit(struct dr_habit *habit, unsigned slot, bool right);

#endif
