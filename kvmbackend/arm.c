/* SPDX-License-Identifier: MIT */
#include "arm.h"

#include "breakpoints.h"
#include "guard.h"
#include "resync.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define RFLAGS_TF UINT64_C(0x100)

int arm_read_guest(struct kvmgdb_vcpu *v)
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

bool arm_would_fit(struct kvmgdb_vcpu *v, const struct dr_piece *pieces,
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

struct choice {
	const struct kvmgdb_vcpu *v;
	struct dr_piece *out;
	unsigned n;
	unsigned needed; /* the first ones: a step goes wrong without */
};

static void choose(struct choice *c, struct dr_piece p)
{
	if (c->n < DR_MAX_PIECES)
		c->out[c->n++] = p;
}

static void choose_data(struct choice *c, bool touched)
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

static void choose_exec(struct choice *c)
{
	const struct dr_piece *all;
	unsigned count, i;

	all = requests_pieces(c->v->vm->requests, &count);
	for (i = 0; i < count; i++)
		if (all[i].rw == DR_EXEC && !left_out(&c->v->step, &all[i]))
			choose(c, all[i]);
}

static void choose_guards(struct choice *c, bool likely)
{
	if (precise(&c->v->step) && !c->v->step.to_handler)
		c->n += guard_pieces(c->v, likely, c->out + c->n,
				     DR_MAX_PIECES - c->n);
}

/*
 * The pieces for this entry, the most important first: where a step must end,
 * data requests, the handlers that its instruction is expected to run into;
 * then what that one instruction does not reach, and handlers that it hardly
 * runs into.
 */
static struct choice choose_pieces(const struct kvmgdb_vcpu *v,
				   struct dr_piece *out)
{
	const struct step *st = &v->step;
	struct choice c = {.v = v, .out = out};
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
	choose_exec(&c);
	choose_guards(&c, false);
	return c;
}

bool arm_has_room(const struct kvmgdb_vcpu *v, const struct dr_piece *p)
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

/* Move what the guest has driven out to other tiers; true: the pieces have
 * changed.  What cannot move is told once. */
static bool evict(struct kvmgdb_vcpu *v, const struct dr_piece *pieces)
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
static struct dr_plan kept(const struct kvmgdb_vcpu *v, const struct choice *c)
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
static void merge_habit(struct kvmgdb_vcpu *v, const struct choice *c,
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

/* A slot that holds something new starts counting anew. */
static void merge(struct kvmgdb_vcpu *v, const struct choice *c)
{
	struct dr_plan old = v->plan, keep = kept(v, c);
	unsigned i;

	merge_habit(v, c, &keep);
	for (i = 0; i < DR_SLOTS; i++)
		if (v->plan.db[i] != old.db[i] ||
		    dr7_rw(v->plan.dr7, i) != dr7_rw(old.dr7, i) ||
		    dr7_len(v->plan.dr7, i) != dr7_len(old.dr7, i))
			v->slot_hits[i] = 0;
}

/* The guest's exception first: its causes go over the DR6 that it had. */
static int prepare_owed(struct kvmgdb_vcpu *v, uint32_t *control)
{
	struct kvm_debugregs *d;

	if (v->owes_bp) {
		*control |= KVM_GUESTDBG_INJECT_BP;
		return 0;
	}
	if (!v->owes_db)
		return 0;
	d = regfile_dirty_debugregs(v->rf);
	if (!d)
		return -errno;
	d->dr6 = dr6_deliver(d->dr6, v->db_payload);
	*control |= KVM_GUESTDBG_INJECT_DB;
	return 0;
}

static int set_guest_debug(struct kvmgdb_vcpu *v, struct kvm_guest_debug *dbg)
{
	const uint32_t inject = KVM_GUESTDBG_INJECT_DB | KVM_GUESTDBG_INJECT_BP;

	if (!(dbg->control & (inject | KVM_GUESTDBG_SINGLESTEP)) &&
	    !memcmp(dbg, &v->armed, sizeof(*dbg)))
		return 0;
	v->counts.n[COUNT_SET_DEBUG]++;
	if (ioctl(v->fd, KVM_SET_GUEST_DEBUG, dbg)) {
		/* another exception is on its way: it goes first, ours after
		 * the next exit */
		if (errno != EBUSY || !(dbg->control & inject))
			return -errno;
		dbg->control &= ~inject;
		if (ioctl(v->fd, KVM_SET_GUEST_DEBUG, dbg))
			return -errno;
	} else if (dbg->control & inject) {
		if (v->owes_db) {
			v->counts.n[COUNT_GIVEN_BACK]++;
			v->gave_back = true;
			v->given_rip = vcpu_linear_rip(v);
		}
		v->owes_db = v->owes_bp = false;
		v->db_payload = 0;
	}
	dbg->control &= ~inject;
	if ((dbg->control & ~v->armed.control) & KVM_GUESTDBG_USE_HW_BP) {
		v->just_armed = true;
		v->before_armed = v->guest_dr;
	}
	v->armed = *dbg;
	return 0;
}

void arm_check_guest(struct kvmgdb_vcpu *v, bool interrupted)
{
	const struct kvm_debugregs *seen;
	struct kvm_debugregs *d;

	/* where its MOV DR is seen, the guest has changed nothing since; where
	 * it is not, it would have to write just what we have armed */
	if (!v->just_armed || !v->vm->config.probe.dr7_reported)
		return;
	v->just_armed = interrupted;
	seen = regfile_debugregs(v->rf);
	if (!seen || seen->dr7 == v->before_armed.dr7 ||
	    ((seen->dr7 ^ v->armed.arch.debugreg[7]) & ~DR7_GD))
		return;
	if (!v->vm->config.probe.dr_access &&
	    memcmp(seen->db, v->armed.arch.debugreg, sizeof(seen->db)) != 0)
		return;
	d = regfile_dirty_debugregs(v->rf);
	if (!d)
		return;
	memcpy(d->db, v->before_armed.db, sizeof(d->db));
	d->dr7 = v->before_armed.dr7;
	v->just_armed = false;
}

static uint32_t base_control(const struct kvmgdb_vcpu *v, bool slots)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;
	uint32_t control = 0;

	if (swbreak_count(v->vm->swbreak))
		control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP;
	if (slots)
		control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
	if (v->step.adrift) /* #DB must come to us */
		control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
	else if (v->step.kind != STEP_NONE && !v->step.guard.in_handler)
		control |= KVM_GUESTDBG_ENABLE |
			   (v->step.to_handler ? 0u : KVM_GUESTDBG_SINGLESTEP) |
			   (probe->blockirq ? KVM_GUESTDBG_BLOCKIRQ : 0);
	return control;
}

bool arm_will_evict(struct kvmgdb_vcpu *v)
{
	const struct dr_piece *pieces;
	struct dr_plan plan;
	unsigned n;

	pieces = requests_pieces(v->vm->requests, &n);
	if (!n || v->vm->count == 1 || v->step.kind != STEP_NONE ||
	    arm_read_guest(v))
		return false;
	dr_merge(&v->guest_dr, pieces, n, merge_flags(v->vm), &v->plan, &plan);
	return plan.unplaced & ~v->warned_pieces;
}

void arm_close_plan(struct kvmgdb_vcpu *v)
{
	const struct choice none = {.v = v};

	if (!v->plan_open || arm_read_guest(v))
		return;
	v->plan_open = false;
	merge(v, &none);
}

int arm_vcpu(struct kvmgdb_vcpu *v)
{
	struct kvm_guest_debug dbg = {0};
	struct dr_piece pieces[DR_MAX_PIECES];
	bool stepping = v->step.kind != STEP_NONE;
	struct choice c = choose_pieces(v, pieces);
	uint32_t control = 0;
	bool slots;
	unsigned i;
	int err;

	/* not turned off for the one instruction of a step */
	if (c.n || !stepping)
		resync_set(v, (c.n > 0 && !v->vm->config.probe.dr_access) ||
				  pagetrap_active(v->vm->pagetrap) ||
				  swbreak_count(v->vm->swbreak));

	/* KVM_GUESTDBG_USE_HW_BP silences the guest's own registers: it is set
	 * only while the host has a piece, and then holds both. */
	/* after a step with an exit in it Bochs delivers a #DB that is
	 * nobody's: to us, not to the guest */
	slots = c.n > 0 || (v->step_left && v->io_of_step);
	v->plan_open = stepping && !v->owes_db &&
		       !(base_control(v, slots) & KVM_GUESTDBG_USE_HW_BP);
	if (v->plan_open) {
		v->plan = (struct dr_plan){.dr7 = DR7_RESET};
	} else if (c.n || stepping || v->owes_db || v->step_left) {
		err = arm_read_guest(v);
		if (err)
			return err;
		merge(v, &c);
		if (!stepping && evict(v, pieces)) {
			c = choose_pieces(v, pieces);
			merge(v, &c);
			slots = c.n > 0 || (v->step_left && v->io_of_step);
		}
	}
	dbg.control = base_control(v, slots);
	if (dbg.control & KVM_GUESTDBG_USE_HW_BP) {
		for (i = 0; i < DR_SLOTS; i++)
			dbg.arch.debugreg[i] = v->plan.db[i];
		dbg.arch.debugreg[7] = v->plan.dr7;
	}
	resync_trace(v, (dbg.control & KVM_GUESTDBG_USE_HW_BP) &&
			    !v->vm->config.probe.dr_access);
	err = prepare_owed(v, &control);
	if (err)
		return err;

	/*
	 * Registers come before KVM_SET_GUEST_DEBUG: KVM_SET_REGS would drop an
	 * exception that was queued, and a change of RIP the step.  But a step
	 * that was on must be off before them, or KVM would drop the guest's
	 * TF with its own.
	 */
	if (!stepping && (v->armed.control & KVM_GUESTDBG_SINGLESTEP)) {
		struct kvm_guest_debug off = dbg;

		err = set_guest_debug(v, &off);
	}
	if (!err)
		err = regfile_flush(v->rf);
	if (err)
		return err;
	dbg.control |= control;
	return set_guest_debug(v, &dbg);
}

bool arm_restore_tf(struct kvmgdb_vcpu *v)
{
	struct kvm_regs *regs;

	if (v->armed.control & KVM_GUESTDBG_SINGLESTEP) {
		struct kvm_guest_debug dbg = v->armed;

		dbg.control &= ~(uint32_t)(KVM_GUESTDBG_SINGLESTEP |
					   KVM_GUESTDBG_BLOCKIRQ);
		if (ioctl(v->fd, KVM_SET_GUEST_DEBUG, &dbg))
			return false;
		v->armed = dbg;
	}
	regs = regfile_dirty_regs(v->rf);
	if (regs)
		regs->rflags |= RFLAGS_TF;
	return regs != NULL;
}
