/* SPDX-License-Identifier: MIT */
#include "arm.h"

#include "resync.h"
#include "slotplan.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define RFLAGS_TF UINT64_C(0x100)

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

int arm_vcpu(struct kvmgdb_vcpu *v)
{
	struct kvm_guest_debug dbg = {0};
	struct dr_piece pieces[DR_MAX_PIECES];
	bool stepping = v->step.kind != STEP_NONE;
	struct slot_choice c = slotplan_choose(v, pieces);
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
		slotplan_reset(v);
	} else if (c.n || stepping || v->owes_db || v->step_left) {
		err = slotplan_read_guest(v);
		if (err)
			return err;
		slotplan_merge(v, &c);
		if (!stepping && slotplan_evict(v, pieces)) {
			c = slotplan_choose(v, pieces);
			slotplan_merge(v, &c);
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
