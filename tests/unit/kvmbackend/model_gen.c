/* SPDX-License-Identifier: MIT */
#include "model_gen.h"

#include <string.h>

/* splitmix64 */
static uint64_t next(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t dice_roll(struct dice *d, uint64_t n)
{
	uint64_t v = 0, room;

	if (!d->bytes)
		return (next(d) >> 32) * n >> 32;
	for (room = 1; room < n && d->left; room <<= 8, d->left--)
		v = v << 8 | *d->bytes++;
	return v % n;
}

static bool one_in(struct dice *d, unsigned n)
{
	return dice_roll(d, n) == n - 1;
}

struct bp piece_bp(const struct dr_piece *piece)
{
	return (struct bp){true, piece->addr, piece->rw, piece->len};
}

/* A few neighbours: the bottom (and I/O ports), a port that is not low, both
 * canonical halves' edges, and the very top. */
static uint64_t address(struct machine *m)
{
	static const uint64_t page[] = {0, 0xfff0, UINT64_C(0x7ffffffffff0),
					UINT64_C(0xffff800000000000),
					UINT64_C(0xfffffffffffffff0)};
	unsigned p = m->page;

	if (one_in(&m->dice, 16))
		p = (unsigned)dice_roll(&m->dice, 5);
	return page[p] + dice_roll(&m->dice, 16);
}

/* Where somebody may be waiting. */
static uint64_t likely_address(struct machine *m)
{
	struct dice *d = &m->dice;
	uint64_t addr = m->guest.db[dice_roll(d, DR_SLOTS)];

	if (one_in(d, 3))
		return address(m);
	if (m->n && one_in(d, 2))
		addr = m->list[dice_roll(d, m->n)].addr;
	return one_in(d, 2) ? addr : addr + dice_roll(d, 9) - 4;
}

static unsigned length(struct dice *d)
{
	return 1u << dice_roll(d, 4);
}

static uint64_t dr7_field(unsigned i, unsigned rw, unsigned len)
{
	static const uint8_t code[] = {[1] = 0, [2] = 1, [4] = 3, [8] = 2};

	return (uint64_t)(rw | (unsigned)code[len] << 2) << (16 + 4 * i);
}

static void guest_slot(struct machine *m, unsigned i, uint64_t addr,
		       unsigned enable, unsigned rw, unsigned len)
{
	uint64_t mask = UINT64_C(0xf) << (16 + 4 * i) | UINT64_C(3) << (2 * i);

	m->guest.db[i] = addr;
	m->guest.dr7 &= ~mask;
	m->guest.dr7 |= dr7_field(i, rw, len) | (uint64_t)enable << (2 * i);
}

static void guest_change(struct machine *m)
{
	struct dice *d = &m->dice;
	unsigned i = (unsigned)dice_roll(d, DR_SLOTS), rw, len;

	switch (dice_roll(d, 8)) {
	case 0:
		m->guest.db[i] = address(m);
		break;
	case 1:
		m->guest.dr7 = cpu_dr7_write(dice_roll(d, UINT64_C(1) << 32));
		break;
	case 2:
		m->guest.dr6 =
		    cpu_dr6_write(&m->cpu, dice_roll(d, UINT64_C(1) << 32));
		break;
	case 3: /* LE, GE, GD */
		m->guest.dr7 &= ~UINT64_C(0x2300);
		m->guest.dr7 |= dice_roll(d, 4) << 8;
		m->guest.dr7 |= dice_roll(d, 2) << 13;
		break;
	case 4:
		m->guest.dr7 &= ~(UINT64_C(3) << (2 * i));
		break;
	case 5: /* the same as the host's, in other low bits perhaps */
		if (m->n) {
			const struct dr_piece *p = &m->list[dice_roll(d, m->n)];

			guest_slot(m, i, p->addr + dice_roll(d, p->len),
				   (unsigned)dice_roll(d, 3) + 1, p->rw,
				   p->len);
		}
		break;
	default:
		rw = (unsigned)dice_roll(d, 4);
		len = rw || one_in(d, 8) ? length(d) : 1;
		guest_slot(m, i, address(m), (unsigned)dice_roll(d, 4), rw,
			   len);
		break;
	}
}

static void host_add(struct machine *m)
{
	struct dice *d = &m->dice;
	struct dr_piece *p = &m->list[m->n];
	struct bp bp;

	m->n++;
	if (m->n > 1 && one_in(d, 8)) {
		*p = m->list[dice_roll(d, m->n - 1)];
		return;
	}
	bp = bp_of(m->guest.db, m->guest.dr7, (unsigned)dice_roll(d, 4));
	if (!one_in(d, 4)) {
		static const uint8_t kind[] = {0, 1, 3, 0, 1, 3, 1, 2};

		bp.rw = kind[dice_roll(d, 8)];
		bp.len = length(d);
		bp.addr = address(m);
	}
	if (bp.rw == 0)
		bp.len = 1;
	*p = (struct dr_piece){.addr = bp.addr - bp.addr % bp.len,
			       .len = (uint8_t)bp.len,
			       .rw = (uint8_t)bp.rw};
}

static void host_remove(struct machine *m)
{
	unsigned k = (unsigned)dice_roll(&m->dice, m->n);

	m->n--;
	memmove(&m->list[k], &m->list[k + 1], (m->n - k) * sizeof(m->list[0]));
}

void machine_change(struct machine *m)
{
	switch (dice_roll(&m->dice, 4)) {
	case 0:
	case 1:
		guest_change(m);
		break;
	case 2:
		if (m->n < m->max && !one_in(&m->dice, 2))
			host_add(m);
		else if (m->n)
			host_remove(m);
		break;
	default:
		if (one_in(&m->dice, 16))
			m->flags = (unsigned)dice_roll(&m->dice, 4);
		break;
	}
}

void machine_reset(struct machine *m)
{
	static const uint8_t max[] = {1, 2, 4, 4, 5, 6, 6, DR_MAX_PIECES};
	struct dice *d = &m->dice;

	m->cpu.exec_len = (enum exec_len)dice_roll(d, 3);
	m->cpu.reports_disabled = one_in(d, 2);
	m->cpu.reports_one = one_in(d, 4);
	m->cpu.rtm = one_in(d, 4);
	m->cpu.bus_lock = one_in(d, 4);
	m->flags = (unsigned)dice_roll(d, 4);
	m->page = (unsigned)dice_roll(d, 5);
	m->max = max[dice_roll(d, sizeof(max))];
	m->n = 0;
	m->guest = (struct dr_guest){.dr6 = cpu_dr6_write(&m->cpu, 0x10800),
				     .dr7 = cpu_dr7_write(0)};
}

/* Accesses (traps), a fetch (a fault), or the accesses together with the fetch
 * of the next instruction, which CPUs may report at once. */
void machine_instruction(struct machine *m, struct instruction *in)
{
	struct dice *d = &m->dice;
	unsigned kind = (unsigned)dice_roll(d, 4);
	unsigned k;

	*in = (struct instruction){0};
	if (one_in(d, 8)) {
		in->mov_dr = true;
		return;
	}
	in->bs = one_in(d, 8);
	in->bt = one_in(d, 16);
	if (kind != 0)
		in->event[in->n++] =
		    (struct event){FETCH, likely_address(m), 1};
	if (kind == 1)
		return;
	for (k = (unsigned)dice_roll(d, 3) + 1; k > 0; k--) {
		enum access type = (enum access)(READ + dice_roll(d, 3));
		struct event ev = {type, likely_address(m), length(d)};

		if (one_in(d, 16))
			ev.len = 1 + (unsigned)dice_roll(d, 64);
		if (type == PORT) {
			ev.addr %= 0x10000;
			ev.len = 1u << dice_roll(d, 3);
			/* IN and OUT past the last port: not defined. */
			if (ev.addr + ev.len > 0x10000)
				ev.len = 1;
		}
		in->event[in->n++] = ev;
	}
}
