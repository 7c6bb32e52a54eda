/* SPDX-License-Identifier: MIT */
#include "model_dr.h"

#include "model_cpu.h"
#include "model_gen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct model_dr {
	const struct arbiter *arbiter;
	struct machine m;
	struct dr_plan plan, prev;
	struct dr_piece was[DR_SLOTS]; /* what PREV served, by slot */
	bool planned;
	struct instruction in;
	uint64_t dr6; /* what the CPU reported */
	struct dr_hits hits;
	uint64_t steps, count[MODEL_CASE_COUNT];
	const char *why;
};

const struct arbiter model_real_arbiter = {dr_merge, dr_classify, dr6_deliver,
					   dr6_write, dr7_write};

const char *model_case_name(enum model_case c)
{
	static const char *const names[] = {
#define X(name) #name,
	    MODEL_CASES(X)
#undef X
	};

	return names[c];
}

static void met(struct model_dr *m, enum model_case c, bool yes)
{
	m->count[c] += yes;
}

/* WHY is told at the first disagreement. */
static bool agree(struct model_dr *m, bool yes, const char *why)
{
	if (!yes && !m->why)
		m->why = why;
	return yes;
}

/* The guest's slots that must be in the plan. */
static bool armed(const struct machine *m, unsigned i, struct bp *bp)
{
	*bp = bp_of(m->guest.db, m->guest.dr7, i);
	return bp->on && !(bp->rw == 0 && m->flags & DR_SKIP_GUEST_EXEC);
}

static unsigned armed_mask(const struct machine *m)
{
	unsigned i, mask = 0;
	struct bp bp;

	for (i = 0; i < DR_SLOTS; i++)
		mask |= armed(m, i, &bp) ? 1u << i : 0;
	return mask;
}

/* Guest slots that request K can share. */
static unsigned sharable(const struct machine *m, unsigned k)
{
	struct bp host = piece_bp(&m->list[k]), bp;
	unsigned i, mask = 0;

	for (i = 0; i < DR_SLOTS; i++)
		if (armed(m, i, &bp) && bp_equal(&bp, &host))
			mask |= 1u << i;
	return mask;
}

static bool same_piece(const struct dr_piece *a, const struct dr_piece *b)
{
	return a->addr == b->addr && a->len == b->len && a->rw == b->rw;
}

/* Slots of PLAN that serve request K or an equal one. */
static unsigned serving(const struct model_dr *m, const struct dr_plan *plan,
			unsigned k)
{
	unsigned i, mask = 0;

	for (i = 0; i < DR_SLOTS; i++)
		if (plan->host & 1u << i && plan->piece[i] >= 0 &&
		    same_piece(&m->m.list[plan->piece[i]], &m->m.list[k]))
			mask |= 1u << i;
	return mask;
}

/* The first of equal requests stands for them. */
static bool is_repeat(const struct machine *m, unsigned k)
{
	unsigned j;

	for (j = 0; j < k; j++)
		if (same_piece(&m->list[j], &m->list[k]))
			return true;
	return false;
}

static bool check_control(struct model_dr *m)
{
	uint64_t guest = m->m.guest.dr7, dr7 = m->plan.dr7;
	uint64_t gd = m->m.flags & DR_TRAP_ACCESS ? DR7_GD : guest & DR7_GD;

	return agree(m, (dr7 & DR7_GD) == gd, "DR7.GD") &&
	       agree(m, (dr7 & guest & DR7_LE_GE) == (guest & DR7_LE_GE),
		     "DR7.LE or GE lost") &&
	       agree(m, dr7 == cpu_dr7_write(dr7), "DR7's fixed bits");
}

static bool check_slot(struct model_dr *m, unsigned i)
{
	const struct dr_plan *p = &m->plan;
	struct bp eff = bp_of(p->db, p->dr7, i), guest, host;
	bool is_guest = p->guest & 1u << i, is_host = p->host & 1u << i;

	if (!agree(m, is_guest == armed(&m->m, i, &guest), "guest's slots") ||
	    !agree(m, eff.on == (is_guest || is_host), "enables") ||
	    !agree(m, is_host == (p->piece[i] >= 0), "host's slots") ||
	    !agree(m, p->piece[i] >= -1 && p->piece[i] < (int)m->m.n,
		   "index of a request"))
		return false;
	if (!agree(m,
		   eff.on == dr7_enabled(p->dr7, i) &&
		       eff.rw == dr7_rw(p->dr7, i) &&
		       eff.len == dr7_len(p->dr7, i),
		   "DR7's fields"))
		return false;
	if (is_guest && !agree(m,
			       eff.addr == guest.addr && eff.rw == guest.rw &&
				   eff.len == guest.len,
			       "a guest slot was altered"))
		return false;
	if (!is_host)
		return true;
	host = piece_bp(&m->m.list[p->piece[i]]);
	return agree(m, bp_equal(&eff, &host), "a slot is not its request's") &&
	       agree(m, is_guest || eff.addr == host.addr, "host's address");
}

