/* SPDX-License-Identifier: MIT */
#include "resume.h"

#include "nonstop.h"
#include "pagewatch.h"
#include "tier.h"

#include <errno.h>

/* A stop is void once its breakpoint is gone or RIP was changed. */
static bool still_true(struct kvmgdb_vcpu *v, const struct pending_stop *p)
{
	struct requests *rs = v->vm->requests;
	unsigned i;

	/* nobody asks any more for what that step was to end */
	if (p->stop.reason == KVMGDB_STOP_STEP)
		return false;
	if (!p->of_request)
		return true;
	if (vcpu_linear_rip(v) != p->rip)
		return false;
	if (bp_is_exec(p->kind))
		return requests_find(rs, p->kind, p->rip, 1) != NULL;
	for (i = 0; i < requests_count(rs); i++) {
		const struct request *r = requests_at(rs, i);

		if (!r->withdrawn && r->kind == p->kind &&
		    p->stop.addr - r->addr < r->len)
			return true;
	}
	return false;
}

static void drop_void_stops(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_stop dropped;

	while (v->npending && !still_true(v, &v->pending[0])) {
		if (bp_is_exec(v->pending[0].kind))
			v->at_stop = false;
		vcpu_take_pending(v, &dropped);
	}
}

/* KVMs are known whose step at CPL 3 traps into the guest: better refused. */
static bool can_step(struct kvmgdb_vcpu *v, enum kvmgdb_action_kind kind)
{
	if (kind != KVMGDB_ACTION_STEP && kind != KVMGDB_ACTION_RANGE)
		return true;
	return v->vm->config.probe.step[vcpu_cpl(v) == 3];
}

/* Is it one that a resume may let go? */
static bool waits(const struct kvmgdb_vcpu *v)
{
	return !v->vm->non_stop || nonstop_is_told(v);
}

int resume_vcpus(struct kvmgdb_vm *vm, const struct kvmgdb_action *actions)
{
	bool pending = false;
	unsigned i;

	if (vm->exited)
		return -ENODEV;
	if (!vm->non_stop && !vm_standing(vm))
		return -EBUSY;
	for (i = 0; i < vm->count; i++)
		if (waits(vm->vcpus[i]) &&
		    !can_step(vm->vcpus[i], actions[i].kind))
			return -ENOTSUP;
	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *v = vm->vcpus[i];
		bool stays = actions[i].kind == KVMGDB_ACTION_STAY;

		if (!waits(v) || (stays && vm->non_stop))
			continue;
		v->chosen = v->reports = !stays;
		if (stays)
			continue;
		drop_void_stops(v);
		pending |= v->npending > 0;
	}
	/* what happened comes first: of the vCPU, or of all */
	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *v = vm->vcpus[i];

		if (!v->chosen)
			continue;
		v->chosen = false;
		if (vm->non_stop ? v->npending > 0 : pending)
			continue;
		v->action = actions[i];
		v->range = (struct range_run){0};
		v->go = true;
	}
	if (!pending) {
		handoff_begin(&vm->news);
		requests_tick(vm->requests);
	}
	if (!vm->non_stop && !pending)
		tier_balance(vm->vcpus[vm->last_vcpu]);
	if (vm->pages_stale && (vm->non_stop || !pending))
		pagewatch_update(vm);
	if (pending)
		vm_settle(vm);
	return 0;
}

int resume_interrupt(struct kvmgdb_vm *vm)
{
	int err = -EALREADY;
	unsigned i;

	vm->attached = true;
	if (vm->non_stop) {
		for (i = 0; i < vm->count; i++)
			if (!nonstop_stop_vcpu(vm->vcpus[i]))
				err = 0;
		return err;
	}
	if (vm_standing(vm) && !vm->interrupt)
		return err;
	vm->interrupt = true;
	vm_stop_all(vm);
	vm_settle(vm);
	return 0;
}

static bool take_pending(struct kvmgdb_vm *vm, struct kvmgdb_stop *stop)
{
	struct kvmgdb_vcpu *v = vm_next_news(vm);

	if (v)
		vcpu_take_pending(v, stop);
	return v != NULL;
}

/* The one that an interrupt is told of: it was let go. */
static unsigned interrupted_vcpu(const struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 0; i < vm->count; i++) {
		unsigned at = (vm->last_vcpu + i) % vm->count;

		if (vm->vcpus[at]->reports)
			return at;
	}
	return vm->last_vcpu;
}

bool resume_next_stop(struct kvmgdb_vm *vm, struct kvmgdb_stop *stop)
{
	bool have;

	if (vm->exited) {
		have = !vm->exit_told;
		vm->exit_told = true;
		*stop = (struct kvmgdb_stop){.reason = KVMGDB_STOP_EXITED,
					     .code = vm->exit_code};
		return have;
	}
	/* a reset or the end comes first, and changes what there is to tell */
	if (vm->held)
		return false;
	if (vm->non_stop)
		return nonstop_next_stop(vm, stop);
	if (!vm_standing(vm))
		return false;
	have = take_pending(vm, stop);
	if (!have && vm->interrupt) {
		*stop = (struct kvmgdb_stop){.vcpu = interrupted_vcpu(vm),
					     .reason = KVMGDB_STOP_INTERRUPT};
		have = true;
	}
	if (have) {
		handoff_end(&vm->news);
		vm->interrupt = false;
		vm->last_vcpu = stop->vcpu;
	}
	return have;
}
