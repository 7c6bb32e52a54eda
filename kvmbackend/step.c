/* SPDX-License-Identifier: MIT */
#include "step.h"

#include "arm.h"
#include "guard.h"
#include "handler.h"
#include "pagelift.h"

#include <string.h>
#include <sys/ioctl.h>

#define RFLAGS_TF UINT64_C(0x100)
#define RFLAGS_OF UINT64_C(0x800)
#define RFLAGS_VM UINT64_C(0x20000)

/* TF lies in the second byte of a flags image, whatever its width. */
static void set_image_tf(struct kvmgdb_vcpu *v, uint64_t image, bool tf)
{
	uint8_t byte;

	if (vcpu_read(v, image + 1, &byte, 1) != 1)
		return;
	byte = (uint8_t)((byte & ~1u) | tf);
	vcpu_write(v, image + 1, &byte, 1);
}

static bool image_tf(struct kvmgdb_vcpu *v, uint64_t image)
{
	uint8_t byte = 0;

	return vcpu_read(v, image + 1, &byte, 1) == 1 && (byte & 1);
}

/* The guest's TF after the instruction: some bring a new one. */
static bool tf_after(struct kvmgdb_vcpu *v)
{
	const struct step *st = &v->step;

	if (st->insn.cls == INSN_POPF)
		return image_tf(v, vcpu_stack_top(v));
	if (st->insn.cls == INSN_IRET)
		return image_tf(v, vcpu_stack_top(v) +
				       UINT64_C(2) * st->insn.opsize);
	if (st->insn.cls == INSN_SYSRET)
		return st->before.r11 & RFLAGS_TF;
	return st->guest_tf;
}

/* Entering a handler clears TF, and the trap does not come there. */
static bool in_handler(struct kvmgdb_vcpu *v)
{
	const struct step *st = &v->step;

	return st->has_target && st->insn.cls != INSN_IRET &&
	       st->insn.cls != INSN_SYSRET && vcpu_linear_rip(v) == st->target;
}

/* Was it carried out, and nothing after it? */
static bool is_behind(struct kvmgdb_vcpu *v)
{
	const struct step *st = &v->step;

	return vcpu_linear_rip(v) == st->rip + st->second + st->insn.len;
}

/* Debug traps wait until the instruction after MOV SS is over (SDM vol. 3,
 * 6.8.3): what is to be known of the step is known of that one. */
static void look_behind_mov_ss(struct kvmgdb_vcpu *v, const uint8_t *code,
			       size_t n)
{
	struct step *st = &v->step;
	unsigned first = st->insn.len;
	struct insn second;

	if (st->insn.cls != INSN_MOV_SS || first >= n ||
	    !insn_decode(code + first, n - first, vcpu_code_bits(v), &second) ||
	    second.cls == INSN_OTHER || second.cls == INSN_MOV_SS)
		return;
	st->second = first;
	st->insn = second;
}

/* Does it enter its handler for certain, so that no TF is needed to come back
 * from it? */
static bool delivers(struct kvmgdb_vcpu *v)
{
	const struct step *st = &v->step;

	if (!st->has_target || st->second || vcpu_cpl(v) == 3 ||
	    (st->before.rflags & RFLAGS_VM) || !v->vm->config.probe.exec[0])
		return false;
	return st->insn.cls == INSN_INT || st->insn.cls == INSN_ICEBP ||
	       st->insn.cls == INSN_MOV_TO_DR ||
	       st->insn.cls == INSN_MOV_FROM_DR;
}

static void decode(struct kvmgdb_vcpu *v)
{
	struct step *st = &v->step;
	uint8_t code[2 * INSN_MAX];
	size_t n = vcpu_read(v, st->rip, code, sizeof(code));

	insn_decode(code, n, vcpu_code_bits(v), &st->insn);
	look_behind_mov_ss(v, code, n);
	st->operands = vcpu_operands(v, code, n, st->op);
	st->guest_tf_after = tf_after(v);
	st->has_target = handler_target(v, &st->insn, &st->target);
	if (st->insn.cls == INSN_INT && st->insn.overflow &&
	    !(st->before.rflags & RFLAGS_OF))
		st->has_target = false;
	st->to_handler = delivers(v);
	if (st->to_handler && !(v->owes_db && st->kind == STEP_USER))
		return;
	if (st->kind == STEP_USER && v->owes_db &&
	    handler_gate(v, 1, &st->target)) {
		st->to_handler = st->has_target = true;
		st->insn.cls = INSN_OTHER;
	} else {
		guard_begin(v, code, n);
	}
}

void step_begin(struct kvmgdb_vcpu *v, enum step_kind kind)
{
	const struct kvm_regs *regs = regfile_regs(v->rf);
	struct step *st = &v->step;
	uint64_t gpa;

	*st = (struct step){
	    .kind = kind, .lifted = NO_GPA, .was_at_stop = v->at_stop};
	if (!regs || !regfile_sregs(v->rf))
		return;
	st->before = *regs;
	st->rip = vcpu_linear_rip(v);
	st->guest_tf = regs->rflags & RFLAGS_TF;
	decode(v);

	if (swbreak_count(v->vm->swbreak) &&
	    vcpu_gva_to_gpa(v, st->rip, &gpa, NULL) &&
	    swbreak_at(v->vm->swbreak, gpa) && vm_hold_others(v) &&
	    !swbreak_lift(v->vm->swbreak, gpa))
		st->lifted = gpa;
}

bool step_lift_pages(struct kvmgdb_vcpu *v)
{
	if (!vm_hold_others(v))
		return false;
	v->step.wants_pages = false;
	pagelift_begin(v);
	return true;
}

