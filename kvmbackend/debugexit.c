/* SPDX-License-Identifier: MIT */
#include "debugexit.h"

#include "arm.h"
#include "drtrap.h"
#include "filter.h"
#include "guard.h"
#include "pagelift.h"
#include "step.h"
#include "watchvalue.h"

#include <string.h>

#define RFLAGS_TF UINT64_C(0x100)
#define RFLAGS_RF UINT64_C(0x10000)
#define VECTOR_BP 3u

/* A step whose RIP does not move is tried again: Bochs leaves BS pending after
 * an exit of the stepped instruction. */
#define STEP_RETRIES 8u

static bool watch_is_due(struct kvmgdb_vcpu *v, struct request *r)
{
	bool changed = watch_changed(v, r);

	if (r->kind == KVMGDB_BP_READ)
		return !changed;
	if (r->kind == KVMGDB_BP_WRITE && (r->wide || !v->vm->report_unchanged))
		return changed;
	return true;
}

static enum kvmgdb_stop_reason reason_of(enum kvmgdb_bp_kind kind)
{
	switch (kind) {
	case KVMGDB_BP_SOFTWARE:
		return KVMGDB_STOP_SWBREAK;
	case KVMGDB_BP_HARDWARE:
		return KVMGDB_STOP_HWBREAK;
	case KVMGDB_BP_WRITE:
		return KVMGDB_STOP_WRITE;
	case KVMGDB_BP_READ:
		return KVMGDB_STOP_READ;
	default:
		return KVMGDB_STOP_ACCESS;
	}
}

static void post(struct kvmgdb_vcpu *v, struct request *r, uint64_t addr)
{
	struct pending_stop stop = {
	    .stop = {.reason = reason_of(r->kind), .addr = addr},
	    .rip = vcpu_linear_rip(v),
	    .kind = r->kind,
	    .of_request = true,
	};

	r->hits++;
	vm_post_stop(v, &stop);
}

static void post_step(struct kvmgdb_vcpu *v)
{
	struct pending_stop stop = {
	    .stop = {.reason = KVMGDB_STOP_STEP},
	    .rip = vcpu_linear_rip(v),
	};

	vm_post_stop(v, &stop);
}

/* GDB takes one address a stop and looks at every watchpoint around it: an
 * object that holds an address already told needs no stop of its own. */
static bool told_already(const struct kvmgdb_vcpu *v, const struct request *r)
{
	unsigned i;

	for (i = 0; i < v->npending; i++) {
		const struct pending_stop *p = &v->pending[i];

		if (p->of_request && !bp_is_exec(p->kind) &&
		    p->stop.addr - r->addr < r->len)
			return true;
	}
	return false;
}

void debug_post_watch(struct kvmgdb_vcpu *v, struct request *r, uint64_t addr)
{
	if (!told_already(v, r) && !filter_lets_pass(v, r, addr))
		post(v, r, addr);
}

/* The due watch with the highest address first: it lies in the most objects. */
static bool post_next_watch(struct kvmgdb_vcpu *v, uint8_t slots,
			    uint64_t below, uint64_t *posted)
{
	struct request *best = NULL;
	uint64_t best_addr = 0, addr;
	unsigned i, slot;

	for (i = 0; i < requests_count(v->vm->requests); i++) {
		struct request *r = requests_at(v->vm->requests, i);

		if (r->tier != TIER_SLOT || bp_is_exec(r->kind) || !r->due ||
		    told_already(v, r))
			continue;
		for (slot = 0; slot < DR_SLOTS; slot++) {
			struct dr_piece p = {
			    .addr = v->plan.db[slot],
			    .len = (uint8_t)dr7_len(v->plan.dr7, slot),
			    .rw = (uint8_t)dr7_rw(v->plan.dr7, slot)};

			if (!(slots >> slot & 1) ||
			    !request_serves(r, &p, &addr) || addr > below ||
			    (best && addr <= best_addr))
				continue;
			best = r;
			best_addr = addr;
		}
	}
	if (!best)
		return false;
	best->due = false;
	*posted = best_addr;
	if (!filter_lets_pass(v, best, best_addr))
		post(v, best, best_addr);
	return true;
}

static bool slot_serves_request(const struct kvmgdb_vcpu *v, unsigned slot,
				const struct request *r)
{
	uint64_t addr;
	struct dr_piece p = {.addr = v->plan.db[slot],
			     .len = (uint8_t)dr7_len(v->plan.dr7, slot),
			     .rw = (uint8_t)dr7_rw(v->plan.dr7, slot)};

	return request_serves(r, &p, &addr);
}

/* Which data requests do the hit slots serve, and are they due?  Each is asked
 * once, since asking takes a new snapshot. */