/* Everything has its place if there are places, and just one. */
static bool check_places(struct model_dr *m)
{
	const struct dr_plan *p = &m->plan;
	unsigned k, own = 0, placed = 0;
	unsigned free_slots =
	    DR_SLOTS - (unsigned)__builtin_popcount(armed_mask(&m->m));

	for (k = 0; k < m->m.n; k++) {
		unsigned slots = serving(m, p, k), with = sharable(&m->m, k);
		bool unplaced = p->unplaced >> k & 1;

		if (!agree(m, !(slots & (slots - 1)), "placed twice") ||
		    !agree(m, unplaced == !slots, "unplaced") ||
		    !agree(m, !with || slots & with, "not shared"))
			return false;
		met(m, MODEL_shared, with && slots);
		if (with || is_repeat(&m->m, k))
			continue;
		own++;
		placed += slots != 0;
	}
	met(m, MODEL_full, own == free_slots && free_slots);
	met(m, MODEL_overflow, own > free_slots);
	return agree(m, m->m.n == 32 || !(p->unplaced >> m->m.n),
		     "unplaced beyond the list") &&
	       agree(m, placed == (own < free_slots ? own : free_slots),
		     "a free slot and a request without one");
}

/* The index of a request equal to PIECE, or -1. */
static int listed(const struct machine *m, const struct dr_piece *piece)
{
	unsigned k;

	for (k = 0; k < m->n; k++)
		if (same_piece(&m->list[k], piece))
			return (int)k;
	return -1;
}

/* A request leaves its slot only for the guest: because the guest claims the
 * slot for something else, or has an equal one to share. */
static bool check_kept(struct model_dr *m)
{
	unsigned i, guest = armed_mask(&m->m);

	for (i = 0; i < DR_SLOTS; i++) {
		unsigned now, with;
		int k = -1;

		if (m->prev.host & 1u << i)
			k = listed(&m->m, &m->was[i]);
		if (k < 0)
			continue;
		with = sharable(&m->m, (unsigned)k);
		now = serving(m, &m->plan, (unsigned)k);
		if (with & 1u << i || (!with && !(guest & 1u << i))) {
			if (!agree(m, now == 1u << i, "moved without need"))
				return false;
			met(m, MODEL_kept, true);
		}
		met(m, MODEL_moved, now && now != 1u << i);
		met(m, MODEL_evicted, !now);
	}
	return true;
}

static void remember(struct model_dr *m)
{
	unsigned i;

	for (i = 0; i < DR_SLOTS; i++)
		if (m->plan.piece[i] >= 0)
			m->was[i] = m->m.list[m->plan.piece[i]];
}

static bool replan(struct model_dr *m)
{
	const struct dr_plan *prev = NULL;
	unsigned i;
	struct bp bp;

	m->prev = m->plan;
	if (m->planned && dice_roll(&m->m.dice, 4))
		prev = &m->prev;
	m->arbiter->merge(&m->m.guest, m->m.list, m->m.n, m->m.flags, prev,
			  &m->plan);
	m->planned = true;
	for (i = 0; i < DR_SLOTS; i++) {
		if (!check_slot(m, i))
			return false;
		bp = bp_of(m->m.guest.db, m->m.guest.dr7, i);
		met(m, MODEL_odd_length, bp.on && !bp.rw && bp.len > 1);
		met(m, MODEL_skipped, bp.on && !armed(&m->m, i, &bp));
	}
	if (!check_control(m) || !check_places(m) || (prev && !check_kept(m)))
		return false;
	remember(m);
	return true;
}

/* Slots of the effective registers that the instruction fires: those that are
 * on, or those that are off. */
static unsigned matching(const struct model_dr *m, bool on)
{
	unsigned i, mask = 0;

	for (i = 0; i < DR_SLOTS; i++) {
		struct bp bp = bp_of(m->plan.db, m->plan.dr7, i);

		if (bp.on == on &&
		    bp_fires_any(&m->m.cpu, &bp, m->in.event, m->in.n))
			mask |= 1u << i;
	}
	return mask;
}

