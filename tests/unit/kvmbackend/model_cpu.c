/* SPDX-License-Identifier: MIT */
#include "model_cpu.h"

static uint64_t bit(unsigned n)
{
	return UINT64_C(1) << n;
}

/* Fig. 18-1: L and G in bits 0-7, R/W and LEN from bit 16, four bits each. */
struct bp bp_of(const uint64_t db[4], uint64_t dr7, unsigned i)
{
	struct bp bp = {.addr = db[i]};

	bp.on = (dr7 & bit(2 * i)) || (dr7 & bit(2 * i + 1));
	bp.rw = 2u * !!(dr7 & bit(17 + 4 * i)) + !!(dr7 & bit(16 + 4 * i));
	if (!(dr7 & bit(19 + 4 * i)))
		bp.len = dr7 & bit(18 + 4 * i) ? 2 : 1;
	else
		bp.len = dr7 & bit(18 + 4 * i) ? 4 : 8;
	return bp;
}

/* 18.2.5: the low bits of the address are ignored, as many as LEN needs. */
static bool covers(const struct bp *bp, uint64_t byte)
{
	uint64_t first = bp->addr - bp->addr % bp->len;
	unsigned k;

	for (k = 0; k < bp->len; k++)
		if (first + k == byte)
			return true;
	return false;
}

static bool exec_fires(const struct cpu *cpu, const struct bp *bp, uint64_t rip)
{
	if (bp->len == 1)
		return rip == bp->addr;
	/* "If RWn is 00, LENn should also be 00"; else undefined. */
	switch (cpu->exec_len) {
	case EXEC_LEN_IGNORED:
		return rip == bp->addr;
	case EXEC_LEN_MASKS:
		return covers(bp, rip);
	default:
		return false;
	}
}

bool bp_fires(const struct cpu *cpu, const struct bp *bp,
	      const struct event *ev)
{
	unsigned k;

	switch (ev->type) {
	case FETCH:
		return bp->rw == 0 && exec_fires(cpu, bp, ev->addr);
	case READ:
		if (bp->rw != 3)
			return false;
		break;
	case WRITE:
		if (bp->rw != 1 && bp->rw != 3)
			return false;
		break;
	case PORT:
		if (bp->rw != 2)
			return false;
		break;
	}
	for (k = 0; k < ev->len; k++)
		if (covers(bp, ev->addr + k))
			return true;
	return false;
}

bool bp_fires_any(const struct cpu *cpu, const struct bp *bp,
		  const struct event *ev, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (bp_fires(cpu, bp, &ev[i]))
			return true;
	return false;
}

bool bp_implies(const struct bp *x, const struct bp *y)
{
	static const struct cpu any;
	static const enum access data[] = {READ, WRITE, PORT};
	uint64_t first = x->addr - x->addr % x->len;
	unsigned k, t;

	/* An undefined length does as it likes, to equals equally. */
	if (x->rw == 0 || y->rw == 0)
		return x->rw == y->rw && x->len == y->len && x->addr == y->addr;
	for (k = 0; k < x->len; k++)
		for (t = 0; t < 3; t++) {
			struct event ev = {data[t], first + k, 1};

			if (bp_fires(&any, x, &ev) && !bp_fires(&any, y, &ev))
				return false;
		}
	return true;
}

bool bp_equal(const struct bp *a, const struct bp *b)
{
	return bp_implies(a, b) && bp_implies(b, a);
}

/* 18.2.3 and fig. 18-1, bit by bit. */
uint64_t cpu_dr6_write(const struct cpu *cpu, uint64_t value)
{
	uint64_t out = 0;
	unsigned n;

	for (n = 0; n < 32; n++) {
		bool writable = n <= 3 || (n >= 13 && n <= 15) ||
				(n == 11 && cpu->bus_lock) ||
				(n == 16 && cpu->rtm);

		if (writable ? !!(value & bit(n)) : n != 12)
			out |= bit(n);
	}
	return out;
}

/*
 * 18.2.4: bit 10 is one; 12, 14 and 15 are zero.  Bit 11 enables the debugging
 * of transactions; for a CPU without them the manual leaves it reserved, and
 * KVM stores it on every CPU.
 */
uint64_t cpu_dr7_write(uint64_t value)
{
	uint64_t out = bit(10);
	unsigned n;

	for (n = 0; n < 32; n++)
		if (n != 10 && n != 12 && n != 14 && n != 15)
			out |= value & bit(n);
	return out;
}

/*
 * 18.2.3: B0-B3 tell of this exception; BD, BS and BT are never cleared by the
 * CPU.  RTM is set by every #DB outside of a transaction.  BLD is not
 * modified by other debug exceptions.
 */
uint64_t cpu_dr6_after(uint64_t old, unsigned b, bool bd, bool bs, bool bt)
{
	uint64_t dr6 = old - old % 16 + b % 16;

	dr6 |= bd ? bit(13) : 0;
	dr6 |= bs ? bit(14) : 0;
	dr6 |= bt ? bit(15) : 0;
	return dr6 | bit(16);
}
