/* SPDX-License-Identifier: MIT */
#include "slotplan.h"

#include "breakpoints.h"
#include "guard.h"
#include "rangerun.h"
#include "resync.h"

#include <errno.h>
#include <string.h>

int slotplan_read_guest(struct kvmgdb_vcpu *v)
{
	const struct kvm_debugregs *d = regfile_debugregs(v->rf);
	unsigned i;

	if (!d)
		return -errno;
	for (i = 0; i < DR_SLOTS; i++)
		v->vm->slots_freed |=
		    dr7_enabled(v->guest_dr.dr7, i) && !dr7_enabled(d->dr7, i);
	memcpy(v->guest_dr.db, d->db, sizeof(v->guest_dr.db));
	v->guest_dr.dr6 = d->dr6;
	v->guest_dr.dr7 = d->dr7;
	return 0;
}

static unsigned merge_flags(const struct kvmgdb_vm *vm)
{
	return (vm->config.probe.dr_access ? DR_TRAP_ACCESS : 0u) |
	       (vm->config.probe.guest_exec ? DR_SKIP_GUEST_EXEC : 0u);
}

bool slotplan_would_fit(struct kvmgdb_vcpu *v, const struct dr_piece *pieces,
			unsigned n)
{
	struct dr_plan plan;

	dr_merge(&v->guest_dr, pieces, n, merge_flags(v->vm), NULL, &plan);
	return !plan.unplaced;
}

/* Not to be armed while the instruction is stepped: on the instruction itself
 * it would never get past it, on the handler it is there already. */
static bool left_out(const struct step *st, const struct dr_piece *p)
{
	if (st->kind == STEP_NONE || st->guard.in_handler)
		return false;
	return p->addr == st->rip || (st->has_target && p->addr == st->target);
}

/* One instruction, and nothing else, will run. */
static bool precise(const struct step *st)
{
	return st->kind != STEP_NONE && !st->guard.in_handler && !st->adrift;
}

/* Might the stepped instruction touch it? */
static bool touches(const struct step *st, uint64_t addr, uint64_t len)
{
	int i;

	if (!precise(st) || st->operands < 0)
		return true;
	for (i = 0; i < st->operands; i++)
		if (addr - st->op[i].addr < st->op[i].len ||
		    st->op[i].addr - addr < len)
			return true;
	return false;
}

static void choose(struct slot_choice *c, struct dr_piece p)
{
	if (c->n < DR_MAX_PIECES)
		c->out[c->n++] = p;
}

static void choose_data(struct slot_choice *c, bool touched)
{
	const struct step *st = &c->v->step;
	const struct dr_piece *all;
	unsigned count, i;

	all = requests_pieces(c->v->vm->requests, &count);
	for (i = 0; i < count; i++)
		if (all[i].rw != DR_EXEC &&
		    touches(st, all[i].addr, all[i].len) == touched)
			choose(c, all[i]);
}

static void choose_exec(struct slot_choice *c)
{
	const struct dr_piece *all;
	unsigned count, i;

	all = requests_pieces(c->v->vm->requests, &count);
	for (i = 0; i < count; i++)
		if (all[i].rw == DR_EXEC && !left_out(&c->v->step, &all[i]))
			choose(c, all[i]);
}

static void choose_guards(struct slot_choice *c, bool likely)
{
	if (precise(&c->v->step) && !c->v->step.to_handler)
		c->n += guard_pieces(c->v, likely, c->out + c->n,
				     DR_MAX_PIECES - c->n);
}

struct slot_choice slotplan_choose(const struct kvmgdb_vcpu *v,
				   struct dr_piece *out)
{
	const struct step *st = &v->step;
	struct slot_choice c = {.v = v, .out = out};
	struct dr_piece target = {.addr = st->target, .len = 1};
	bool aims = st->kind != STEP_NONE && st->has_target;

	if (aims && st->to_handler)
		choose(&c, target);
	choose_data(&c, true);
	if (st->kind != STEP_NONE && st->guard.in_handler)
		choose(&c, st->guard.image);
	if (aims && !st->to_handler)
		choose(&c, target);
	choose_guards(&c, true);
	c.needed = c.n;
	choose_data(&c, false);
	if (st->kind == STEP_NONE)
		c.n += rangerun_pieces(v, out + c.n, DR_MAX_PIECES - c.n);
	choose_exec(&c);
	choose_guards(&c, false);
	return c;
}