/* What a CPU that names one slot of FIRED gives away. */
static unsigned implied_by(const struct model_dr *m, unsigned one)
{
	struct bp bp = bp_of(m->plan.db, m->plan.dr7, one), other;
	unsigned i, mask = 1u << one;

	for (i = 0; i < DR_SLOTS; i++) {
		other = bp_of(m->plan.db, m->plan.dr7, i);
		if (other.on && bp_implies(&bp, &other))
			mask |= 1u << i;
	}
	return mask;
}

/* DR6 of the exit; returns the slots that an owner can be told about. */
static unsigned run_cpu(struct model_dr *m)
{
	unsigned fired = matching(m, true), told = fired, off = 0, one;

	if (m->m.cpu.reports_disabled)
		off = matching(m, false);
	if (m->m.cpu.reports_one && fired) {
		one = (unsigned)dice_roll(&m->m.dice, DR_SLOTS);
		while (!(fired & 1u << one))
			one = (one + 1) % DR_SLOTS;
		fired = 1u << one;
		told = implied_by(m, one);
	}
	m->dr6 = cpu_dr6_after(cpu_dr6_write(&m->m.cpu, 0x10800), fired | off,
			       m->in.mov_dr && m->plan.dr7 & DR7_GD, m->in.bs,
			       m->in.bt);
	met(m, MODEL_disabled, off);
	met(m, MODEL_implied, told & ~fired);
	return told;
}

/* The guest alone, with registers of its own. */
static unsigned native_hits(const struct model_dr *m)
{
	unsigned i, mask = 0;
	struct bp bp;

	for (i = 0; i < DR_SLOTS; i++)
		if (armed(&m->m, i, &bp) &&
		    bp_fires_any(&m->m.cpu, &bp, m->in.event, m->in.n))
			mask |= 1u << i;
	return mask;
}

static bool check_host_hits(struct model_dr *m, unsigned told)
{
	unsigned k;

	if (!agree(m, !(m->hits.host & ~m->plan.host), "a hit of nobody"))
		return false;
	for (k = 0; k < m->m.n; k++) {
		struct bp bp = piece_bp(&m->m.list[k]);
		unsigned slots = serving(m, &m->plan, k);
		bool due = bp_fires_any(&m->m.cpu, &bp, m->in.event, m->in.n);

		if (!slots)
			continue;
		if (m->m.cpu.reports_one)
			due = due && told & slots;
		if (!agree(m, due == !!(m->hits.host & slots),
			   due ? "the host's hit is lost"
			       : "a false hit of the host"))
			return false;
		met(m, MODEL_host_hit, due);
		met(m, MODEL_top, due && bp.addr >= UINT64_MAX - 15);
		met(m, MODEL_port, due && bp.rw == 2);
	}
	return true;
}

static bool check_hits(struct model_dr *m, unsigned told)
{
	unsigned guest = native_hits(m), host = m->hits.host;

	if (m->m.cpu.reports_one)
		guest &= told;
	if (!agree(m, m->hits.bs == m->in.bs, "BS") ||
	    !agree(m, m->hits.bt == m->in.bt, "BT") ||
	    !agree(m, !(guest & ~m->hits.guest), "the guest's hit is lost") ||
	    !agree(m, m->hits.guest == guest, "a false hit of the guest") ||
	    !check_host_hits(m, told))
		return false;
	met(m, MODEL_guest_hit, guest);
	met(m, MODEL_both_hit, guest & host);
	met(m, MODEL_apart_hit, guest & ~host && host & ~guest);
	met(m, MODEL_quiet, !guest && !host);
	return true;
}

/* The guest takes its #DB: DR6 exact, GD off. */
static bool deliver(struct model_dr *m, bool bd)
{
	unsigned b = m->hits.guest;
	uint64_t payload = b | (bd ? DR6_BD : 0) | (m->in.bs ? DR6_BS : 0) |
			   (m->in.bt ? DR6_BT : 0);
	uint64_t dr6 = cpu_dr6_after(m->m.guest.dr6, b, bd, m->in.bs, m->in.bt);

	if (!agree(m, m->arbiter->deliver(m->m.guest.dr6, payload) == dr6,
		   "DR6 of a delivery"))
		return false;
	m->m.guest.dr6 = dr6;
	m->m.guest.dr7 &= ~DR7_GD;
	return true;
}

