/* SPDX-License-Identifier: MIT */
/*
 * KVM_RUN, with a gate in front of it and a look at what comes out.
 */
#include "arm.h"
#include "debugexit.h"
#include "drtrap.h"
#include "emugap.h"
#include "filter.h"
#include "hit.h"
#include "inspect.h"
#include "pagefollow.h"
#include "pagelift.h"
#include "pagemmio.h"
#include "rangerun.h"
#include "resync.h"
#include "slotplan.h"
#include "step.h"
#include "stepexit.h"
#include "tier.h"
#include "vm.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define VECTOR_UD 6u

/* Exits whose operand KVM takes up at the next KVM_RUN (KVM API 5). */
static bool completes_later(uint32_t exit_reason)
{
	switch (exit_reason) {
	case KVM_EXIT_IO:
	case KVM_EXIT_MMIO:
	case KVM_EXIT_HYPERCALL:
	case KVM_EXIT_X86_RDMSR:
	case KVM_EXIT_X86_WRMSR:
		return true;
	default:
		return false;
	}
}

/* Exits that the guest does not come back from: worth a look with a debugger
 * before the VMM tears the state down. */
static bool ends_badly(uint32_t exit_reason, enum kvmgdb_stop_reason *reason)
{
	switch (exit_reason) {
	case KVM_EXIT_SHUTDOWN:
		*reason = KVMGDB_STOP_SHUTDOWN;
		return true;
	case KVM_EXIT_INTERNAL_ERROR:
	case KVM_EXIT_FAIL_ENTRY:
		*reason = KVMGDB_STOP_ERROR;
		return true;
	default:
		return false;
	}
}

/* KVM_RUN without the lock; 0, or -errno as KVM_RUN gave it. */
static int enter(struct kvmgdb_vcpu *v, bool complete_only)
{
	struct kvmgdb_vm *vm = v->vm;
	/* while a debug exit is likely; else it would only cost (KVM API 5,
	 * kvm_valid_regs: the VMM may have its own wishes) */
	const uint64_t sync = v->armed.control ? vm->sync_regs : 0;
	const uint64_t vmm_sync = v->run->kvm_valid_regs;
	int err = 0;

	v->armed_generation = vm->generation;
	v->entry_seen = vm->seen;
	v->run->debug.arch.dr7 = ARM_SENTINEL;
	if (complete_only)
		__atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	v->run->kvm_valid_regs = vmm_sync | sync;
	vcpu_set_place(v, VCPU_INSIDE);
	pthread_mutex_unlock(&vm->lock);
	if (ioctl(v->fd, KVM_RUN, 0))
		err = -errno;
	pthread_mutex_lock(&vm->lock);
	v->run->kvm_valid_regs = vmm_sync;
	v->counts.n[COUNT_RUN]++;
	if (err == -EINTR)
		v->counts.n[COUNT_INTERRUPTED]++;
	else if (!err && v->run->exit_reason == KVM_EXIT_DEBUG)
		v->counts.n[COUNT_DEBUG]++;
	vcpu_set_place(v, VCPU_OUTSIDE);
	if (v->kicked || complete_only)
		__atomic_store_n(&v->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
	v->kicked = false;
	v->io_pending = false;
	regfile_invalidate(v->rf);
	if (sync)
		regfile_synced(v->rf, &v->run->s.regs);
	arm_check_guest(v, err == -EINTR);
	return err;
}

static void get_off(struct kvmgdb_vcpu *v)
{
	if (!v->passing || !filter_pass_by_rf(v))
		step_begin(v, STEP_OVER);
}

/* Decide what the next entry does.  False: a stop is wanted after all. */
static bool prepare(struct kvmgdb_vcpu *v)
{
	bool user;

	if (v->step.kind != STEP_NONE) {
		if (!v->step.guard.in_handler && !step_is_here(v))
			v->step.adrift = true;
		if (v->step.wants_pages && !step_lift_pages(v))
			return false;
		return !vcpu_must_wait(v) && !v->vm->shutdown;
	}
	user = v->action.kind == KVMGDB_ACTION_STEP ||
	       (v->action.kind == KVMGDB_ACTION_RANGE && !rangerun_goes(v));
	if (user)
		step_begin(v, v->action.kind == KVMGDB_ACTION_STEP
				  ? STEP_USER
				  : STEP_RANGE);
	else if (v->at_stop && !v->owes_db && vcpu_linear_rip(v) == v->stop_rip)
		get_off(v);
	v->at_stop = v->passing = false;
	return !vcpu_must_wait(v) && !v->vm->shutdown;
}

/* AMD's VMCB is undefined after a shutdown (APM vol. 2, 15.14.3), and KVM puts
 * in what INIT would. */
static bool is_initial(struct kvmgdb_vcpu *v)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	const struct kvm_regs *r = regfile_regs(v->rf);

	return s && r && r->rip == 0xfff0 && s->cs.selector == 0xf000 &&
	       s->cs.base == 0xffff0000 && !(s->cr0 & 1);
}

