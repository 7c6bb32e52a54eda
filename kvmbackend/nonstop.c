/* SPDX-License-Identifier: MIT */
#include "nonstop.h"

#include <errno.h>

void nonstop_set(struct kvmgdb_vm *vm, bool on)
{
	unsigned i;

	if (vm->non_stop == on)
		return;
	vm->non_stop = on;
	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *v = vm->vcpus[i];
		bool stands = !v->go && vcpu_standing(v);

		/* one that has yet to come to a stand tells when it does */
		v->interrupt = on && !v->go && !stands;
		v->reports = !on || !stands;
	}
	if (on)
		vm->interrupt = false;
}

bool nonstop_is_told(const struct kvmgdb_vcpu *v)
{
	return !v->go && !v->reports && vcpu_standing(v);
}

int nonstop_stop_vcpu(struct kvmgdb_vcpu *v)
{
	v->vm->attached = true;
	if (nonstop_is_told(v))
		return -EALREADY;
	if (v->go) {
		v->go = false;
		v->interrupt = true;
		vcpu_kick(v);
		/* it may stand already, held by another */
		vm_settle(v->vm);
	}
	return 0;
}

bool nonstop_next_stop(struct kvmgdb_vm *vm, struct kvmgdb_stop *stop)
{
	struct kvmgdb_vcpu *v = vm_next_news(vm);

	if (!v)
		return false;
	if (v->npending)
		vcpu_take_pending(v, stop);
	else
		*stop = (struct kvmgdb_stop){.vcpu = v->index,
					     .reason = KVMGDB_STOP_INTERRUPT};
	v->interrupt = v->reports = false;
	vm->last_vcpu = v->index;
	return true;
}

static void begin_visit(struct kvmgdb_vcpu *v)
{
	v->visited = true;
	vcpu_kick(v);
}

void visit_vcpu(struct kvmgdb_vcpu *v)
{
	begin_visit(v);
	while (v->place == VCPU_INSIDE)
		pthread_cond_wait(&v->vm->changed, &v->vm->lock);
}

void visit_all(struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 0; i < vm->count; i++)
		begin_visit(vm->vcpus[i]);
	for (i = 0; i < vm->count; i++)
		visit_vcpu(vm->vcpus[i]);
}

void visit_end(struct kvmgdb_vm *vm)
{
	unsigned i;

	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *v = vm->vcpus[i];

		if (!v->visited)
			continue;
		v->visited = false;
		handoff_ring(&v->gate);
	}
}
