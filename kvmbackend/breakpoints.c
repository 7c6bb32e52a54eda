/* SPDX-License-Identifier: MIT */
#include "breakpoints.h"

#include "filter.h"
#include "pagewatch.h"
#include "reason.h"
#include "slotplan.h"
#include "tier.h"
#include "watchvalue.h"

#include <errno.h>

#define NO_MAPPINGS                                                 \
	"the host has no more mappings to trap pages with (sysctl " \
	"vm.max_map_count)"

/* Back to int3 what has a register only because that is cheaper. */
static bool make_room_of_filtered(struct kvmgdb_vcpu *v)
{
	unsigned i;

	for (i = 0; tier_int3_works(v->vm) && vcpu_standing(v) &&
		    i < requests_count(v->vm->requests);
	     i++) {
		struct request *r = requests_at(v->vm->requests, i);

		if (!r->withdrawn && r->tier == TIER_SLOT &&
		    r->kind == KVMGDB_BP_SOFTWARE && tier_demote(v, r))
			return true;
	}
	return false;
}

/* An execution breakpoint may find all registers taken by watches, which can do
 * without.  False: none can. */
static bool make_room(struct kvmgdb_vcpu *v)
{
	unsigned i;

	for (i = 0; vcpu_standing(v) && i < requests_count(v->vm->requests);
	     i++) {
		struct request *r = requests_at(v->vm->requests, i);

		if (r->withdrawn || r->tier != TIER_SLOT ||
		    bp_is_exec(r->kind) || !tier_demote(v, r))
			continue;
		v->vm->pages_stale = true;
		return true;
	}
	return false;
}

static int insert_slots(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind,
			uint64_t gva, uint64_t len, struct kvmgdb_reason *why)
{
	struct kvmgdb_vm *vm = v->vm;
	struct request *r =
	    requests_add(vm->requests, kind, TIER_SLOT, gva, len);
	int err;

	if (!r && errno == ENOSPC)
		return reason_give(
		    why, -ENOSPC,
		    "%llu bytes at %#llx need more than the four "
		    "debug registers",
		    (unsigned long long)len, (unsigned long long)gva);
	if (!r)
		return reason_give(why, -ENOMEM, "out of memory");
	err = tier_check_probe(v, r, why);
	if (!err)
		err = tier_check_fit(vm, why);
	while (err == -ENOSPC && make_room_of_filtered(v))
		err = tier_check_fit(vm, why);
	while (err == -ENOSPC && bp_is_exec(kind) && make_room(v))
		err = tier_check_fit(vm, why);
	if (err) {
		requests_refuse(vm->requests, r);
		return err;
	}
	watch_forget(r);
	if (!bp_is_exec(kind) && vcpu_standing(v)) {
		watch_snapshot(v, r);
		pagewatch_foresee(v, r);
	}
	if (bp_is_exec(kind) && !vm->config.probe.exec[1] && !vm->told_ring3) {
		vm->told_ring3 = true;
		vm_warn(vm, "this KVM reports breakpoints in ring 0 only");
	}
	return 0;
}

/* Trap the pages of R, which has its place. */
static int take_pages(struct kvmgdb_vm *vm, struct request *r,
		      struct kvmgdb_reason *why)
{
	int err = pagewatch_take(vm, r);

	if (!err)
		return 0;
	requests_refuse(vm->requests, r);
	return reason_give(why, err, NO_MAPPINGS);
}

static int insert_pages(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind,
			uint64_t gva, uint64_t len, struct kvmgdb_reason *why)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;
	const bool *works =
	    kind == KVMGDB_BP_WRITE ? probe->page_write : probe->page_access;
	struct kvmgdb_vm *vm = v->vm;
	struct request *r;
	int err;

	if (!vcpu_standing(v))
		return -EBUSY;
	if (!works[0])
		return -ENOTSUP; /* WHY has the slots' reason */
	if (!works[1] && tier_may_be_user_code(v, gva))
		return reason_give(
		    why, -ENOTSUP,
		    "this KVM cannot watch accesses from ring 3, and "
		    "%#llx is in a user page",
		    (unsigned long long)gva);
	r = requests_add(vm->requests, kind, TIER_PAGE, gva, len);
	if (!r)
		return reason_give(why, -ENOMEM, "out of memory");
	vm->pages_stale = true;
	err = pagewatch_place(v, r);
	if (!err)
		return take_pages(vm, r, why);
	requests_refuse(vm->requests, r);
	if (err == -E2BIG)
		return reason_give(why, err, "a watch of more than %u pages",
				   REQUEST_MAX_PAGES);
	if (err == -EBUSY)
		return reason_give(why, err,
				   "a page table in use is in that range");
	return reason_give(
	    why, err,
	    "%llu bytes at %#llx: no debug register for them, and "
	    "not all mapped to memory whose pages can be trapped",
	    (unsigned long long)len, (unsigned long long)gva);
}