static void hold_exit(struct kvmgdb_vcpu *v, enum kvmgdb_stop_reason reason)
{
	struct pending_stop stop = {.stop = {.reason = reason}};

	step_cancel(v);
	stop.stop.code = reason == KVMGDB_STOP_SHUTDOWN && is_initial(v);
	v->held_exit = true;
	vm_warn(v->vm, "vCPU %u: %s; stopped for the debugger before it ends",
		v->index,
		reason == KVMGDB_STOP_SHUTDOWN ? "triple fault"
					       : "KVM cannot go on");
	vm_post_stop(v, &stop);
}

/*
 * The instruction at RIP touches a trapped page and was not begun: step it with
 * rights.  (An EFAULT that has another cause comes again with all rights given,
 * and is then the VMM's.)
 */
static void page_fault(struct kvmgdb_vcpu *v)
{
	if (vcpu_cpl(v) == 3 && !v->vm->config.probe.step[1]) {
		pagelift_give_up(v);
		return;
	}
	if (v->step.kind != STEP_NONE &&
	    (v->step.guard.in_handler || !step_is_here(v)))
		step_nest(v);
	if (v->step.kind == STEP_NONE) {
		if (hit_page_break(v))
			return;
		step_begin(v, STEP_OVER);
	}
	step_expect_event(v);
	v->step.wants_pages = true;
}

/*
 * There are instructions (SGDT) whose access to a trapped page KVM tries again
 * and again, without an exit.  The timer of resync.h gets out of that: has the
 * guest not moved since the last time?
 */
static bool stuck(struct kvmgdb_vcpu *v)
{
	const struct kvm_regs *now;
	bool same;

	if (!pagetrap_active(v->vm->pagetrap) || v->step.pages.all)
		return false;
	now = regfile_regs(v->rf);
	if (!now)
		return false;
	same = v->kicked_here && !memcmp(now, &v->kicked_regs, sizeof(*now));
	v->kicked_regs = *now;
	v->kicked_here = true;
	return same && pagelift_touches(v);
}

/* KVM's emulator gave up on an instruction that touches a trapped page: the
 * #UD that it may have queued is not the guest's. */
static void emulation_fault(struct kvmgdb_vcpu *v)
{
	struct kvm_vcpu_events events;

	if (!ioctl(v->fd, KVM_GET_VCPU_EVENTS, &events) &&
	    (events.exception.injected || events.exception.pending) &&
	    events.exception.nr == VECTOR_UD) {
		events.exception.injected = events.exception.pending = 0;
		ioctl(v->fd, KVM_SET_VCPU_EVENTS, &events);
	}
	page_fault(v);
}

/*
 * A software KVM whose emulator cannot push an exception's frame calls that a
 * triple fault, and has changed nothing.  (Where the CPU does it, KVM_RUN
 * returns EFAULT; and after a triple fault there is no way back there.)
 */