bool step_moved(struct kvmgdb_vcpu *v)
{
	const struct kvm_regs *now = regfile_regs(v->rf);

	if (!now || v->step.insn.cls == INSN_JUMP_SELF)
		return true;
	/* RF and, where KVM hides its own, TF are not the instruction's doing
	 */
	struct kvm_regs a = v->step.before, b = *now;

	a.rflags &= ~(RFLAGS_TF | UINT64_C(0x10000));
	b.rflags &= ~(RFLAGS_TF | UINT64_C(0x10000));
	return memcmp(&a, &b, sizeof(a)) != 0;
}

static void put_patch_back(struct kvmgdb_vcpu *v)
{
	if (v->step.lifted != NO_GPA)
		swbreak_restore(v->vm->swbreak, v->step.lifted);
	v->step.lifted = NO_GPA;
	if (!v->step.pages.active)
		vm_release_others(v);
}

bool step_is_here(struct kvmgdb_vcpu *v)
{
	return v->step.kind != STEP_NONE && !v->step.guard.in_handler &&
	       vcpu_linear_rip(v) - v->step.rip <= INSN_MAX;
}

void step_suspend(struct kvmgdb_vcpu *v)
{
	pagelift_end(v, false);
	put_patch_back(v);
}

bool step_nest(struct kvmgdb_vcpu *v)
{
	if (v->nested == STEP_NEST_MAX)
		return false;
	step_suspend(v);
	v->outer[v->nested++] = v->step;
	v->step = (struct step){.kind = STEP_NONE, .lifted = NO_GPA};
	return true;
}

bool step_unnest(struct kvmgdb_vcpu *v)
{
	if (!v->nested)
		return false;
	v->step = v->outer[--v->nested];
	return true;
}

bool step_event_waits(struct kvmgdb_vcpu *v)
{
	struct kvm_vcpu_events events;

	return !ioctl(v->fd, KVM_GET_VCPU_EVENTS, &events) &&
	       (events.exception.injected || events.interrupt.injected ||
		events.nmi.injected);
}

void step_expect_event(struct kvmgdb_vcpu *v)
{
	struct kvm_vcpu_events events;
	struct step *st = &v->step;
	uint8_t vector;

	if (ioctl(v->fd, KVM_GET_VCPU_EVENTS, &events))
		return;
	if (events.exception.injected)
		vector = events.exception.nr;
	else if (events.interrupt.injected)
		vector = events.interrupt.nr;
	else if (events.nmi.injected)
		vector = 2;
	else
		return;
	st->event_frame = true;
	st->has_error_code =
	    events.exception.injected && events.exception.has_error_code;
	st->insn = (struct insn){.cls = INSN_INT, .vector = vector};
	st->second = 0;
	st->has_target = handler_gate(v, vector, &st->target);
	st->to_handler = st->has_target && v->vm->config.probe.exec[0];
	/* KVM would take the guest's TF away with its own */
	if (st->to_handler && st->guest_tf)
		arm_restore_tf(v);
}

static void clean_images(struct kvmgdb_vcpu *v)
{
	const struct step *st = &v->step;
	bool entered = in_handler(v);
	struct kvm_regs *regs;

	if (st->to_handler)
		return;
	if (st->insn.cls == INSN_PUSHF && is_behind(v)) {
		set_image_tf(v, vcpu_stack_top(v), st->guest_tf);
	} else if (entered && st->insn.cls == INSN_SYSCALL) {
		regs = regfile_dirty_regs(v->rf);
		if (regs)
			regs->r11 = (regs->r11 & ~RFLAGS_TF) |
				    (st->guest_tf ? RFLAGS_TF : 0);
	} else if (entered) {
		set_image_tf(
		    v,
		    vcpu_stack_top(v) + handler_flags_offset(v) +
			(st->has_error_code ? vcpu_code_bits(v) / 8 : 0),
		    st->guest_tf);
	}
}

/* A handler's IRET has brought the step's TF back while KVM was not told to
 * step: then KVM does not hide it. */
static bool drop_own_tf(struct kvmgdb_vcpu *v)
{
	struct kvm_regs *regs = regfile_dirty_regs(v->rf);

	if (regs)
		regs->rflags &= ~RFLAGS_TF;
	return regs != NULL;
}

bool step_done(struct kvmgdb_vcpu *v)
{
	struct step *st = &v->step;
	bool entered = in_handler(v) || st->faulted;
	/* MOV SS alone: where it does not hold traps back */
	bool tf = st->second && vcpu_linear_rip(v) == st->rip + st->second
		      ? st->guest_tf
		      : st->guest_tf_after;
	bool ok = true;

	clean_images(v);
	put_patch_back(v);
	if (st->guest_tf && !entered) {
		v->owes_db = true;
		v->db_payload |= DR6_BS;
	}
	if (tf && !entered)
		ok = arm_restore_tf(v);
	else if (st->adrift && !entered)
		ok = drop_own_tf(v);
	st->kind = STEP_NONE;
	v->step_left = true;
	v->left_rip = vcpu_linear_rip(v);
	return ok;
}

void step_cancel(struct kvmgdb_vcpu *v)
{
	pagelift_end(v, false);
	put_patch_back(v);
	/* still to be stepped off */
	if (v->step.kind == STEP_OVER && v->step.was_at_stop &&
	    vcpu_linear_rip(v) == v->step.rip) {
		v->at_stop = true;
		v->stop_rip = v->step.rip;
	}
	if (v->step.kind != STEP_NONE && v->step.guest_tf)
		arm_restore_tf(v);
	v->step.kind = STEP_NONE;
	v->nested = 0;
}
