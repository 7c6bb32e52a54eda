/* SPDX-License-Identifier: MIT */
/*
 * Coming to a stand and being let go.  All-stop: one vCPU has a reason, all
 * stop, and only when all stand is the session told.
 */
#include "reset.h"
#include "vm.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

void vm_warn(struct kvmgdb_vm *vm, const char *format, ...)
{
	char line[256];
	va_list args;

	if (!vm->config.warn)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	vm->config.warn(vm->config.ctx, line);
}

/*
 * Get a vCPU out of the guest (KVM API 5, kvm_run.immediate_exit): the flag
 * covers the time before KVM_RUN, the signal the time in it.
 */
void vcpu_kick(struct kvmgdb_vcpu *v)
{
	if (v->place != VCPU_INSIDE || v->kicked)
		return;
	v->kicked = true;
	__atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(v->thread, v->vm->config.kick_signal);
}

void vcpu_set_place(struct kvmgdb_vcpu *v, enum vcpu_place place)
{
	v->place = place;
	pthread_cond_broadcast(&v->vm->changed);
}

bool vm_standing(const struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 0; i < vm->count; i++) {
		const struct kvmgdb_vcpu *v = vm->vcpus[i];

		if (v->go || !vcpu_standing(v))
			return false;
	}
	return true;
}

void vm_stop_all(struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 0; i < vm->count; i++) {
		vm->vcpus[i]->go = false;
		vcpu_kick(vm->vcpus[i]);
	}
}

struct kvmgdb_vcpu *vm_next_news(const struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 1; i <= vm->count; i++) {
		struct kvmgdb_vcpu *v =
		    vm->vcpus[(vm->last_vcpu + i) % vm->count];

		if (vcpu_has_news(v))
			return v;
	}
	return NULL;
}

/* A stop to tell?  Only when all stand, but in non-stop. */
static bool has_stop(const struct kvmgdb_vm *vm)
{
	if (vm->non_stop)
		return vm_next_news(vm) != NULL;
	return vm_standing(vm) && (vm->interrupt || vm_next_news(vm) != NULL);
}

static bool has_news(const struct kvmgdb_vm *vm)
{
	return vm->exited || reset_settled(vm) || has_stop(vm);
}

/* A session that polls looks for stops and nothing else. */
static bool must_notify(const struct kvmgdb_vm *vm)
{
	return !vm->news.polling || vm->exited || vm->held;
}

/* A CPU for each vCPU, and one for the session? */
static bool may_poll(const struct kvmgdb_vm *vm)
{
	return vm->cpus > vm->count && !vm->non_stop;
}

bool vm_poll_stop(struct kvmgdb_vm *vm)
{
	if (may_poll(vm) && !vm_standing(vm))
		while (!has_stop(vm) && handoff_poll(&vm->news, &vm->lock))
			continue;
	return has_stop(vm);
}

void vm_settle(struct kvmgdb_vm *vm)
{
	if (has_news(vm))
		vm->config.notify(vm->config.ctx);
}

void vm_post_stop(struct kvmgdb_vcpu *v, const struct pending_stop *stop)
{
	/* the debugger has left meanwhile: nobody would let them go again */
	if (!v->vm->attached)
		return;
	if (v->npending < PENDING_MAX) {
		v->pending[v->npending] = *stop;
		v->pending[v->npending++].stop.vcpu = v->index;
	}
	if (v->vm->non_stop)
		v->go = false;
	else
		vm_stop_all(v->vm);
}

void vcpu_take_pending(struct kvmgdb_vcpu *v, struct kvmgdb_stop *stop)
{
	unsigned i;

	*stop = v->pending[0].stop;
	v->npending--;
	for (i = 0; i < v->npending; i++)
		v->pending[i] = v->pending[i + 1];
}

bool vcpu_must_wait(const struct kvmgdb_vcpu *v)
{
	const struct kvmgdb_vm *vm = v->vm;

	return !vm->shutdown &&
	       (!v->go || vm->held || v->visited || v->text_full ||
		(vm->holder && vm->holder != v));
}

/* Without the lock, which whoever wakes up wants first. */
static void tell(struct kvmgdb_vm *vm)
{
	bool notify = must_notify(vm);

	pthread_mutex_unlock(&vm->lock);
	handoff_ring(&vm->news);
	if (notify)
		vm->config.notify(vm->config.ctx);
	pthread_mutex_lock(&vm->lock);
}

void vcpu_wait(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	bool last;

	if (!vcpu_must_wait(v))
		return;
	vcpu_set_place(v, VCPU_PARKED);
	handoff_begin(&v->gate);
	last = has_news(vm);
	if (last)
		tell(vm);
	/* one of them is enough to be awake */
	if (last && may_poll(vm))
		while (vcpu_must_wait(v) && handoff_poll(&v->gate, &vm->lock))
			continue;
	while (vcpu_must_wait(v))
		handoff_sleep(&v->gate, &vm->lock);
	handoff_end(&v->gate);
	vcpu_set_place(v, VCPU_OUTSIDE);
}

static bool others_inside(const struct kvmgdb_vcpu *v)
{
	unsigned i;

	for (i = 0; i < v->vm->count; i++)
		if (v->vm->vcpus[i] != v &&
		    v->vm->vcpus[i]->place == VCPU_INSIDE)
			return true;
	return false;
}

bool vm_hold_others(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	unsigned resets = vm->resets, i;

	if (vm->holder == v)
		return true;
	while (vm->holder && v->go)
		vcpu_wait(v);
	/* what V was about to do is not there any more */
	if (vm->resets != resets)
		return false;
	if (!v->go || vm->shutdown)
		return false;
	vm->holder = v;
	for (i = 0; i < vm->count; i++)
		if (vm->vcpus[i] != v)
			vcpu_kick(vm->vcpus[i]);
	while (others_inside(v))
		pthread_cond_wait(&vm->changed, &vm->lock);
	return true;
}

void vm_release_others(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	unsigned i;

	if (vm->holder != v)
		return;
	vm->holder = NULL;
	for (i = 0; i < vm->count; i++)
		handoff_ring(&vm->vcpus[i]->gate);
}

static bool stale_inside(const struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 0; i < vm->count; i++)
		if (vm->vcpus[i]->place == VCPU_INSIDE &&
		    vm->vcpus[i]->armed_generation != vm->generation)
			return true;
	return false;
}

void vm_rearm(struct kvmgdb_vm *vm)
{
	unsigned i;

	vm->generation++;
	for (i = 0; i < vm->count; i++)
		vcpu_kick(vm->vcpus[i]);
	while (stale_inside(vm))
		pthread_cond_wait(&vm->changed, &vm->lock);
}
