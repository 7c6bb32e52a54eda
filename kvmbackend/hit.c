/* SPDX-License-Identifier: MIT */
#include "hit.h"

#include "filter.h"
#include "step.h"
#include "tier.h"
#include "watchvalue.h"

static bool watch_is_due(struct kvmgdb_vcpu *v, struct request *r)
{
	bool changed = watch_changed(v, r);

	if (r->kind == KVMGDB_BP_READ)
		return !changed;
	if (r->kind == KVMGDB_BP_WRITE && (r->wide || !v->vm->report_unchanged))
		return changed;
	return true;
}

static enum kvmgdb_stop_reason reason_of(enum kvmgdb_bp_kind kind)
{
	switch (kind) {
	case KVMGDB_BP_SOFTWARE:
		return KVMGDB_STOP_SWBREAK;
	case KVMGDB_BP_HARDWARE:
		return KVMGDB_STOP_HWBREAK;
	case KVMGDB_BP_WRITE:
		return KVMGDB_STOP_WRITE;
	case KVMGDB_BP_READ:
		return KVMGDB_STOP_READ;
	default:
		return KVMGDB_STOP_ACCESS;
	}
}

static void post(struct kvmgdb_vcpu *v, struct request *r, uint64_t addr)
{
	struct pending_stop stop = {
	    .stop = {.reason = reason_of(r->kind), .addr = addr},
	    .rip = vcpu_linear_rip(v),
	    .kind = r->kind,
	    .of_request = true,
	};

	r->hits++;
	tier_heated(v->vm, r);
	vm_post_stop(v, &stop);
}

/* GDB takes one address a stop and looks at every watchpoint around it: an
 * object that holds an address already told needs no stop of its own. */
static bool told_already(const struct kvmgdb_vcpu *v, const struct request *r)
{
	unsigned i;

	for (i = 0; i < v->npending; i++) {
		const struct pending_stop *p = &v->pending[i];

		if (p->of_request && !bp_is_exec(p->kind) &&
		    p->stop.addr - r->addr < r->len)
			return true;
	}
	return false;
}

void hit_watch(struct kvmgdb_vcpu *v, struct request *r, uint64_t addr)
{
	if (!told_already(v, r) && !filter_lets_pass(v, r, addr))
		post(v, r, addr);
}

static bool slot_serves(const struct kvmgdb_vcpu *v, unsigned slot,
			const struct request *r, uint64_t *addr)
{
	struct dr_piece p = {.addr = v->plan.db[slot],
			     .len = (uint8_t)dr7_len(v->plan.dr7, slot),
			     .rw = (uint8_t)dr7_rw(v->plan.dr7, slot)};

	return request_serves(r, &p, addr);
}

/* The due watch with the highest address first: it lies in the most objects. */
static bool post_next_watch(struct kvmgdb_vcpu *v, uint8_t slots,
			    uint64_t below, uint64_t *posted)
{
	struct request *best = NULL;
	uint64_t best_addr = 0, addr;
	unsigned i, slot;

	for (i = 0; i < requests_count(v->vm->requests); i++) {
		struct request *r = requests_at(v->vm->requests, i);

		if (r->tier != TIER_SLOT || bp_is_exec(r->kind) || !r->due ||
		    told_already(v, r))
			continue;
		for (slot = 0; slot < DR_SLOTS; slot++) {
			if (!(slots >> slot & 1) ||
			    !slot_serves(v, slot, r, &addr) || addr > below ||
			    (best && addr <= best_addr))
				continue;
			best = r;
			best_addr = addr;
		}
	}
	if (!best)
		return false;
	best->due = false;
	*posted = best_addr;
	if (!filter_lets_pass(v, best, best_addr))
		post(v, best, best_addr);
	return true;
}

void hit_slots(struct kvmgdb_vcpu *v, uint8_t slots)
{
	uint64_t below = UINT64_MAX, addr;
	unsigned i, slot;

	for (i = 0; i < requests_count(v->vm->requests); i++) {
		struct request *r = requests_at(v->vm->requests, i);
		bool hit = false;

		if (r->tier != TIER_SLOT || bp_is_exec(r->kind))
			continue;
		for (slot = 0; slot < DR_SLOTS; slot++)
			hit |= (slots >> slot & 1) &&
			       slot_serves(v, slot, r, &addr);
		r->due = hit && watch_is_due(v, r);
	}
	while (post_next_watch(v, slots, below, &below))
		;
}

static const enum kvmgdb_bp_kind exec_kinds[] = {KVMGDB_BP_HARDWARE,
						 KVMGDB_BP_SOFTWARE};

#define EXEC_KINDS (sizeof(exec_kinds) / sizeof(exec_kinds[0]))

/* The request at RIP that wants a stop, or NULL.  Each filter there is asked.
 * *ANY: there is a request, and the vCPU is to get off it. */
static struct request *exec_due(struct kvmgdb_vcpu *v, uint64_t rip, bool *any)
{
	struct request *due = NULL;
	unsigned i;

	*any = false;
	for (i = 0; i < EXEC_KINDS; i++) {
		struct request *r =
		    requests_find(v->vm->requests, exec_kinds[i], rip, 1);

		if (!r)
			continue;
		*any = true;
		if (!filter_lets_pass(v, r, rip) && !due)
			due = r;
	}
	return due;
}

bool hit_exec(struct kvmgdb_vcpu *v)
{
	uint64_t rip = vcpu_linear_rip(v);
	bool any;
	struct request *r = exec_due(v, rip, &any);

	if (!any)
		return false;
	v->at_stop = true;
	v->stop_rip = rip;
	v->passing = !r;
	if (r)
		post(v, r, rip);
	return true;
}

void hit_exec_unasked(struct kvmgdb_vcpu *v)
{
	unsigned i;

	for (i = 0; i < EXEC_KINDS && !v->npending; i++) {
		struct request *r = requests_find(
		    v->vm->requests, exec_kinds[i], v->stop_rip, 1);

		if (r)
			post(v, r, v->stop_rip);
	}
}

void hit_step_end(struct kvmgdb_vcpu *v, uint64_t rip)
{
	bool any;

	if (!exec_due(v, rip, &any) && any) {
		v->at_stop = v->passing = true;
		v->stop_rip = rip;
	}
}

bool hit_page_break(struct kvmgdb_vcpu *v)
{
	uint64_t rip = vcpu_linear_rip(v);
	enum kvmgdb_bp_kind kind;

	for (kind = KVMGDB_BP_SOFTWARE; kind <= KVMGDB_BP_HARDWARE; kind++) {
		const struct request *r =
		    requests_find(v->vm->requests, kind, rip, 1);

		if (r && r->tier == TIER_EXEC_PAGE && !step_event_waits(v))
			return hit_exec(v);
	}
	return false;
}
