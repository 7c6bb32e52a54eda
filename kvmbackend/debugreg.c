/* SPDX-License-Identifier: MIT */
#include "debugreg.h"

#include <stddef.h>

static uint64_t slot_fields(unsigned i)
{
	return UINT64_C(3) << (2 * i) | UINT64_C(0xf) << (16 + 4 * i);
}

/* The global enable: a hardware task switch clears the local one. */
static uint64_t encode(unsigned i, const struct dr_piece *p)
{
	uint64_t len = 0;

	if (p->rw != DR_EXEC)
		while (DR7_LEN_BYTES(len) != p->len)
			len++;
	return UINT64_C(2) << (2 * i) | ((uint64_t)p->rw | len << 2)
					    << (16 + 4 * i);
}

/* The address as the CPU compares it: low bits masked by the length. */
static uint64_t slot_addr(const struct dr_plan *plan, unsigned i)
{
	unsigned len =
	    dr7_rw(plan->dr7, i) == DR_EXEC ? 1 : dr7_len(plan->dr7, i);

	return plan->db[i] & ~(uint64_t)(len - 1);
}

static bool slot_serves(const struct dr_plan *plan, unsigned i,
			const struct dr_piece *p)
{
	unsigned rw = dr7_rw(plan->dr7, i);

	if (!dr7_enabled(plan->dr7, i) || rw != p->rw ||
	    slot_addr(plan, i) != p->addr)
		return false;
	/* An execution slot of the guest's with another LEN than 00 is
	 * undefined (SDM vol. 3, 18.2.4): nothing to rely on. */
	return dr7_len(plan->dr7, i) == p->len;
}

static void take_slot(struct dr_plan *plan, unsigned i,
		      const struct dr_piece *p, unsigned index)
{
	plan->db[i] = p->addr;
	plan->dr7 = (plan->dr7 & ~slot_fields(i)) | encode(i, p);
	plan->host |= (uint8_t)(1u << i);
	plan->piece[i] = (int8_t)index;
}

static bool slot_free(const struct dr_plan *plan, unsigned i)
{
	return !((plan->guest | plan->host) >> i & 1);
}

static void add_guest(const struct dr_guest *guest, unsigned flags,
		      struct dr_plan *plan)
{
	unsigned i;

	for (i = 0; i < DR_SLOTS; i++) {
		plan->db[i] = guest->db[i];
		plan->piece[i] = -1;
		/* a disabled slot that matches shows in DR6 as well */
		plan->dr7 |= guest->dr7 & slot_fields(i) & ~DR7_ENABLES;
		if (!dr7_enabled(guest->dr7, i))
			continue;
		if ((flags & DR_SKIP_GUEST_EXEC) &&
		    dr7_rw(guest->dr7, i) == DR_EXEC)
			continue;
		plan->guest |= (uint8_t)(1u << i);
		plan->dr7 |= guest->dr7 & slot_fields(i);
	}
}

/* Is P in slot I of PREV? */
static bool was_in(const struct dr_plan *prev, unsigned i,
		   const struct dr_piece *p)
{
	return prev && (prev->host >> i & 1) && slot_serves(prev, i, p);
}

/* An equal request's slot, or an equal slot of the guest's: of several, the
 * one where P was before. */
static bool share_slot(struct dr_plan *plan, const struct dr_plan *prev,
		       const struct dr_piece *p, unsigned index)
{
	unsigned i, best = DR_SLOTS;

	for (i = 0; i < DR_SLOTS; i++) {
		if (!slot_serves(plan, i, p))
			continue;
		if (best == DR_SLOTS || was_in(prev, i, p))
			best = i;
	}
	if (best == DR_SLOTS)
		return false;
	plan->host |= (uint8_t)(1u << best);
	plan->piece[best] = (int8_t)index;
	return true;
}

static bool keep_slot(struct dr_plan *plan, const struct dr_plan *prev,
		      const struct dr_piece *p, unsigned index)
{
	unsigned i;

	for (i = 0; i < DR_SLOTS; i++) {
		if (was_in(prev, i, p) && slot_free(plan, i)) {
			take_slot(plan, i, p, index);
			return true;
		}
	}
	return false;
}