static bool mov_dr(struct model_dr *m)
{
	bool native = m->m.guest.dr7 & DR7_GD;

	if (!agree(m, m->hits.bd == !!(m->dr6 & DR6_BD), "BD") ||
	    !agree(m, !native || m->hits.bd, "the guest's GD is lost"))
		return false;
	met(m, MODEL_guest_gd, native);
	met(m, MODEL_host_gd, m->hits.bd && !native);
	return !native || deliver(m, true);
}

static bool check_writes(struct model_dr *m)
{
	const struct cpu *cpu = &m->m.cpu;
	uint64_t v = dice_roll(&m->m.dice, UINT64_C(1) << 32);
	uint64_t fixed = dr6_fixed(cpu->rtm, cpu->bus_lock);

	return agree(m, m->arbiter->write6(fixed, v) == cpu_dr6_write(cpu, v),
		     "MOV to DR6") &&
	       agree(m, m->arbiter->write7(v) == cpu_dr7_write(v),
		     "MOV to DR7");
}

bool model_dr_step(struct model_dr *m)
{
	unsigned told;

	m->steps++;
	if (!dice_roll(&m->m.dice, 64))
		machine_reset(&m->m);
	machine_change(&m->m);
	if (!replan(m))
		return false;
	machine_instruction(&m->m, &m->in);
	told = run_cpu(m);
	m->hits = m->arbiter->classify(&m->plan, m->dr6);
	if (!check_hits(m, told))
		return false;
	if (m->in.mov_dr)
		return mov_dr(m) && check_writes(m);
	return !m->hits.guest || deliver(m, false);
}

struct model_dr *model_dr_new(const struct arbiter *arbiter, uint64_t seed,
			      const uint8_t *bytes, size_t n)
{
	struct model_dr *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->arbiter = arbiter;
	m->m.dice = (struct dice){seed, bytes, bytes ? n : 0};
	machine_reset(&m->m);
	return m;
}

void model_dr_free(struct model_dr *m)
{
	free(m);
}

bool model_dr_exhausted(const struct model_dr *m)
{
	return m->m.dice.bytes && !m->m.dice.left;
}

uint64_t model_dr_count(const struct model_dr *m, enum model_case c)
{
	return m->count[c];
}

static void print_slots(const char *what, const uint64_t db[4], uint64_t dr7)
{
	unsigned i;

	fprintf(stderr, "%s DR7 %" PRIx64 "\n", what, dr7);
	for (i = 0; i < DR_SLOTS; i++) {
		struct bp bp = bp_of(db, dr7, i);

		fprintf(stderr, "  DR%u %16" PRIx64 " len %u rw %u %s\n", i,
			bp.addr, bp.len, bp.rw, bp.on ? "on" : "off");
	}
}

void model_dr_print(const struct model_dr *m)
{
	const struct dr_plan *p = &m->plan;
	unsigned i;

	fprintf(stderr, "step %" PRIu64 ": %s\n", m->steps,
		m->why ? m->why : "the arbiter and the model agree");
	fprintf(stderr, "flags %u, CPU: exec len %d, disabled %d, one %d\n",
		m->m.flags, (int)m->m.cpu.exec_len, m->m.cpu.reports_disabled,
		m->m.cpu.reports_one);
	print_slots("guest", m->m.guest.db, m->m.guest.dr7);
	for (i = 0; i < m->m.n; i++)
		fprintf(stderr, "  request %u: %" PRIx64 " len %u rw %u\n", i,
			m->m.list[i].addr, m->m.list[i].len, m->m.list[i].rw);
	print_slots("plan", p->db, p->dr7);
	for (i = 0; i < DR_SLOTS; i++)
		fprintf(stderr, "  slot %u: %s request %d, was %d\n", i,
			p->guest & 1u << i ? "guest" : "", p->piece[i],
			m->prev.piece[i]);
	fprintf(stderr, "unplaced %x\n", p->unplaced);
	for (i = 0; i < m->in.n; i++)
		fprintf(stderr, "  event %d at %" PRIx64 " len %u\n",
			(int)m->in.event[i].type, m->in.event[i].addr,
			m->in.event[i].len);
	fprintf(stderr,
		"DR6 %" PRIx64 " -> host %x guest %x; guest's DR6 %" PRIx64
		"\n",
		m->dr6, m->hits.host, m->hits.guest, m->m.guest.dr6);
}
