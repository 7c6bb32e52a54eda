/* SPDX-License-Identifier: MIT */
/* The machine starts again: what the VMM does to it, and what is ours. */
#include "reset.h"

#include "slotplan.h"
#include "watchvalue.h"

#include <errno.h>
#include <sys/ioctl.h>

/* How long vCPUs may take to come out of the VMM's code. */
#define PATIENCE_SECONDS 2

static bool all_parked(const struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 0; i < vm->count; i++)
		if (vm->vcpus[i]->place != VCPU_PARKED &&
		    vm->vcpus[i]->place != VCPU_NEW)
			return false;
	return true;
}

/* What the vCPU was doing is no more.  It is parked. */
static void forget(struct kvmgdb_vcpu *v)
{
	/* KVM must not hold on to a single step's TF */
	v->armed = (struct kvm_guest_debug){0};
	ioctl(v->fd, KVM_SET_GUEST_DEBUG, &v->armed);
	v->step = (struct step){.lifted = NO_GPA};
	v->range = (struct range_run){0};
	slotplan_reset(v);
	v->npending = v->nnoted = 0;
	v->io_pending = v->io_of_step = v->mmio_hit = v->held_exit = false;
	v->owes_db = v->owes_bp = v->step_left = v->gave_back = false;
	v->db_payload = 0;
	v->at_stop = v->passing = false;
}

/* All are parked. */
static int reset_machine(struct kvmgdb_vm *vm)
{
	unsigned i;
	int err;

	swbreak_withdraw(vm->swbreak, 0, UINT64_MAX);
	for (i = 0; i < vm->count; i++)
		forget(vm->vcpus[i]);
	vm->holder = NULL;
	vm->resets++;
	err = vm->config.reset(vm->config.ctx);
	for (i = 0; i < vm->count; i++)
		regfile_invalidate(vm->vcpus[i]->rf);
	swbreak_replant(vm->swbreak);
	if (err)
		return err;
	watch_snapshot_all(vm->vcpus[0]);
	vm->held = vm->exited = vm->exit_told = false;
	return 0;
}

static void wake_all(struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 0; i < vm->count; i++)
		handoff_ring(&vm->vcpus[i]->gate);
}

static bool wait_for_all(struct kvmgdb_vm *vm)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_SECONDS;
	while (!all_parked(vm))
		if (pthread_cond_timedwait(&vm->changed, &vm->lock, &until) ==
		    ETIMEDOUT)
			return all_parked(vm);
	return true;
}

int reset_by_debugger(struct kvmgdb_vm *vm)
{
	bool was_held = vm->held;
	unsigned i;
	int err;

	if (!vm->config.reset)
		return -ENOTSUP;
	vm->held = true;
	vm_stop_all(vm);
	if (!wait_for_all(vm)) {
		vm->held = was_held;
		return -EBUSY;
	}
	err = reset_machine(vm);
	if (err)
		return err;
	vm->interrupt = false;
	for (i = 0; i < vm->count; i++) {
		vm->vcpus[i]->interrupt = false;
		vm->vcpus[i]->reports = !vm->non_stop;
	}
	return 0;
}

bool reset_settled(const struct kvmgdb_vm *vm)
{
	return vm->held && all_parked(vm);
}

void kvmgdb_vm_hold(struct kvmgdb_vm *vm)
{
	unsigned i;

	pthread_mutex_lock(&vm->lock);
	vm->held = true;
	for (i = 0; i < vm->count; i++)
		vcpu_kick(vm->vcpus[i]);
	vm_settle(vm);
	pthread_mutex_unlock(&vm->lock);
}

bool kvmgdb_vm_reboots(struct kvmgdb_vm *vm)
{
	bool reboots;

	pthread_mutex_lock(&vm->lock);
	reboots = vm->config.reset &&
		  (vm->reboot || (vm->stop_on_reset && vm->attached));
	pthread_mutex_unlock(&vm->lock);
	return reboots;
}

/* Is V to stop for the reset?  Also if it was about to tell something else,
 * which is no more: the debugger waits for it. */
static bool is_to_tell(const struct kvmgdb_vcpu *v)
{
	const struct kvmgdb_vm *vm = v->vm;

	return vm->attached && ((v->reports && v->npending) ||
				(vm->stop_on_reset && !v->index));
}

static void tell_reset(struct kvmgdb_vcpu *v)
{
	const struct pending_stop stop = {
	    .stop = {.reason = KVMGDB_STOP_RESET}};

	v->reports = true;
	vm_post_stop(v, &stop);
}

int kvmgdb_vm_reboot(struct kvmgdb_vm *vm)
{
	int err = -ENOTSUP;
	unsigned i;

	pthread_mutex_lock(&vm->lock);
	for (i = 0; i < vm->count; i++)
		vm->vcpus[i]->chosen = is_to_tell(vm->vcpus[i]);
	if (vm->config.reset)
		err = reset_settled(vm) ? reset_machine(vm) : -EBUSY;
	for (i = 0; i < vm->count; i++) {
		if (!err && vm->vcpus[i]->chosen)
			tell_reset(vm->vcpus[i]);
		vm->vcpus[i]->chosen = false;
	}
	if (!err) {
		wake_all(vm);
		vm_settle(vm);
	}
	pthread_mutex_unlock(&vm->lock);
	return err;
}
