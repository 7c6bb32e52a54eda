/* SPDX-License-Identifier: MIT */
#include "tier.h"

#include "pagewatch.h"
#include "reason.h"
#include "slotplan.h"
#include "watchvalue.h"

#include <errno.h>

#define CR0_PG   UINT64_C(0x80000000)
#define EFER_SCE UINT64_C(1)

/* May the caller make ioctls on V? */
static bool is_ours(const struct kvmgdb_vcpu *v)
{
	return vcpu_standing(v) || (v->place == VCPU_OUTSIDE &&
				    pthread_equal(v->thread, pthread_self()));
}

/* A guest that can come back from ring 3 has a TSS or SYSCALL. */
bool tier_may_be_user_code(struct kvmgdb_vcpu *v, uint64_t gva)
{
	const struct kvm_sregs *s;
	uint64_t gpa;
	bool user;

	if (!is_ours(v) || !vcpu_gva_to_gpa(v, gva, &gpa, &user) || !user)
		return false;
	s = regfile_sregs(v->rf);
	return s && (s->cr0 & CR0_PG) && (s->tr.base || (s->efer & EFER_SCE));
}

static unsigned length_index(unsigned len)
{
	return len == 8 ? 3 : len / 2;
}

int tier_check_probe(struct kvmgdb_vcpu *v, const struct request *r,
		     struct kvmgdb_reason *why)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;
	unsigned i, k;

	if (bp_is_exec(r->kind)) {
		if (!probe->exec[0])
			return reason_give(why, -ENOTSUP,
					   "this KVM does not report execution "
					   "breakpoints in debug registers");
		if (!probe->exec[1] && tier_may_be_user_code(v, r->addr))
			return reason_give(
			    why, -ENOTSUP,
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
		return reason_give(
		    why, -ENOTSUP,
		    "this KVM accepts a %u-byte data breakpoint but "
		    "never reports it (kvmgdb probe)",
		    r->piece[i].len);
	}
	return 0;
}

int tier_check_fit(struct kvmgdb_vm *vm, struct kvmgdb_reason *why)
{
	const struct dr_piece *pieces;
	unsigned n, i, slot, by_guest = 0;

	pieces = requests_pieces(vm->requests, &n);
	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *v = vm->vcpus[i];

		if (vcpu_standing(v))
			slotplan_read_guest(v);
		if (slotplan_would_fit(v, pieces, n))
			continue;
		for (slot = 0; slot < DR_SLOTS; slot++)
			by_guest += dr7_enabled(v->guest_dr.dr7, slot);
		return reason_give(
		    why, -ENOSPC,
		    "all four debug registers are in use: %u needed "
		    "by the debugger with this one, %u used by the "
		    "guest on vCPU %u",
		    n, by_guest, i);
	}
	return 0;
}

bool tier_int3_works(const struct kvmgdb_vm *vm)
{
	return vm->config.probe.int3[0] && vm->config.probe.int3[1];
}

bool tier_exec_page_works(struct kvmgdb_vcpu *v, uint64_t gva)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;

	return probe->page_exec[0] &&
	       (probe->page_exec[1] || !tier_may_be_user_code(v, gva));
}

bool tier_demote(struct kvmgdb_vcpu *v, struct request *r)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;
	const bool *works =
	    r->kind == KVMGDB_BP_WRITE ? probe->page_write : probe->page_access;
	uint64_t gpa;

	if (bp_is_exec(r->kind)) {
		if (tier_int3_works(v->vm) &&
		    vcpu_gva_to_gpa(v, r->addr, &gpa, NULL) &&
		    !swbreak_insert(v->vm->swbreak, r->addr, gpa)) {
			requests_move(v->vm->requests, r, TIER_INT3);
			r->cr3 = pagewatch_tables(v);
			return true;
		}
		if (!tier_exec_page_works(v, r->addr) ||
		    pagewatch_place_exec(v, r))
			return false;
		requests_move(v->vm->requests, r, TIER_EXEC_PAGE);
		return true;
	}
	if (!works[0] || !works[1] || pagewatch_place(v, r))
		return false;
	requests_move(v->vm->requests, r, TIER_PAGE);
	return true;
}

bool tier_shares_patch(struct kvmgdb_vm *vm, const struct request *r)
{
	enum kvmgdb_bp_kind other = r->kind == KVMGDB_BP_SOFTWARE
					? KVMGDB_BP_HARDWARE
					: KVMGDB_BP_SOFTWARE;
	const struct request *o =
	    requests_find(vm->requests, other, r->addr, 1);

	return o && o->tier == TIER_INT3;
}

static uint64_t heat(const struct request *r)
{
	uint64_t hits = r->hits + r->filtered;

	return r->exits > hits ? r->exits : hits;
}

static bool on_page(const struct request *r)
{
	return r->tier == TIER_PAGE || r->tier == TIER_EXEC_PAGE;
}

/* Could it be in registers, if they were free?  (An int3 is what a SOFTWARE
 * breakpoint wants.) */
static bool wants_slot(const struct request *r)
{
	return !r->withdrawn && !r->no_slots &&
	       (on_page(r) ||
		(r->tier == TIER_INT3 && r->kind == KVMGDB_BP_HARDWARE));
}

/* Does any?  Asked at each entry, and seldom changed. */
static bool any_wants_slot(struct kvmgdb_vm *vm)
{
	const uint64_t version = requests_version(vm->requests);
	unsigned i;

	if (vm->wanting_version == version)
		return vm->wanting;
	vm->wanting = false;
	for (i = 0; !vm->wanting && i < requests_count(vm->requests); i++)
		vm->wanting = wants_slot(requests_at(vm->requests, i));
	vm->wanting_version = version;
	return vm->wanting;
}