static bool post_watches(struct kvmgdb_vcpu *v, uint8_t slots)
{
	uint64_t below = UINT64_MAX;
	bool any = false;
	unsigned i, slot;

	for (i = 0; i < requests_count(v->vm->requests); i++) {
		struct request *r = requests_at(v->vm->requests, i);
		bool hit = false;

		if (r->tier != TIER_SLOT || bp_is_exec(r->kind))
			continue;
		for (slot = 0; slot < DR_SLOTS; slot++)
			hit |= (slots >> slot & 1) &&
			       slot_serves_request(v, slot, r);
		r->due = hit && watch_is_due(v, r);
	}
	while (post_next_watch(v, slots, below, &below))
		any = true;
	return any;
}

static const enum kvmgdb_bp_kind exec_kinds[] = {KVMGDB_BP_HARDWARE,
						 KVMGDB_BP_SOFTWARE};

#define EXEC_KINDS (sizeof(exec_kinds) / sizeof(exec_kinds[0]))

/* The request at RIP that wants a stop, or NULL.  Each filter there is asked.
 * *ANY: there is a request, and the vCPU is to get off it. */
static struct request *exec_due(struct kvmgdb_vcpu *v, uint64_t rip, bool *any)
{
	struct request *due = NULL;
	unsigned i;

	*any = false;
	for (i = 0; i < EXEC_KINDS; i++) {
		struct request *r =
		    requests_find(v->vm->requests, exec_kinds[i], rip, 1);

		if (!r)
			continue;
		*any = true;
		if (!filter_lets_pass(v, r, rip) && !due)
			due = r;
	}
	return due;
}

static bool post_exec(struct kvmgdb_vcpu *v)
{
	uint64_t rip = vcpu_linear_rip(v);
	bool any;
	struct request *r = exec_due(v, rip, &any);

	if (!any)
		return false;
	v->at_stop = true;
	v->stop_rip = rip;
	v->passing = !r;
	if (r)
		post(v, r, rip);
	return true;
}

/*
 * A breakpoint in a handler that runs inside of a step, and a filter lets it
 * pass: get off it within the step.  False: the debugger is to see it.
 */
static bool pass_inside_step(struct kvmgdb_vcpu *v)
{
	unsigned i;

	if (!v->at_stop || !v->passing || v->npending)
		return false;
	v->at_stop = v->passing = false;
	/* the guest's #DB comes first; its handler sets RF */
	if (v->owes_db || filter_pass_by_rf(v))
		return true;
	if (step_nest(v)) {
		step_begin(v, STEP_OVER);
		return true;
	}
	v->at_stop = true;
	for (i = 0; i < EXEC_KINDS && !v->npending; i++) {
		struct request *r = requests_find(
		    v->vm->requests, exec_kinds[i], v->stop_rip, 1);

		if (r)
			post(v, r, v->stop_rip);
	}
	return false;
}

/* A step ends on a breakpoint: what that prints is printed now, and once. */
static void ask_at_step_end(struct kvmgdb_vcpu *v, uint64_t rip)
{
	bool any;

	if (!exec_due(v, rip, &any) && any) {
		v->at_stop = v->passing = true;
		v->stop_rip = rip;
	}
}

bool debug_page_break(struct kvmgdb_vcpu *v)
{
	uint64_t rip = vcpu_linear_rip(v);
	enum kvmgdb_bp_kind kind;

	for (kind = KVMGDB_BP_SOFTWARE; kind <= KVMGDB_BP_HARDWARE; kind++) {
		const struct request *r =
		    requests_find(v->vm->requests, kind, rip, 1);

		if (r && r->tier == TIER_EXEC_PAGE && !step_event_waits(v))
			return post_exec(v);
	}
	return false;
}

static uint8_t slots_of_kind(const struct dr_plan *plan, uint8_t slots,
			     bool exec)
{
	uint8_t out = 0;
	unsigned i;

	for (i = 0; i < DR_SLOTS; i++)
		if ((slots >> i & 1) &&
		    (dr7_rw(plan->dr7, i) == DR_EXEC) == exec)
			out |= (uint8_t)(1u << i);
	return out;
}

/* A step inside of a handler is done; it may have been the handler's IRET, that
 * the step around it waits for. */
static void resume_outer(struct kvmgdb_vcpu *v)
{
	bool iret = v->step.insn.cls == INSN_IRET;
	const struct kvm_regs *now = regfile_regs(v->rf);
	struct step *st = &v->step;

	step_unnest(v);
	if (v->npending) {
		v->nested = 0;
		st->kind = STEP_NONE;
	} else if (st->guard.in_handler && iret && now &&
		   now->rsp == st->before.rsp) {
		st->guard.in_handler = false;
		if (vcpu_linear_rip(v) == st->rip)
			step_begin(v, st->kind);
		else
			debug_step_complete(v);
	}
}

