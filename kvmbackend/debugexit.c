/* SPDX-License-Identifier: MIT */
#include "debugexit.h"

#include "arm.h"
#include "drtrap.h"
#include "hit.h"
#include "rangerun.h"
#include "resync.h"
#include "slotplan.h"
#include "step.h"
#include "stepexit.h"

#define RFLAGS_TF UINT64_C(0x100)
#define RFLAGS_RF UINT64_C(0x10000)
#define VECTOR_BP 3u

/*
 * KVM's emulator looks at the host's registers without minding RFLAGS.RF: an
 * instruction that it emulates would report its breakpoint again and again
 * after the guest's handler has returned to it.
 */
static bool repeated_by_emulator(struct kvmgdb_vcpu *v, uint8_t exec_hits)
{
	bool untouched = v->run->debug.arch.dr7 == ARM_SENTINEL;

	if (!exec_hits || !v->vm->config.probe.dr7_reported)
		return false;
	if (regfile_regs(v->rf)->rflags & RFLAGS_RF)
		return true; /* no CPU does that */
	return untouched && v->gave_back && vcpu_linear_rip(v) == v->given_rip;
}

/* Where a guest's MOV DR cannot be stopped, the guest may have taken a
 * breakpoint back since the entry: such a hit is nobody's. */
static void drop_stale(struct kvmgdb_vcpu *v, struct dr_hits *hits)
{
	const struct kvm_debugregs *d =
	    hits->guest ? regfile_debugregs(v->rf) : NULL;
	bool right;
	unsigned i;

	for (i = 0; d && i < DR_SLOTS; i++) {
		if (!(hits->guest >> i & 1))
			continue;
		right = dr7_enabled(d->dr7, i) && d->db[i] == v->plan.db[i] &&
			dr7_rw(d->dr7, i) == dr7_rw(v->plan.dr7, i);
		dr_habit_hit(&v->habit, i, right);
		if (!right)
			hits->guest &= (uint8_t) ~(1u << i);
	}
}

/* The guest's execution registers that match at RIP, all of them disabled: by
 * their addresses as they are now, for what is armed may be older. */
static uint8_t own_matches(struct kvmgdb_vcpu *v)
{
	const struct dr_guest *g = &v->guest_dr;
	uint8_t out = 0;
	unsigned i;

	for (i = 0; v->vm->config.probe.off_exec && i < DR_SLOTS; i++)
		if (dr7_rw(g->dr7, i) == DR_EXEC &&
		    g->db[i] == vcpu_linear_rip(v))
			out |= (uint8_t)(1u << i);
	return out;
}

/* Registers that the guest left disabled show in its #DB on many CPUs (SDM
 * vol. 3, 18.2.3, leaves it open); also those that the host has taken. */
static void add_bystanders(struct kvmgdb_vcpu *v, struct dr_hits *hits)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;

	if (!hits->guest && !hits->bs)
		return;
	if (resync_by_dr7(v) && !slotplan_read_guest(v))
		hits->disabled = own_matches(v);
	hits->disabled |= dr_bystanders(
	    &v->guest_dr, &v->plan, hits->guest, vcpu_linear_rip(v),
	    (probe->off_exec ? DR_SHOWS_EXEC : 0u) |
		(probe->off_data ? DR_SHOWS_DATA : 0u));
}

static void owe(struct kvmgdb_vcpu *v, uint64_t payload)
{
	v->owes_db = true;
	v->db_payload |= payload;
}

static struct dr_hits classify(struct kvmgdb_vcpu *v)
{
	const uint64_t dr6 = v->run->debug.arch.dr6;

	if (dr6 & DR6_B)
		slotplan_close(v);
	return dr_classify(&v->plan, dr6);
}

static void db_exit(struct kvmgdb_vcpu *v)
{
	struct dr_hits hits = classify(v);
	uint8_t all = hits.host | hits.guest;
	uint8_t exec = dr_slots_of_kind(&v->plan, all, true);
	bool left_over,
	    trap = hits.bs || dr_slots_of_kind(&v->plan, all, false);
	unsigned i;

	/* TF need not be set any more (POPF); but what Bochs leaves of a step
	 * of ours comes where that ended */
	left_over = v->step_left && vcpu_linear_rip(v) == v->left_rip &&
		    !(regfile_regs(v->rf)->rflags & RFLAGS_TF);
	v->step_left = false;
	if (drtrap_exit(v, &hits))
		return;
	if (!trap && repeated_by_emulator(v, exec)) {
		step_begin(v, v->step.kind != STEP_NONE ? v->step.kind
							: STEP_OVER);
		v->step.mute_guest = true;
		return;
	}
	if (vcpu_linear_rip(v) == v->given_rip)
		v->gave_back = false;
	/* a CPU that reports one of several does so without us as well */
	if (hits.guest & v->run->debug.arch.dr6)
		hits.guest &= (uint8_t)v->run->debug.arch.dr6;
	drop_stale(v, &hits);
	add_bystanders(v, &hits);
	if (dr_slots_of_kind(&v->plan, all, false))
		drtrap_join_icebp(v);
	/* An execution breakpoint is a fault, before its instruction.  Beside a
	 * trap its bit only says that RIP matches: it comes by itself. */
	if (hits.guest &&
	    (!trap || dr_slots_of_kind(&v->plan, hits.guest, false)))
		owe(v, hits.guest | hits.disabled);
	for (i = 0; i < DR_SLOTS; i++)
		v->slot_hits[i] += hits.host >> i & 1;
	if (dr_slots_of_kind(&v->plan, hits.host, false))
		hit_slots(v, dr_slots_of_kind(&v->plan, hits.host, false));

	if (v->step.kind != STEP_NONE) {
		if (hits.bs && v->step.guest_tf)
			v->db_payload |= hits.guest | hits.disabled;
		stepexit_db(v, &hits);
		return;
	}
	if (!trap && dr_slots_of_kind(&v->plan, hits.host, true) &&
	    !rangerun_hit(v))
		hit_exec(v);
	if (hits.bs && !left_over)
		owe(v, DR6_BS | hits.guest | hits.disabled);
	if (hits.bt)
		owe(v, DR6_BT);
}

static void bp_exit(struct kvmgdb_vcpu *v)
{
	uint64_t rip = vcpu_linear_rip(v), gpa;

	if (vcpu_gva_to_gpa(v, rip, &gpa, NULL) &&
	    swbreak_at(v->vm->swbreak, gpa)) {
		enum step_kind kind = v->step.kind;

		bool ours = hit_exec(v);

		if (kind == STEP_NONE ? ours : ours && stepexit_pass_inside(v))
			return;
		if (kind != STEP_NONE)
			step_cancel(v);
		/* gone meanwhile, or another linear address of this byte: the
		 * step over it shows the guest its own instruction */
		if (!ours)
			step_begin(v, kind == STEP_NONE ? STEP_OVER : kind);
		return;
	}
	v->owes_bp = true;
}

void debug_exit(struct kvmgdb_vcpu *v)
{
	if (!regfile_regs(v->rf) || !regfile_sregs(v->rf)) {
		vm_warn(v->vm, "vCPU %u: cannot read registers at a debug exit",
			v->index);
		return;
	}
	if (v->run->debug.arch.exception == VECTOR_BP)
		bp_exit(v);
	else
		db_exit(v);
}
