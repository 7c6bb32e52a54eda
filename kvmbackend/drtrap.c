/* SPDX-License-Identifier: MIT */
#include "drtrap.h"

#include "guestcpuid.h"
#include "step.h"
#include "stepexit.h"

#define RFLAGS_TF UINT64_C(0x100)
#define RFLAGS_RF UINT64_C(0x10000)
#define CR4_DE    UINT64_C(8)
#define VECTOR_UD 6u
#define VECTOR_GP 13u

void drtrap_init(struct kvmgdb_vcpu *v)
{
	guestcpuid_dr6_fixed(v->fd, &v->dr6_fixed);
}

static __u64 *gpr(struct kvm_regs *r, unsigned n)
{
	__u64 *by_number[16] = {&r->rax, &r->rcx, &r->rdx, &r->rbx,
				&r->rsp, &r->rbp, &r->rsi, &r->rdi,
				&r->r8,  &r->r9,  &r->r10, &r->r11,
				&r->r12, &r->r13, &r->r14, &r->r15};

	return by_number[n & 15u];
}

/* The register that CR4.DE makes of DR4 and DR5, or -1 for #UD. */
static int real_dr(struct kvmgdb_vcpu *v, unsigned dr)
{
	if (dr > 7)
		return -1;
	if (dr == 4 || dr == 5)
		return regfile_sregs(v->rf)->cr4 & CR4_DE ? -1 : (int)dr + 2;
	return (int)dr;
}

static uint64_t read_dr(const struct kvm_debugregs *d, int dr)
{
	if (dr == 6)
		return d->dr6;
	return dr == 7 ? d->dr7 : d->db[dr];
}

static void write_dr(struct kvmgdb_vcpu *v, struct kvm_debugregs *d, int dr,
		     uint64_t value)
{
	if (dr == 6)
		d->dr6 = dr6_write(v->dr6_fixed, value);
	else if (dr == 7)
		d->dr7 = dr7_write(value);
	else
		d->db[dr] = value;
}

/* True if the instruction was carried out, false if it raised an exception. */
static bool carry_out(struct kvmgdb_vcpu *v, const struct insn *insn)
{
	struct kvm_debugregs *d = regfile_dirty_debugregs(v->rf);
	struct kvm_regs *r = regfile_dirty_regs(v->rf);
	bool wide = vcpu_code_bits(v) == 64;
	int dr = real_dr(v, insn->dr);
	uint64_t value;

	if (!d || !r)
		return false;
	if (dr < 0 || insn->lock) {
		r->rflags |= RFLAGS_RF; /* as each fault pushes it */
		vcpu_queue_fault(v, VECTOR_UD, false);
		return false;
	}
	if (insn->cls == INSN_MOV_TO_DR) {
		value = *gpr(r, insn->gpr);
		if (!wide)
			value = (uint32_t)value;
		if (dr >= 6 && value >> 32) {
			r->rflags |= RFLAGS_RF;
			vcpu_queue_fault(v, VECTOR_GP, true);
			return false;
		}
		write_dr(v, d, dr, value);
	} else {
		value = read_dr(d, dr);
		*gpr(r, insn->gpr) = wide ? value : (uint32_t)value;
	}
	r->rip += insn->len;
	if (!wide)
		r->rip = (uint32_t)r->rip;
	r->rflags &= ~RFLAGS_RF;
	return true;
}

static void mov_dr(struct kvmgdb_vcpu *v, const struct insn *insn)
{
	bool tf = regfile_regs(v->rf)->rflags & RFLAGS_TF;
	bool stepping = v->step.kind != STEP_NONE;

	v->counts.n[COUNT_MOV_DR]++;
	/* the guest's own GD: its exception, and nothing is carried out */
	if (regfile_debugregs(v->rf)->dr7 & DR7_GD) {
		v->owes_db = true;
		v->db_payload |= DR6_BD;
		return;
	}
	if (!carry_out(v, insn))
		return;
	if (stepping) {
		stepexit_complete(v);
	} else if (tf) {
		v->owes_db = true;
		v->db_payload |= DR6_BS;
	}
}

