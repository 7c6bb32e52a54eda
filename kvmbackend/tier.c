/* SPDX-License-Identifier: MIT */
#include "tier.h"

#include "arm.h"
#include "pagewatch.h"
#include "reason.h"

#include <errno.h>

#define CR0_PG   UINT64_C(0x80000000)
#define EFER_SCE UINT64_C(1)

/* A guest that can come back from ring 3 has a TSS or SYSCALL. */
bool tier_may_be_user_code(struct kvmgdb_vcpu *v, uint64_t gva)
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
			arm_read_guest(v);
		if (arm_would_fit(v, pieces, n))
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
