/* SPDX-License-Identifier: MIT */
#include "breakpoints.h"

#include "arm.h"
#include "filter.h"
#include "pagewatch.h"
#include "watchvalue.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define CR0_PG   UINT64_C(0x80000000)
#define EFER_SCE UINT64_C(1)

static int refuse(struct kvmgdb_reason *why, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(struct kvmgdb_reason *why, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return err;
}

/* A guest that can come back from ring 3 has a TSS or SYSCALL. */
static bool may_be_user_code(struct kvmgdb_vcpu *v, uint64_t gva)
{
	const struct kvm_sregs *s;
	uint64_t gpa;
	bool user;

	if (!vcpu_standing(v) || !vcpu_gva_to_gpa(v, gva, &gpa, &user) || !user)
		return false;
	s = regfile_sregs(v->rf);
	return s && (s->cr0 & CR0_PG) && (s->tr.base || (s->efer & EFER_SCE));
}

static unsigned length_index(unsigned len)
{
	return len == 8 ? 3 : len / 2;
}

/* Does this KVM report what the pieces of R ask for?  By the probe's word. */
static int check_probe(struct kvmgdb_vcpu *v, const struct request *r,
		       struct kvmgdb_reason *why)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;
	unsigned i, k;

	if (bp_is_exec(r->kind)) {
		if (!probe->exec[0])
			return refuse(why, -ENOTSUP,
				      "this KVM does not report execution "
				      "breakpoints in debug registers");
		if (!probe->exec[1] && may_be_user_code(v, r->addr))
			return refuse(why, -ENOTSUP,
				      "this KVM does not report breakpoints "
				      "in ring 3, and %#llx is a user page",
				      (unsigned long long)r->addr);
		return 0;
	}
	for (i = 0; i < r->pieces; i++) {
		k = length_index(r->piece[i].len);
		if (r->kind == KVMGDB_BP_WRITE
			? probe->data_write[0][k] && probe->data_write[1][k]
			: probe->data_access[0][k] && probe->data_access[1][k])
			continue;
		return refuse(why, -ENOTSUP,
			      "this KVM accepts a %u-byte data breakpoint but "
			      "never reports it (kvmgdb probe)",
			      r->piece[i].len);
	}
	return 0;
}

static int check_fit(struct kvmgdb_vm *vm, struct kvmgdb_reason *why)
{
	const struct dr_piece *pieces;
	unsigned n, i, slot, by_guest = 0;

	pieces = requests_pieces(vm->requests, &n);
	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *v = vm->vcpus[i];

		if (vcpu_standing(v))
			arm_read_guest(v);
		if (arm_would_fit(v, pieces, n))
			continue;
		for (slot = 0; slot < DR_SLOTS; slot++)
			by_guest += dr7_enabled(v->guest_dr.dr7, slot);
		return refuse(why, -ENOSPC,
			      "all four debug registers are in use: %u needed "
			      "by the debugger with this one, %u used by the "
			      "guest on vCPU %u",
			      n, by_guest, i);
	}
	return 0;
}

static bool int3_works(const struct kvmgdb_vm *vm)
{
	return vm->config.probe.int3[0] && vm->config.probe.int3[1];
}

/* Serve a slot request by the next tier; false: none can. */
static bool demote(struct kvmgdb_vcpu *v, struct request *r)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;
	const bool *works =
	    r->kind == KVMGDB_BP_WRITE ? probe->page_write : probe->page_access;
	uint64_t gpa;

	if (bp_is_exec(r->kind)) {
		if (!int3_works(v->vm) ||
		    !vcpu_gva_to_gpa(v, r->addr, &gpa, NULL) ||
		    swbreak_insert(v->vm->swbreak, r->addr, gpa))
			return false;
		requests_move(v->vm->requests, r, TIER_INT3);
		return true;
	}
	if (!works[0] || !works[1] || pagewatch_place(v, r))
		return false;
	requests_move(v->vm->requests, r, TIER_PAGE);
	return true;
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
		    bp_is_exec(r->kind) || !demote(v, r))
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
		return refuse(why, -ENOSPC,
			      "%llu bytes at %#llx need more than the four "
			      "debug registers",
			      (unsigned long long)len, (unsigned long long)gva);
	if (!r)
		return refuse(why, -ENOMEM, "out of memory");
	err = check_probe(v, r, why);
	if (!err)
		err = check_fit(vm, why);
	while (err == -ENOSPC && bp_is_exec(kind) && make_room(v))
		err = check_fit(vm, why);
	if (err) {
		requests_remove(vm->requests, r);
		return err;
	}
	watch_forget(r);
	if (!bp_is_exec(kind) && vcpu_standing(v))
		watch_snapshot(v, r);
	if (bp_is_exec(kind) && !vm->config.probe.exec[1] && !vm->told_ring3) {
		vm->told_ring3 = true;
		vm_warn(vm, "this KVM reports breakpoints in ring 0 only");
	}
	return 0;
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
	if (!works[1] && may_be_user_code(v, gva))
		return refuse(why, -ENOTSUP,
			      "this KVM cannot watch accesses from ring 3, and "
			      "%#llx is in a user page",
			      (unsigned long long)gva);
	r = requests_add(vm->requests, kind, TIER_PAGE, gva, len);
	if (!r)
		return refuse(why, -ENOMEM, "out of memory");
	err = pagewatch_place(v, r);
	if (!err) {
		vm->pages_stale = true;
		return 0;
	}
	requests_remove(vm->requests, r);
	if (err == -E2BIG)
		return refuse(why, err, "a watch of more than %u pages",
			      REQUEST_MAX_PAGES);
	if (err == -EBUSY)
		return refuse(why, err, "a page table in use is in that range");
	return refuse(why, err,
		      "%llu bytes at %#llx: no debug register for them, and "
		      "not all mapped to memory whose pages can be trapped",
		      (unsigned long long)len, (unsigned long long)gva);
}

