/* SPDX-License-Identifier: MIT */
#include "view.h"

#include "inspect.h"
#include "resync.h"
#include "slotplan.h"

#include <errno.h>

static enum kvmgdb_slot_owner slot_owner(const struct dr_plan *plan, unsigned i)
{
	bool guest = plan->guest >> i & 1, host = plan->host >> i & 1;

	if (guest)
		return host ? KVMGDB_OWNER_BOTH : KVMGDB_OWNER_GUEST;
	return host ? KVMGDB_OWNER_HOST : KVMGDB_OWNER_NONE;
}

int view_dr(void *target, unsigned vcpu, struct kvmgdb_dr_view *view)
{
	struct kvmgdb_vm *vm = target;
	const struct kvm_debugregs *d;
	struct kvmgdb_vcpu *v;
	unsigned i;
	int err = vm_lock_vcpu(vm, vcpu, &v);

	if (err)
		return err;
	*view = (struct kvmgdb_dr_view){0};
	slotplan_close(v);
	d = regfile_debugregs(v->rf);
	if (d) {
		for (i = 0; i < DR_SLOTS; i++)
			view->guest_db[i] = d->db[i];
		view->guest_dr6 = d->dr6;
		view->guest_dr7 = d->dr7;
	}
	view->effective_dr7 = v->plan.dr7;
	if (!vm->config.probe.dr_access && v->plan.host) {
		view->resync_ms = RESYNC_MS;
		view->traced = resync_traced(v);
	}
	view->mov_dr_trapped =
	    vm->config.probe.dr_access && (v->plan.host != 0);
	for (i = 0; i < DR_SLOTS; i++) {
		view->slot[i].owner = slot_owner(&v->plan, i);
		view->slot[i].addr = v->plan.db[i];
		view->slot[i].len = dr7_len(v->plan.dr7, i);
		view->slot[i].rw = dr7_rw(v->plan.dr7, i);
		view->slot[i].hits = v->slot_hits[i];
	}
	pthread_mutex_unlock(&vm->lock);
	return 0;
}

int view_request(void *target, unsigned index, struct kvmgdb_request_view *view)
{
	static const char *const tiers[] = {"debug register", "int3",
					    "page trap", "page trap (slow)"};
	struct kvmgdb_vm *vm = target;
	const struct request *r;

	pthread_mutex_lock(&vm->lock);
	r = requests_at(vm->requests, index);
	if (r)
		*view = (struct kvmgdb_request_view){.kind = r->kind,
						     .addr = r->addr,
						     .len = r->len,
						     .tier = tiers[r->tier],
						     .hits = r->hits,
						     .filtered = r->filtered};
	pthread_mutex_unlock(&vm->lock);
	return r ? 0 : -ENOENT;
}

/* What is counted elsewhere.  The session's polls are the first vCPU's. */
static void count_late(struct kvmgdb_vcpu *v)
{
	const struct handoff none = {0};
	const struct handoff *news = v->index ? &none : &v->vm->news;

	v->counts.n[COUNT_TRACED] = resync_traced(v);
	v->counts.n[COUNT_POLLED_STOP] = news->polls;
	v->counts.n[COUNT_POLLED_GO] = v->gate.polls;
	v->counts.n[COUNT_IN_VAIN] = news->misses + v->gate.misses;
}

int view_count(void *target, unsigned vcpu, unsigned index,
	       struct kvmgdb_count_view *view)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	int err = vm_lock_vcpu(vm, vcpu, &v);

	if (err)
		return err;
	count_late(v);
	if (index < COUNT_KINDS)
		*view = (struct kvmgdb_count_view){count_name(index),
						   v->counts.n[index]};
	else if (index == COUNT_KINDS &&
		 count_kvm_exits(&v->counts, v->fd, &view->count))
		view->name = "all-of-KVM";
	else
		err = -ENOENT;
	pthread_mutex_unlock(&vm->lock);
	return err;
}