static bool frame_fault(struct kvmgdb_vcpu *v)
{
	return v->run->exit_reason == KVM_EXIT_SHUTDOWN &&
	       v->vm->config.probe.page_mmio &&
	       pagetrap_active(v->vm->pagetrap) && !v->step.pages.all;
}

/* True: the exit is the VMM's. */
static bool take_exit(struct kvmgdb_vcpu *v)
{
	enum kvmgdb_stop_reason reason;

	if (v->run->exit_reason == KVM_EXIT_DEBUG) {
		debug_exit(v);
		return false;
	}
	v->step_left = false;
	v->io_of_step = step_is_here(v);
	if (v->run->exit_reason == KVM_EXIT_MMIO && pagemmio_access(v)) {
		v->io_pending = true;
		v->mmio_hit = true;
		return false;
	}
	if (v->run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
	    v->run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION) {
		if (pagetrap_active(v->vm->pagetrap) && !v->step.pages.all) {
			emulation_fault(v);
			return false;
		}
		if (emugap_take(v))
			return false;
	}
	if (frame_fault(v)) {
		emulation_fault(v);
		return false;
	}
	if (v->vm->attached && ends_badly(v->run->exit_reason, &reason)) {
		hold_exit(v, reason);
		return false;
	}
	v->io_pending = completes_later(v->run->exit_reason);
	return true;
}

/*
 * Let KVM finish the instruction whose operand the VMM has just supplied, and
 * nothing more: registers are not right before that, and a step that is left
 * to KVM here can be lost (MMIO writes).  True: an exit for the VMM.
 */
static bool complete_io(struct kvmgdb_vcpu *v)
{
	int err = enter(v, true);

	if (!err)
		return take_exit(v);
	if (v->mmio_hit) {
		v->mmio_hit = false;
		pagemmio_done(v);
	}
	if (v->io_of_step && v->step.kind != STEP_NONE && step_moved(v))
		stepexit_complete(v);
	return false;
}

int kvmgdb_vcpu_run(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	bool evicts;
	int ret;

	pthread_mutex_lock(&vm->lock);
	if (v->place == VCPU_NEW) {
		v->thread = pthread_self();
		drtrap_init(v);
		if (!vm->present_known)
			inspect_learn(v);
		vcpu_set_place(v, VCPU_OUTSIDE);
	}
	for (;;) {
		if (vm->shutdown) {
			step_cancel(v);
			ret = -ECANCELED;
			break;
		}
		if (v->io_pending && (vcpu_must_wait(v) || v->mmio_hit ||
				      v->step.kind != STEP_NONE)) {
			ret = 0;
			if (complete_io(v))
				break;
			continue;
		}
		if (vcpu_must_wait(v)) {
			step_cancel(v);
			resync_set(v, false);
			vcpu_wait(v);
			continue;
		}
		if (v->held_exit) {
			v->held_exit = false;
			ret = 0;
			break;
		}
		pagefollow_look(v);
		if (vcpu_must_wait(v) || !tier_use_freed(v) || !prepare(v))
			continue;
		evicts = slotplan_will_evict(v);
		if (evicts && !vm_hold_others(v))
			continue;
		ret = arm_vcpu(v);
		if (evicts)
			vm_release_others(v);
		if (ret)
			break;
		ret = enter(v, false);
		if (ret == -EINTR && stuck(v)) {
			page_fault(v);
			continue;
		}
		if (ret != -EINTR)
			v->kicked_here = false;
		if (ret == -EFAULT && pagetrap_active(vm->pagetrap) &&
		    !v->step.pages.all) {
			page_fault(v);
			continue;
		}
		if (ret == -EAGAIN) /* INIT or SIPI taken */
			continue;
		if (ret || take_exit(v))
			break;
	}
	pthread_mutex_unlock(&vm->lock);
	return ret;
}