/* Might slot I, that the guest left disabled, match in an exception of its own?
 * Where the host has it, that can only be guessed. */
static bool shows_beside(const struct dr_guest *guest, unsigned i)
{
	struct dr_plan all = {.dr7 = guest->dr7};
	uint64_t a, b;
	unsigned j;

	for (j = 0; j < DR_SLOTS; j++)
		all.db[j] = guest->db[j];
	a = slot_addr(&all, i);
	for (j = 0; j < DR_SLOTS; j++) {
		if (j == i || !dr7_enabled(guest->dr7, j) ||
		    (dr7_rw(guest->dr7, i) == DR_EXEC) !=
			(dr7_rw(guest->dr7, j) == DR_EXEC))
			continue;
		b = slot_addr(&all, j);
		if (a - b < dr7_len(guest->dr7, j) ||
		    b - a < dr7_len(guest->dr7, i))
			return true;
	}
	return false;
}

static unsigned find_slot(const struct dr_plan *plan,
			  const struct dr_guest *guest)
{
	unsigned i, any = DR_SLOTS;

	for (i = 0; i < DR_SLOTS; i++) {
		if (!slot_free(plan, i))
			continue;
		if (!shows_beside(guest, i))
			return i;
		if (any == DR_SLOTS)
			any = i;
	}
	return any;
}

void dr_merge(const struct dr_guest *guest, const struct dr_piece *pieces,
	      unsigned n, unsigned flags, const struct dr_plan *prev,
	      struct dr_plan *plan)
{
	struct dr_plan next = {.dr7 = DR7_RESET};
	uint32_t placed = 0;
	unsigned i, slot;

	add_guest(guest, flags, &next);
	next.dr7 |= guest->dr7 & (DR7_LE_GE | DR7_GD);
	if (flags & DR_TRAP_ACCESS)
		next.dr7 |= DR7_GD;

	if (n > DR_MAX_PIECES)
		n = DR_MAX_PIECES;
	for (i = 0; i < n; i++)
		if (share_slot(&next, prev, &pieces[i], i) ||
		    keep_slot(&next, prev, &pieces[i], i))
			placed |= UINT32_C(1) << i;
	for (i = 0; i < n; i++) {
		if ((placed >> i & 1) || share_slot(&next, NULL, &pieces[i], i))
			continue;
		slot = find_slot(&next, guest);
		if (slot < DR_SLOTS)
			take_slot(&next, slot, &pieces[i], i);
		else
			next.unplaced |= UINT32_C(1) << i;
	}
	*plan = next;
}

/*
 * If slot I was hit, was slot J for certain?  Yes if J covers I's bytes and
 * reacts to every access that I reacts to.
 */
static bool implies(const struct dr_plan *plan, unsigned i, unsigned j)
{
	unsigned rw_i = dr7_rw(plan->dr7, i), rw_j = dr7_rw(plan->dr7, j);
	uint64_t a = slot_addr(plan, i), b = slot_addr(plan, j);

	if (!dr7_enabled(plan->dr7, j))
		return false;
	if (rw_i == DR_EXEC || rw_j == DR_EXEC)
		return rw_i == rw_j && a == b &&
		       dr7_len(plan->dr7, i) == dr7_len(plan->dr7, j);
	if ((rw_i == DR_IO) != (rw_j == DR_IO))
		return false;
	if (rw_i == DR_ACCESS && rw_j == DR_WRITE)
		return false;
	/* by last bytes: a slot may end at the top of the address space */
	return b <= a && a + (dr7_len(plan->dr7, i) - 1) <=
			     b + (dr7_len(plan->dr7, j) - 1);
}

uint8_t dr_bystanders(const struct dr_guest *guest, const struct dr_plan *plan,
		      uint8_t hits, uint64_t rip, unsigned shows)
{
	struct dr_plan all = {.dr7 = guest->dr7 | DR7_ENABLES};
	uint8_t out = 0;
	unsigned i, j;

	for (i = 0; i < DR_SLOTS; i++)
		all.db[i] = guest->db[i];
	for (i = 0; i < DR_SLOTS; i++) {
		bool exec = dr7_rw(guest->dr7, i) == DR_EXEC;

		if (!(plan->host >> i & 1) || (plan->guest >> i & 1) ||
		    !(shows & (exec ? DR_SHOWS_EXEC : DR_SHOWS_DATA)))
			continue;
		if (exec)
			out |= (uint8_t)((guest->db[i] == rip) << i);
		for (j = 0; j < DR_SLOTS; j++)
			if ((hits >> j & 1) && implies(&all, j, i))
				out |= (uint8_t)(1u << i);
	}
	return out;
}