/* The last resort: every instruction of the page is stepped.  WHY keeps the
 * other tiers' reason where this one is not there at all. */
static int insert_exec_page(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind,
			    uint64_t gva, struct kvmgdb_reason *why)
{
	struct kvmgdb_vm *vm = v->vm;
	struct request *r;
	int err;

	if (!vcpu_standing(v) || !tier_exec_page_works(v, gva))
		return -ENOTSUP;
	r = requests_add(vm->requests, kind, TIER_EXEC_PAGE, gva, 1);
	if (!r)
		return reason_give(why, -ENOMEM, "out of memory");
	vm->pages_stale = true;
	err = pagewatch_place_exec(v, r);
	if (!err)
		return take_pages(vm, r, why);
	requests_refuse(vm->requests, r);
	return reason_give(
	    why, err,
	    "no debug register for %#llx, and its page cannot be "
	    "trapped: %s",
	    (unsigned long long)gva,
	    err == -EBUSY ? "it holds a page table in use"
			  : "it is not mapped to such memory");
}

/* 0, or -errno for which a debug register may serve instead. */
static int insert_int3(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind,
		       uint64_t gva)
{
	struct kvmgdb_vm *vm = v->vm;
	struct request *r;
	uint64_t gpa;
	int err;

	if (!tier_int3_works(vm))
		return -ENOTSUP;
	if (!vcpu_standing(v) || !vcpu_gva_to_gpa(v, gva, &gpa, NULL))
		return -EFAULT;
	err = swbreak_insert(vm->swbreak, gva, gpa);
	if (err)
		return err;
	r = requests_find(vm->requests, kind, gva, 1);
	if (!r)
		r = requests_add(vm->requests, kind, TIER_INT3, gva, 1);
	if (!r) {
		swbreak_remove(vm->swbreak, gva);
		return -ENOMEM;
	}
	r->cr3 = pagewatch_tables(v);
	return 0;
}

static bool canonical(uint64_t gva)
{
	/* 57 bits where there are 5 levels: a looser test does no harm */
	int64_t top = (int64_t)gva >> 56;

	return top == 0 || top == -1;
}

static int check_range(enum kvmgdb_bp_kind kind, uint64_t gva, uint64_t len,
		       struct kvmgdb_reason *why)
{
	if (!len && !bp_is_exec(kind))
		return reason_give(why, -EINVAL, "a watch of no bytes");
	if (len && gva + (len - 1) < gva)
		return reason_give(why, -EINVAL,
				   "the range wraps round the address space");
	if (!canonical(gva) || (len && !canonical(gva + (len - 1))))
		return reason_give(why, -EINVAL, "%#llx is not canonical",
				   (unsigned long long)gva);
	return 0;
}

/*
 * Where a filter decides, a debug register is better than an int3: most hits
 * pass, and with RFLAGS.RF that takes one exit, and others need not be held.
 * False: none is free.
 */
static bool insert_filtered(struct kvmgdb_vcpu *v, uint64_t gva)
{
	struct requests *rs = v->vm->requests;
	struct kvmgdb_reason ignored;
	struct request *r;

	if (!v->vm->config.probe.exec_rf || !vcpu_standing(v))
		return false;
	r = requests_add(rs, KVMGDB_BP_SOFTWARE, TIER_SLOT, gva, 1);
	if (!r)
		return false;
	if (!tier_check_probe(v, r, &ignored) &&
	    !tier_check_fit(v->vm, &ignored))
		return true;
	requests_refuse(rs, r);
	return false;
}