bool slotplan_has_room(const struct kvmgdb_vcpu *v, const struct dr_piece *p)
{
	struct dr_piece pieces[DR_MAX_PIECES] = {*p};
	const struct dr_piece *all;
	struct dr_plan plan;
	unsigned count, i, n = 1;

	all = requests_pieces(v->vm->requests, &count);
	for (i = 0; i < count && n < DR_MAX_PIECES; i++)
		pieces[n++] = all[i];
	dr_merge(&v->guest_dr, pieces, n, merge_flags(v->vm), NULL, &plan);
	return !plan.unplaced;
}

bool slotplan_evict(struct kvmgdb_vcpu *v, const struct dr_piece *pieces)
{
	uint32_t fresh = v->plan.unplaced & ~v->warned_pieces;
	bool moved = false;
	unsigned i;

	v->warned_pieces = v->plan.unplaced;
	for (i = 0; fresh && i < DR_MAX_PIECES; i++) {
		if (!(fresh >> i & 1))
			continue;
		if (breakpoint_demote(v, &pieces[i])) {
			moved = true;
			vm_warn(v->vm,
				"vCPU %u: the guest has claimed a debug "
				"register; the request at %#llx is served "
				"without one",
				v->index, (unsigned long long)pieces[i].addr);
			continue;
		}
		vm_warn(v->vm,
			"vCPU %u: the guest has claimed a debug register; the "
			"request at %#llx is not armed there until it is free "
			"again",
			v->index, (unsigned long long)pieces[i].addr);
	}
	return moved;
}

/* Can the guest do without slot I until the step is over? */
static bool lends(const struct kvmgdb_vcpu *v, const struct dr_guest *guest,
		  unsigned i, bool data)
{
	const struct step *st = &v->step;
	bool exec = dr7_rw(guest->dr7, i) == DR_EXEC;

	if (!dr7_enabled(guest->dr7, i) || exec == data)
		return false;
	/* no instruction comes before the handler's first one */
	if (st->to_handler)
		return true;
	/* its bit would show beside the guest's own step */
	if (exec)
		return !st->guest_tf && guest->db[i] != st->rip;
	return !touches(st, guest->db[i] & ~UINT64_C(7), 8);
}

/*
 * Guest slots to be left out of this one entry: on an instruction whose #DB the
 * guest has had; and, in a step, what its one instruction does not touch, where
 * the NEEDED pieces have no room otherwise.
 */
static void mute(const struct kvmgdb_vcpu *v, struct dr_guest *guest,
		 unsigned needed)
{
	const struct step *st = &v->step;
	unsigned i, data, taken = needed;

	for (i = 0; st->kind != STEP_NONE && i < DR_SLOTS; i++) {
		if (!dr7_enabled(guest->dr7, i))
			continue;
		if (st->mute_guest && dr7_rw(guest->dr7, i) == DR_EXEC &&
		    guest->db[i] == st->rip)
			guest->dr7 &= ~(UINT64_C(3) << (2 * i));
		else
			taken++;
	}
	if (!precise(st))
		return;
	for (data = 0; data < 2; data++) {
		for (i = 0; taken > DR_SLOTS && i < DR_SLOTS; i++) {
			if (!lends(v, guest, i, data))
				continue;
			guest->dr7 &= ~(UINT64_C(3) << (2 * i));
			taken--;
		}
	}
}

/*
 * The plan in force, for dr_merge() to keep its registers.  In a step that has
 * not room for all, the pieces that it needs come before those that are there.
 */
static struct dr_plan kept(const struct kvmgdb_vcpu *v,
			   const struct slot_choice *c)
{
	struct dr_plan plan = v->plan;
	unsigned i, slot, free = 0, limit = c->n;

	for (slot = 0; slot < DR_SLOTS; slot++)
		free += !dr7_enabled(v->guest_dr.dr7, slot);
	if (v->step.kind != STEP_NONE && c->n > free)
		limit = c->needed;
	for (slot = 0; slot < DR_SLOTS; slot++) {
		bool keep = false;

		for (i = 0; i < limit; i++)
			keep |= c->out[i].addr == plan.db[slot] &&
				c->out[i].rw == dr7_rw(plan.dr7, slot);
		if (!keep)
			plan.host &= (uint8_t) ~(1u << slot);
	}
	return plan;
}