uint8_t dr_slots_of_kind(const struct dr_plan *plan, uint8_t slots, bool exec)
{
	uint8_t out = 0;
	unsigned i;

	for (i = 0; slots >> i; i++)
		if ((slots >> i & 1) &&
		    (dr7_rw(plan->dr7, i) == DR_EXEC) == exec)
			out |= (uint8_t)(1u << i);
	return out;
}

struct dr_hits dr_classify(const struct dr_plan *plan, uint64_t dr6)
{
	struct dr_hits hits = {0};
	uint8_t seen = 0, all = 0;
	unsigned i, j;

	for (i = 0; i < DR_SLOTS; i++)
		if ((dr6 >> i & 1) && dr7_enabled(plan->dr7, i))
			seen |= (uint8_t)(1u << i);
	all = seen;
	for (i = 0; seen >> i; i++)
		for (j = 0; (seen >> i & 1) && j < DR_SLOTS; j++)
			if (implies(plan, i, j))
				all |= (uint8_t)(1u << j);
	hits.disabled = (uint8_t)(dr6 & DR6_B) & (uint8_t)~all &
			(uint8_t) ~(plan->host | plan->guest);
	hits.host = all & plan->host;
	hits.guest = all & plan->guest;
	hits.bs = dr6 & DR6_BS;
	hits.bd = dr6 & DR6_BD;
	hits.bt = dr6 & DR6_BT;
	return hits;
}

/* RTM is set by every #DB outside of a transaction; BLD is left alone by all
 * but a bus lock's (SDM vol. 3, 18.2.3). */
uint64_t dr6_deliver(uint64_t old, uint64_t payload)
{
	return (old & ~DR6_B) | (DR6_RESET & ~DR6_BLD) |
	       (payload & (DR6_B | DR6_BD | DR6_BS | DR6_BT));
}

uint64_t dr6_fixed(bool rtm, bool bus_lock_detect)
{
	return DR6_RESET & ~(rtm ? DR6_RTM : 0) &
	       ~(bus_lock_detect ? DR6_BLD : 0);
}

uint64_t dr6_write(uint64_t fixed, uint64_t value)
{
	return (value & DR6_WRITABLE) | fixed;
}

uint64_t dr7_write(uint64_t value)
{
	return (value & DR7_WRITABLE) | DR7_RESET;
}

/* The largest aligned piece that starts at ADDR and stays inside LEN. */
static uint8_t exact_piece(uint64_t addr, uint64_t len)
{
	uint8_t size = 8;

	while (size > 1 && ((addr & (size - 1u)) || size > len))
		size = (uint8_t)(size / 2);
	return size;
}

/* The smallest aligned piece that covers [ADDR, ADDR + LEN), which lies in
 * one aligned block of eight bytes. */
static struct dr_piece wide_piece(uint64_t addr, uint64_t len)
{
	struct dr_piece p = {.addr = addr, .len = 1};

	/* by last bytes: the range may end at the top of the address space */
	while (p.addr + (p.len - 1u) < addr + (len - 1)) {
		p.len = (uint8_t)(p.len * 2);
		p.addr = addr & ~(uint64_t)(p.len - 1u);
	}
	return p;
}

unsigned dr_split(uint64_t addr, uint64_t len, enum dr_rw rw, bool exact,
		  struct dr_piece *pieces, unsigned max)
{
	unsigned n = 0;

	while (len) {
		uint64_t in_block = 8 - (addr & 7);
		struct dr_piece p = {.addr = addr};

		if (n == max)
			return 0;
		if (in_block > len)
			in_block = len;
		if (exact)
			p.len = exact_piece(addr, len);
		else
			p = wide_piece(addr, in_block);
		p.rw = (uint8_t)rw;
		pieces[n++] = p;
		in_block = exact ? p.len : in_block;
		addr += in_block;
		len -= in_block;
	}
	return n;
}