/* 0 or -errno; *CHANGED: vCPUs must be armed anew. */
static int place(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind, uint64_t gva,
		 uint64_t len, bool filtered, struct kvmgdb_reason *why,
		 bool *changed)
{
	struct kvmgdb_vm *vm = v->vm;
	struct request *r;
	uint64_t gpa;
	int err;

	*changed = true;
	r = requests_find(vm->requests, kind, gva, len);
	if (r && r->tier == TIER_SLOT) {
		*changed = false;
		return 0;
	}
	if (kind == KVMGDB_BP_SOFTWARE && filtered && !r &&
	    vcpu_gva_to_gpa(v, gva, &gpa, NULL) && insert_filtered(v, gva))
		return 0;
	if (kind == KVMGDB_BP_SOFTWARE) {
		/* also if it stands: the guest may have overwritten the int3 */
		err = insert_int3(v, kind, gva);
		if (!err)
			return 0;
		if (err == -EFAULT && vcpu_standing(v) &&
		    !vcpu_gva_to_gpa(v, gva, &gpa, NULL))
			return reason_give(why, -EFAULT, "%#llx is not mapped",
					   (unsigned long long)gva);
		if (r)
			return reason_give(why, err, "cannot patch %#llx",
					   (unsigned long long)gva);
	}
	if (r && (r->tier == TIER_PAGE || r->tier == TIER_EXEC_PAGE ||
		  kind == KVMGDB_BP_HARDWARE)) {
		*changed = false;
		return 0;
	}
	err = insert_slots(v, kind, gva, len, why);
	if (err && !bp_is_exec(kind))
		err = insert_pages(v, kind, gva, len, why);
	else if (err && !insert_int3(v, kind, gva))
		err = 0;
	else if (err)
		err = insert_exec_page(v, kind, gva, why);
	return err;
}

/* A software KVM drops the interrupt whose frame it cannot push. */
static void warn_of_stack(struct kvmgdb_vm *vm, const struct request *r)
{
	unsigned i, k;
	uint64_t gpa;

	for (i = 0; vm->config.probe.page_mmio && i < vm->count; i++) {
		struct kvmgdb_vcpu *u = vm->vcpus[i];

		if (!vcpu_standing(u) ||
		    !vcpu_gva_to_gpa(u, vcpu_stack_top(u) - 1, &gpa, NULL))
			continue;
		for (k = 0; k < r->pages && !vm->told_stack; k++) {
			if (r->page[k] != (gpa & ~(PAGETRAP_PAGE - 1)))
				continue;
			vm->told_stack = true;
			vm_warn(vm,
				"the stack of vCPU %u is in a page that is "
				"trapped for %#llx: on this KVM an interrupt "
				"that comes there is lost",
				i, (unsigned long long)r->addr);
		}
	}
}

int breakpoint_insert(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind,
		      uint64_t gva, uint64_t len, struct kvmgdb_filter *filter,
		      struct kvmgdb_reason *why)
{
	struct request *r;
	bool changed = false;
	int err = check_range(kind, gva, len, why);

	if (bp_is_exec(kind))
		len = 1;
	if (!err)
		err = place(v, kind, gva, len, filter != NULL, why, &changed);
	if (err) {
		if (filter)
			filter->release(filter);
		return err;
	}
	r = requests_find(v->vm->requests, kind, gva, len);
	if (changed) {
		tier_note_placed(v, r);
		warn_of_stack(v->vm, r);
	}
	/* before any vCPU can hit it: vm_rearm() drops the lock */
	requests_set_filter(r, filter);
	if (changed)
		vm_rearm(v->vm);
	return 0;
}

bool breakpoint_demote(struct kvmgdb_vcpu *v, const struct dr_piece *piece)
{
	struct kvmgdb_vm *vm = v->vm;
	bool any = false;
	uint64_t addr;
	unsigned i;

	for (i = 0; i < requests_count(vm->requests); i++) {
		struct request *r = requests_at(vm->requests, i);

		if (!r->withdrawn && r->tier == TIER_SLOT &&
		    request_serves(r, piece, &addr))
			any |= tier_demote(v, r);
	}
	if (any) {
		pagewatch_update(vm);
		vm->generation++;
	}
	return any;
}

int breakpoint_remove(struct kvmgdb_vm *vm, enum kvmgdb_bp_kind kind,
		      uint64_t gva, uint64_t len)
{
	struct request *r = requests_find(vm->requests, kind, gva, len);

	if (!r)
		return -ENOENT;
	if (r->tier == TIER_INT3 && !tier_shares_patch(vm, r))
		swbreak_remove(vm->swbreak, gva);
	vm->pages_stale |= r->tier == TIER_PAGE || r->tier == TIER_EXEC_PAGE;
	requests_withdraw(vm->requests, r);
	vm_rearm(vm);
	return 0;
}

void breakpoint_clear(struct kvmgdb_vm *vm)
{
	unsigned i;

	swbreak_clear(vm->swbreak);
	requests_clear(vm->requests);
	filter_forget_text(vm);
	pagewatch_update(vm);
	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *v = vm->vcpus[i];

		v->npending = 0;
		if (!vcpu_standing(v))
			continue;
		v->at_stop = false;
		slotplan_reset(v);
	}
	vm_rearm(vm);
}
