/* SPDX-License-Identifier: MIT */
#include "stepexit.h"

#include "filter.h"
#include "guard.h"
#include "hit.h"
#include "pagelift.h"
#include "rangerun.h"
#include "step.h"

/* A step whose RIP does not move is tried again: Bochs leaves BS pending after
 * an exit of the stepped instruction. */
#define STEP_RETRIES 8u

void stepexit_post(struct kvmgdb_vcpu *v)
{
	struct pending_stop stop = {
	    .stop = {.reason = KVMGDB_STOP_STEP},
	    .rip = vcpu_linear_rip(v),
	};

	vm_post_stop(v, &stop);
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
			stepexit_complete(v);
	}
}

void stepexit_complete(struct kvmgdb_vcpu *v)
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
		hit_exec(v);
		if (rip <= v->step.rip && !v->npending)
			rangerun_begin(v);
		return;
	}
	hit_step_end(v, rip);
	stepexit_post(v);
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
		stepexit_complete(v);
		return true;
	case GUARD_ELSEWHERE:
		v->step.faulted = true;
		stepexit_complete(v);
		return true;
	case GUARD_BACK:
		step_begin(v, v->step.kind);
		break;
	case GUARD_INSIDE:
		break;
	}
	return true;
}

bool stepexit_pass_inside(struct kvmgdb_vcpu *v)
{
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
	hit_exec_unasked(v);
	return false;
}

void stepexit_db(struct kvmgdb_vcpu *v, const struct dr_hits *hits)
{
	bool at_target =
	    v->step.has_target && vcpu_linear_rip(v) == v->step.target;

	if (v->step.guard.in_handler && hits->bs) {
		/* the handler steps: the guest's own doing */
		v->owes_db = true;
		v->db_payload |= DR6_BS;
	} else if (at_target || (hits->bs && step_moved(v)) ||
		   (hits->bs && ++v->step.retries > STEP_RETRIES)) {
		stepexit_complete(v);
		return;
	}
	if (guard_exit(v, hits) && !v->npending)
		return;
	/* a breakpoint in a handler that ran inside the step, or a data hit
	 * of a trap that is no step's: the step goes on after it */
	if (dr_slots_of_kind(&v->plan, hits->host, true) && !hits->bs &&
	    !dr_slots_of_kind(&v->plan, hits->host | hits->guest, false))
		hit_exec(v);
	if (stepexit_pass_inside(v))
		return;
	if (v->npending)
		step_cancel(v);
	else if (v->owes_db && !hits->bs && !v->step.guard.in_handler)
		step_begin(v, v->step.kind); /* the guest's #DB comes first */
}