/* Where the guest's MOV DR is seen late: what it will soon have again takes
 * what registers are free.  Not in a step, whose one instruction is the only
 * one. */
static void merge_habit(struct kvmgdb_vcpu *v, const struct slot_choice *c,
			const struct dr_plan *keep)
{
	unsigned flags = c->n ? merge_flags(v->vm) : 0, most = 0, added;
	struct dr_guest guest;

	if (c->n && !v->vm->config.probe.dr_access && !resync_at_once(v)) {
		dr_habit_learn(&v->habit, &v->guest_dr);
		most = v->step.kind == STEP_NONE ? DR_SLOTS : 0;
	}
	for (;;) {
		guest = v->guest_dr;
		added = dr_habit_add(&v->habit, c->out, c->n, most, &guest);
		mute(v, &guest, c->needed);
		dr_merge(&guest, c->out, c->n, flags, keep, &v->plan);
		if (!added || !v->plan.unplaced)
			return;
		most = added - 1;
	}
}

void slotplan_reset(struct kvmgdb_vcpu *v)
{
	v->plan = (struct dr_plan){.dr7 = DR7_RESET};
	v->asked.valid = false;
}

static bool is_answered(const struct kvmgdb_vcpu *v,
			const struct slot_choice *c)
{
	const struct dr_question *q = &v->asked;
	unsigned i;

	if (!q->valid || v->step.kind != STEP_NONE || c->n != q->n ||
	    v->guest_dr.dr7 != q->dr7 ||
	    memcmp(v->guest_dr.db, q->db, sizeof(q->db)) != 0)
		return false;
	for (i = 0; i < q->n; i++)
		if (c->out[i].addr != q->piece[i].addr ||
		    c->out[i].len != q->piece[i].len ||
		    c->out[i].rw != q->piece[i].rw)
			return false;
	return true;
}

static void remember_question(struct kvmgdb_vcpu *v,
			      const struct slot_choice *c)
{
	struct dr_question *q = &v->asked;
	unsigned i;

	q->valid =
	    v->step.kind == STEP_NONE && c->n <= DR_SLOTS &&
	    (!c->n || v->vm->config.probe.dr_access || resync_at_once(v));
	if (!q->valid)
		return;
	q->dr7 = v->guest_dr.dr7;
	memcpy(q->db, v->guest_dr.db, sizeof(q->db));
	for (i = 0; i < c->n; i++)
		q->piece[i] = c->out[i];
	q->n = c->n;
}

/* A slot that holds something new starts counting anew. */
void slotplan_merge(struct kvmgdb_vcpu *v, const struct slot_choice *c)
{
	struct dr_plan old, keep;
	unsigned i;

	/* nearly always: the guest has left its registers alone */
	if (is_answered(v, c))
		return;
	old = v->plan;
	keep = kept(v, c);
	merge_habit(v, c, &keep);
	remember_question(v, c);
	for (i = 0; i < DR_SLOTS; i++)
		if (v->plan.db[i] != old.db[i] ||
		    dr7_rw(v->plan.dr7, i) != dr7_rw(old.dr7, i) ||
		    dr7_len(v->plan.dr7, i) != dr7_len(old.dr7, i))
			v->slot_hits[i] = 0;
}

bool slotplan_will_evict(struct kvmgdb_vcpu *v)
{
	const struct dr_piece *pieces;
	struct dr_plan plan;
	unsigned n;

	pieces = requests_pieces(v->vm->requests, &n);
	if (!n || v->vm->count == 1 || v->step.kind != STEP_NONE ||
	    slotplan_read_guest(v))
		return false;
	dr_merge(&v->guest_dr, pieces, n, merge_flags(v->vm), &v->plan, &plan);
	return plan.unplaced & ~v->warned_pieces;
}

void slotplan_close(struct kvmgdb_vcpu *v)
{
	const struct slot_choice none = {.v = v};

	if (!v->plan_open || slotplan_read_guest(v))
		return;
	v->plan_open = false;
	slotplan_merge(v, &none);
}