/* Into registers, if this KVM reports them; COUNT: and if all vCPUs have
 * them. */
static bool into_slots(struct kvmgdb_vcpu *v, struct request *r, bool count)
{
	struct requests *rs = v->vm->requests;
	enum request_tier from = r->tier;
	struct kvmgdb_reason why;

	if (!requests_to_slots(rs, r))
		return false;
	if (!tier_check_probe(v, r, &why) &&
	    (!count || !tier_check_fit(v->vm, &why)))
		return true;
	requests_move(rs, r, from);
	return false;
}

static bool could_have_slots(struct kvmgdb_vcpu *v, struct request *r)
{
	enum request_tier from = r->tier;

	if (!into_slots(v, r, false))
		return false;
	requests_move(v->vm->requests, r, from);
	return true;
}

void tier_note_placed(struct kvmgdb_vcpu *v, struct request *r)
{
	r->no_slots = r->tier != TIER_SLOT && !could_have_slots(v, r);
}

static bool promote(struct kvmgdb_vcpu *v, struct request *r)
{
	bool patched = r->tier == TIER_INT3;

	if (!into_slots(v, r, true))
		return false;
	if (patched && !tier_shares_patch(v->vm, r))
		swbreak_remove(v->vm->swbreak, r->addr);
	request_forget_pages(r);
	watch_forget(r);
	if (!bp_is_exec(r->kind))
		watch_snapshot(v, r);
	return true;
}

static struct request *hottest(struct kvmgdb_vm *vm)
{
	struct request *const *all, *best = NULL;
	unsigned i, n;

	all = requests_all(vm->requests, &n);
	for (i = 0; i < n; i++) {
		struct request *r = all[i];

		if (wants_slot(r) && !r->tried &&
		    (!best || heat(r) > heat(best)))
			best = r;
	}
	return best;
}

static struct request *coldest(struct kvmgdb_vm *vm)
{
	struct request *const *all, *best = NULL;
	unsigned i, n;

	all = requests_all(vm->requests, &n);
	for (i = 0; i < n; i++) {
		struct request *r = all[i];

		if (!r->withdrawn && r->tier == TIER_SLOT && !r->tried &&
		    (!best || heat(r) < heat(best)))
			best = r;
	}
	return best;
}

/* Twice as hot, and then some: or two of a kind would change places for ever.
 */
#define HOT_ENOUGH 16u

static bool swap(struct kvmgdb_vcpu *v, struct request *hot)
{
	struct request *out[DR_SLOTS], *cold;
	unsigned n = 0;

	while (n < DR_SLOTS && (cold = coldest(v->vm)) != NULL &&
	       heat(hot) >= 2 * heat(cold) + HOT_ENOUGH) {
		cold->tried = true;
		if (!tier_demote(v, cold))
			continue;
		out[n++] = cold;
		if (promote(v, hot))
			return true;
	}
	while (n)
		promote(v, out[--n]);
	return false;
}

#define BALANCE_TRIES 8

void tier_heated(struct kvmgdb_vm *vm, const struct request *r)
{
	if (wants_slot(r) && heat(r) > vm->balance.hottest)
		vm->balance.hottest = heat(r);
}

/* Requests in registers only become hotter: what could not drive them out once
 * can't later.  What a hit costs must not grow with the requests' number. */
static bool is_balanced(const struct kvmgdb_vm *vm)
{
	const struct balance *b = &vm->balance;

	return b->found && b->version == requests_version(vm->requests) &&
	       b->hottest < b->enough;
}

static void note_balance(struct kvmgdb_vm *vm)
{
	struct request *const *all;
	uint64_t least = UINT64_MAX;
	unsigned i, n;

	all = requests_all(vm->requests, &n);
	for (i = 0; i < n; i++)
		if (!all[i]->withdrawn && all[i]->tier == TIER_SLOT &&
		    heat(all[i]) < least)
			least = heat(all[i]);
	vm->balance = (struct balance){
	    .found = true,
	    .version = requests_version(vm->requests),
	    .enough = least == UINT64_MAX ? least : 2 * least + HOT_ENOUGH};
}

void tier_balance(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	struct request *const *all;
	struct request *r;
	bool changed = false;
	unsigned i, n;

	if (!any_wants_slot(vm) || is_balanced(vm))
		return;
	all = requests_all(vm->requests, &n);
	for (i = 0; i < n; i++)
		all[i]->tried = false;
	for (i = 0; i < BALANCE_TRIES && (r = hottest(vm)) != NULL; i++) {
		r->tried = true;
		if (!promote(v, r) && (!on_page(r) || !swap(v, r)))
			break;
		changed = true;
	}
	if (!changed) {
		note_balance(vm);
		return;
	}
	vm->generation++;
	pagewatch_update(vm);
}

/* How often to look: it costs as much as some exits. */
#define BALANCE_EVERY 16u

void tier_page_exit(struct kvmgdb_vcpu *v)
{
	if (++v->vm->page_exits % BALANCE_EVERY == 0 && !v->npending)
		tier_balance(v);
}

bool tier_use_freed(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;

	if (v->step.kind != STEP_NONE || !any_wants_slot(vm))
		return true;
	slotplan_read_guest(v);
	if (!vm->slots_freed)
		return true;
	if (!vm_hold_others(v))
		return false;
	vm->slots_freed = vm->balance.found = false;
	tier_balance(v);
	vm_release_others(v);
	return true;
}