/* Does MOV SS hold traps back, and does an ICEBP exit?  The CPU that is known
 * to do neither (QEMU's AMD-V) has no DR7.GD. */
static bool holds_back(const struct kvmgdb_vcpu *v)
{
	return v->vm->config.probe.dr_access;
}

/* The instruction before RIP, if it ends there and its class is known: its
 * length, else 0.  (Bytes that only look like one are another's.) */
static unsigned before_rip(struct kvmgdb_vcpu *v, enum insn_class cls)
{
	uint64_t rip = vcpu_linear_rip(v);
	uint8_t code[INSN_MAX];
	struct insn insn;
	unsigned back;

	for (back = 1; back < INSN_MAX; back++)
		if (vcpu_read(v, rip - back, code, back) == back &&
		    insn_decode(code, back, vcpu_code_bits(v), &insn) &&
		    insn.len == back && insn.cls == cls)
			return back;
	return 0;
}

/*
 * BS at an ICEBP while the guest steps itself: is it of the instruction before,
 * or of the ICEBP, which exits before it is carried out (Bochs sets BS there)?
 * It is the ICEBP's own where that trap has been given back already, and where
 * none comes: behind MOV SS, and behind the POPF that has set TF.
 */
static bool steps_icebp(struct kvmgdb_vcpu *v)
{
	uint64_t rip = vcpu_linear_rip(v);
	unsigned popf;

	if (!holds_back(v))
		return false;
	if ((v->gave_back && v->given_rip == rip) || before_rip(v, INSN_MOV_SS))
		return true;
	popf = before_rip(v, INSN_POPF);
	return popf && !(v->gave_back && v->given_rip == rip - popf);
}

/* A trap: RIP after it, and no bit in DR6 that the CPU has not shown (SDM vol.
 * 2, INT1). */
static void icebp(struct kvmgdb_vcpu *v, const struct insn *insn, bool bs)
{
	struct kvm_regs *r = regfile_dirty_regs(v->rf);
	bool tf;

	v->owes_db = true;
	if (!r)
		return;
	tf = v->step.kind == STEP_NONE ? (r->rflags & RFLAGS_TF) != 0
				       : v->step.guest_tf;
	if (bs && tf)
		v->db_payload |= DR6_BS;
	r->rip += insn->len;
}

void drtrap_join_icebp(struct kvmgdb_vcpu *v)
{
	uint8_t code[INSN_MAX];
	struct insn insn;
	size_t n;

	if (v->step.kind != STEP_NONE || !holds_back(v))
		return;
	n = vcpu_read(v, vcpu_linear_rip(v), code, sizeof(code));
	if (insn_decode(code, n, vcpu_code_bits(v), &insn) &&
	    insn.cls == INSN_ICEBP && before_rip(v, INSN_MOV_SS))
		icebp(v, &insn, false);
}

bool drtrap_exit(struct kvmgdb_vcpu *v, const struct dr_hits *hits)
{
	uint8_t code[INSN_MAX];
	struct insn insn;
	size_t n;

	if (hits->host || hits->guest)
		return false;
	/* a step of ICEBP may report BS without having moved: it is carried out
	 * here in either case */
	if (hits->bs && v->step.kind != STEP_NONE &&
	    (v->step.insn.cls != INSN_ICEBP ||
	     vcpu_linear_rip(v) != v->step.rip))
		return false;
	n = vcpu_read(v, vcpu_linear_rip(v), code, sizeof(code));
	if (!insn_decode(code, n, vcpu_code_bits(v), &insn))
		return false;
	if ((insn.cls == INSN_MOV_TO_DR || insn.cls == INSN_MOV_FROM_DR) &&
	    !hits->bs && (v->plan.dr7 & DR7_GD) && regfile_debugregs(v->rf)) {
		mov_dr(v, &insn);
		return true;
	}
	if (insn.cls == INSN_ICEBP && !hits->bd &&
	    (!hits->bs || v->step.kind != STEP_NONE || steps_icebp(v))) {
		icebp(v, &insn, hits->bs);
		return true;
	}
	return false;
}
