/* SPDX-License-Identifier: MIT */
#include "emugap.h"

#include "debugreg.h"
#include "step.h"
#include "stepexit.h"

#include <sys/ioctl.h>

#define CR0_PE    UINT64_C(1)
#define CR0_MP    UINT64_C(2)
#define CR0_TS    UINT64_C(8)
#define FSW_ES    0x80u
#define RFLAGS_TF UINT64_C(0x100)
#define RFLAGS_RF UINT64_C(0x10000)
#define VECTOR_NM 7u
#define VECTOR_MF 16u

#define OP_FWAIT 0x9bu
#define OP_INT3  0xccu
#define OP_INT   0xcdu

/* A trap: RIP after it.  (KVM has queued a #UD as it gave up; KVM_SET_REGS
 * drops that.) */
static bool int3(struct kvmgdb_vcpu *v)
{
	struct kvm_regs *r = regfile_dirty_regs(v->rf);

	if (!r)
		return false;
	r->rip++;
	v->owes_bp = true;
	return true;
}

/* The same, by the mechanism of interrupts: they have all vectors. */
static bool int_n(struct kvmgdb_vcpu *v)
{
	struct kvm_regs *r = regfile_dirty_regs(v->rf);
	struct kvm_vcpu_events events;
	uint8_t code[2];

	if (!r || vcpu_read(v, vcpu_linear_rip(v), code, 2) != 2 ||
	    ioctl(v->fd, KVM_GET_VCPU_EVENTS, &events))
		return false;
	events.interrupt.injected = 1;
	events.interrupt.nr = code[1];
	events.interrupt.soft = 1;
	events.exception.injected = events.exception.pending = 0;
	events.flags = 0;
	if (ioctl(v->fd, KVM_SET_VCPU_EVENTS, &events))
		return false;
	r->rip += 2;
	return true;
}

/* SDM vol. 2, WAIT/FWAIT; vol. 3, 2.5 (CR0.MP, CR0.TS).  CR0.NE is set in each
 * kernel of our time. */
static bool fwait(struct kvmgdb_vcpu *v)
{
	const uint64_t traps = CR0_MP | CR0_TS;
	struct kvm_regs *r = regfile_dirty_regs(v->rf);
	struct kvm_fpu fpu;
	bool unset;

	if (!r || ioctl(v->fd, KVM_GET_FPU, &fpu))
		return false;
	unset = (regfile_sregs(v->rf)->cr0 & traps) == traps;
	if (unset || (fpu.fsw & FSW_ES)) {
		r->rflags |= RFLAGS_RF; /* as each fault pushes it */
		if (!vcpu_queue_fault(v, unset ? VECTOR_NM : VECTOR_MF, false))
			return false;
		if (v->step.kind != STEP_NONE)
			step_expect_event(v);
		return true;
	}
	r->rip++;
	r->rflags &= ~RFLAGS_RF;
	if (v->step.kind != STEP_NONE) {
		stepexit_complete(v);
	} else if (r->rflags & RFLAGS_TF) {
		v->owes_db = true;
		v->db_payload |= DR6_BS;
	}
	return true;
}

bool emugap_take(struct kvmgdb_vcpu *v)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	uint8_t op;

	/* in ring 3 a gate's DPL would have to be looked at */
	if (!regfile_regs(v->rf) || !s || !(s->cr0 & CR0_PE) ||
	    vcpu_cpl(v) != 0 || vcpu_read(v, vcpu_linear_rip(v), &op, 1) != 1)
		return false;
	switch (op) {
	case OP_INT3:
		return int3(v);
	case OP_INT:
		return int_n(v);
	case OP_FWAIT:
		return fwait(v);
	default:
		return false;
	}
}