void debug_step_complete(struct kvmgdb_vcpu *v)
{
	enum step_kind kind = v->step.kind;
	uint64_t rip;

	if (!step_done(v))
		vm_warn(v->vm, "vCPU %u: cannot restore RFLAGS.TF after a step",
			v->index);
	pagelift_end(v, true);
	v->at_stop = false;
	if (v->nested) {
		resume_outer(v);
		return;
	}
	rip = vcpu_linear_rip(v);
	if (v->npending || kind == STEP_OVER || !v->vm->attached)
		return;
	if (kind == STEP_RANGE && rip >= v->action.start &&
	    rip < v->action.end) {
		post_exec(v);
		return;
	}
	ask_at_step_end(v, rip);
	post_step(v);
}

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

/* A handler that the stepped instruction ran into.  True: dealt with. */
static bool guard_exit(struct kvmgdb_vcpu *v, const struct dr_hits *hits)
{
	switch (guard_returned(v, hits->host)) {
	case GUARD_NOTHING:
		if (!guard_entered(v))
			return false;
		if (v->step.guard.in_handler)
			return true;
		v->step.faulted = true;
		debug_step_complete(v);
		return true;
	case GUARD_ELSEWHERE:
		v->step.faulted = true;
		debug_step_complete(v);
		return true;
	case GUARD_BACK:
		step_begin(v, v->step.kind);
		break;
	case GUARD_INSIDE:
		break;
	}
	return true;
}

static void step_exit(struct kvmgdb_vcpu *v, const struct dr_hits *hits)
{
	bool at_target =
	    v->step.has_target && vcpu_linear_rip(v) == v->step.target;

	if (v->step.guard.in_handler && hits->bs) {
		/* the handler steps: the guest's own doing */
		v->owes_db = true;
		v->db_payload |= DR6_BS;
	} else if (at_target || (hits->bs && step_moved(v)) ||
		   (hits->bs && ++v->step.retries > STEP_RETRIES)) {
		debug_step_complete(v);
		return;
	}
	if (guard_exit(v, hits) && !v->npending)
		return;
	/* a breakpoint in a handler that ran inside the step, or a data hit
	 * of a trap that is no step's: the step goes on after it */
	if (slots_of_kind(&v->plan, hits->host, true) && !hits->bs &&
	    !slots_of_kind(&v->plan, hits->host | hits->guest, false))
		post_exec(v);
	if (pass_inside_step(v))
		return;
	if (v->npending)
		step_cancel(v);
	else if (v->owes_db && !hits->bs && !v->step.guard.in_handler)
		step_begin(v, v->step.kind); /* the guest's #DB comes first */
}

/* Where a guest's MOV DR cannot be stopped, the guest may have taken a
 * breakpoint back since the entry: such a hit is nobody's. */
static void drop_stale(struct kvmgdb_vcpu *v, struct dr_hits *hits)
{
	const struct kvm_debugregs *d = regfile_debugregs(v->rf);
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

/* Registers that the guest left disabled show in its #DB on many CPUs (SDM
 * vol. 3, 18.2.3, leaves it open); also those that the host has taken. */
static void add_bystanders(struct kvmgdb_vcpu *v, struct dr_hits *hits)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;

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

static void db_exit(struct kvmgdb_vcpu *v)
{
	struct dr_hits hits = dr_classify(&v->plan, v->run->debug.arch.dr6);
	uint8_t all = hits.host | hits.guest;
	uint8_t exec = slots_of_kind(&v->plan, all, true);
	bool left_over, trap = hits.bs || slots_of_kind(&v->plan, all, false);
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
	/* An execution breakpoint is a fault, before its instruction.  Beside a
	 * trap its bit only says that RIP matches: it comes by itself. */
	if (hits.guest && (!trap || slots_of_kind(&v->plan, hits.guest, false)))
		owe(v, hits.guest | hits.disabled);
	for (i = 0; i < DR_SLOTS; i++)
		v->slot_hits[i] += hits.host >> i & 1;
	if (slots_of_kind(&v->plan, hits.host, false))
		post_watches(v, slots_of_kind(&v->plan, hits.host, false));

	if (v->step.kind != STEP_NONE) {
		if (hits.bs && v->step.guest_tf)
			v->db_payload |= hits.guest | hits.disabled;
		step_exit(v, &hits);
		return;
	}
	if (!trap && slots_of_kind(&v->plan, hits.host, true))
		post_exec(v);
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

		bool ours = post_exec(v);

		if (kind == STEP_NONE ? ours : ours && pass_inside_step(v))
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
