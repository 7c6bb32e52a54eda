/* SPDX-License-Identifier: MIT */
#include "drhabit.h"

/* The enables, and R/W and LEN, of slot I. */
static uint64_t enables(unsigned i)
{
	return UINT64_C(3) << (2 * i);
}

static uint64_t fields(unsigned i)
{
	return enables(i) | UINT64_C(0xf) << (16 + 4 * i);
}

void dr_habit_learn(struct dr_habit *habit, const struct dr_guest *guest)
{
	unsigned i;

	for (i = 0; i < DR_SLOTS; i++) {
		if (!dr7_enabled(guest->dr7, i))
			continue;
		if (habit->db[i] != guest->db[i] ||
		    (habit->dr7 & fields(i)) != (guest->dr7 & fields(i)))
			habit->misses[i] = 0;
		habit->db[i] = guest->db[i];
		habit->dr7 &= ~fields(i);
		habit->dr7 |= guest->dr7 & fields(i);
	}
}

static struct dr_piece slot(const uint64_t *db, uint64_t dr7, unsigned i)
{
	return (struct dr_piece){.addr = db[i],
				 .len = (uint8_t)dr7_len(dr7, i),
				 .rw = (uint8_t)dr7_rw(dr7, i)};
}

/* No instruction's access is wider, but for REP's and XSAVE's. */
#define WIDEST 64u

/*
 * There are CPUs (QEMU's) that report one slot of several: could it be MINE,
 * for nothing, where OTHER was hit too?  Not if they are so far apart that one
 * access does not reach both, nor if a hit of MINE is always one of OTHER.
 */
static bool hides(const struct dr_piece *mine, const struct dr_piece *other)
{
	if (mine->addr - other->addr >= WIDEST &&
	    other->addr - mine->addr >= WIDEST)
		return false;
	if (mine->rw != other->rw && other->rw != DR_ACCESS)
		return true;
	return mine->addr < other->addr ||
	       mine->addr - other->addr + mine->len > other->len;
}

/* Does SLOT of what is known hide something that is in earnest? */
static bool in_the_way(const struct dr_habit *habit, unsigned i,
		       const struct dr_guest *guest,
		       const struct dr_piece *pieces, unsigned n)
{
	const struct dr_piece mine = slot(habit->db, habit->dr7, i);
	unsigned j;

	for (j = 0; j < DR_SLOTS; j++) {
		const struct dr_piece own = slot(guest->db, guest->dr7, j);

		if (dr7_enabled(guest->dr7, j) && hides(&mine, &own))
			return true;
	}
	for (j = 0; j < n; j++)
		if (hides(&mine, &pieces[j]))
			return true;
	return false;
}

unsigned dr_habit_add(const struct dr_habit *habit,
		      const struct dr_piece *pieces, unsigned n, unsigned max,
		      struct dr_guest *guest)
{
	const struct dr_guest earnest = *guest;
	unsigned i, added = 0;

	for (i = 0; i < DR_SLOTS && added < max; i++) {
		if (dr7_enabled(guest->dr7, i) || !dr7_enabled(habit->dr7, i) ||
		    in_the_way(habit, i, &earnest, pieces, n))
			continue;
		guest->db[i] = habit->db[i];
		guest->dr7 &= ~fields(i);
		guest->dr7 |= habit->dr7 & fields(i);
		added++;
	}
	return added;
}

void dr_habit_hit(struct dr_habit *habit, unsigned slot, bool right)
{
	if (right) {
		habit->misses[slot] = 0;
		return;
	}
	if (dr7_rw(habit->dr7, slot) == DR_EXEC ||
	    ++habit->misses[slot] >= DR_HABIT_MISSES)
		habit->dr7 &= ~enables(slot);
}