/* 0, or -errno for which a debug register may serve instead. */
static int insert_int3(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind,
		       uint64_t gva)
{
	struct kvmgdb_vm *vm = v->vm;
	uint64_t gpa;
	int err;

	if (!int3_works(vm))
		return -ENOTSUP;
	if (!vcpu_standing(v) || !vcpu_gva_to_gpa(v, gva, &gpa, NULL))
		return -EFAULT;
	err = swbreak_insert(vm->swbreak, gva, gpa);
	if (err)
		return err;
	if (!requests_find(vm->requests, kind, gva, 1) &&
	    !requests_add(vm->requests, kind, TIER_INT3, gva, 1)) {
		swbreak_remove(vm->swbreak, gva);
		return -ENOMEM;
	}
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
		return refuse(why, -EINVAL, "a watch of no bytes");
	if (len && gva + (len - 1) < gva)
		return refuse(why, -EINVAL,
			      "the range wraps round the address space");
	if (!canonical(gva) || (len && !canonical(gva + (len - 1))))
		return refuse(why, -EINVAL, "%#llx is not canonical",
			      (unsigned long long)gva);
	return 0;
}

/* 0 or -errno; *CHANGED: vCPUs must be armed anew. */
static int place(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind, uint64_t gva,
		 uint64_t len, struct kvmgdb_reason *why, bool *changed)
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
	if (kind == KVMGDB_BP_SOFTWARE) {
		/* also if it stands: the guest may have overwritten the int3 */
		err = insert_int3(v, kind, gva);
		if (!err)
			return 0;
		if (err == -EFAULT && vcpu_standing(v) &&
		    !vcpu_gva_to_gpa(v, gva, &gpa, NULL))
			return refuse(why, -EFAULT, "%#llx is not mapped",
				      (unsigned long long)gva);
		if (r)
			return refuse(why, err, "cannot patch %#llx",
				      (unsigned long long)gva);
	}
	if (r && (r->tier == TIER_PAGE || kind == KVMGDB_BP_HARDWARE)) {
		*changed = false;
		return 0;
	}
	err = insert_slots(v, kind, gva, len, why);
	if (err && !bp_is_exec(kind))
		err = insert_pages(v, kind, gva, len, why);
	else if (err == -ENOSPC && !insert_int3(v, kind, gva))
		err = 0;
	return err;
}

int breakpoint_insert(struct kvmgdb_vcpu *v, enum kvmgdb_bp_kind kind,
		      uint64_t gva, uint64_t len, struct kvmgdb_filter *filter,
		      struct kvmgdb_reason *why)
{
	bool changed = false;
	int err = check_range(kind, gva, len, why);

	if (bp_is_exec(kind))
		len = 1;
	if (!err)
		err = place(v, kind, gva, len, why, &changed);
	if (err) {
		if (filter)
			filter->release(filter);
		return err;
	}
	/* before any vCPU can hit it: vm_rearm() drops the lock */
	requests_set_filter(requests_find(v->vm->requests, kind, gva, len),
			    filter);
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
			any |= demote(v, r);
	}
	if (any) {
		pagewatch_update(vm);
		vm->generation++;
	}
	return any;
}

/* Does the other kind of breakpoint at the same address use the int3 too? */
static bool shares_patch(struct kvmgdb_vm *vm, const struct request *r)
{
	enum kvmgdb_bp_kind other = r->kind == KVMGDB_BP_SOFTWARE
					? KVMGDB_BP_HARDWARE
					: KVMGDB_BP_SOFTWARE;
	const struct request *o =
	    requests_find(vm->requests, other, r->addr, 1);

	return o && o->tier == TIER_INT3;
}

int breakpoint_remove(struct kvmgdb_vm *vm, enum kvmgdb_bp_kind kind,
		      uint64_t gva, uint64_t len)
{
	struct request *r = requests_find(vm->requests, kind, gva, len);

	if (!r)
		return -ENOENT;
	if (r->tier == TIER_INT3 && !shares_patch(vm, r))
		swbreak_remove(vm->swbreak, gva);
	vm->pages_stale |= r->tier == TIER_PAGE;
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
		v->plan = (struct dr_plan){.dr7 = DR7_RESET};
	}
	vm_rearm(vm);
}
