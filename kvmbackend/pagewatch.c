/* SPDX-License-Identifier: MIT */
#include "pagewatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool pagewatch_is_table(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t gpa)
{
	struct kvmgdb_vm *vm = v->vm;
	unsigned i;

	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *u = vm->vcpus[i];
		const struct kvm_sregs *s;

		if (u != v && !vcpu_standing(u))
			continue;
		s = regfile_sregs(u->rf);
		if (s && (vcpu_walks_through(u, gva, gpa) ||
			  vcpu_walks_through(u, vcpu_linear_rip(u), gpa) ||
			  vcpu_walks_through(u, vcpu_stack_top(u), gpa) ||
			  vcpu_walks_through(u, s->idt.base, gpa)))
			return true;
	}
	return false;
}

uint64_t pagewatch_tables(struct kvmgdb_vcpu *v)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);

	return s ? s->cr3 & ~PAGETRAP_MASK : 0;
}

static uint64_t pages_of(const struct request *r)
{
	const uint64_t first = r->addr & ~PAGETRAP_MASK;

	return ((r->addr + (r->len - 1) - first) >> 12) + 1;
}

int pagewatch_place(struct kvmgdb_vcpu *v, struct request *r)
{
	uint64_t first = r->addr & ~PAGETRAP_MASK;
	uint64_t pages = pages_of(r);
	uint64_t i;

	if (pages > REQUEST_MAX_PAGES)
		return -E2BIG;
	request_forget_pages(r);
	r->cr3 = pagewatch_tables(v);
	r->page = calloc((size_t)pages, sizeof(*r->page));
	r->bytes = malloc((size_t)r->len);
	if (!r->page || !r->bytes)
		return -ENOMEM;
	for (i = 0; i < pages; i++) {
		if (!vcpu_gva_to_gpa(v, first + i * PAGETRAP_PAGE, &r->page[i],
				     NULL) ||
		    !pagetrap_covers(v->vm->pagetrap, r->page[i]))
			return -EFAULT;
		if (pagewatch_is_table(v, first + i * PAGETRAP_PAGE,
				       r->page[i]))
			return -EBUSY;
	}
	r->pages = (unsigned)pages;
	return 0;
}

int pagewatch_place_exec(struct kvmgdb_vcpu *v, struct request *r)
{
	request_forget_pages(r);
	r->cr3 = pagewatch_tables(v);
	r->page = calloc(1, sizeof(*r->page));
	if (!r->page)
		return -ENOMEM;
	if (!vcpu_gva_to_gpa(v, r->addr, r->page, NULL) ||
	    !pagetrap_covers(v->vm->pagetrap, r->page[0]))
		return -EFAULT;
	if (pagewatch_is_table(v, r->addr, r->page[0]))
		return -EBUSY;
	r->pages = 1;
	return 0;
}

void pagewatch_check_rights(struct kvmgdb_vm *vm, int err)
{
	if (err)
		vm_warn(vm,
			"cannot take access rights from guest pages: %s (%s): "
			"watchpoints there may miss",
			strerror(-err),
			err == -ENOMEM ? "vm.max_map_count" : "mprotect");
}

static enum pagetrap_right right_for(const struct request *r)
{
	return r->kind == KVMGDB_BP_WRITE ? PAGETRAP_READ : PAGETRAP_NOTHING;
}

int pagewatch_take(struct kvmgdb_vm *vm, const struct request *r)
{
	unsigned k;
	int err = 0;

	requests_changed(vm->requests);
	for (k = 0; !err && k < r->pages; k++)
		err = pagetrap_want(vm->pagetrap, r->page[k], right_for(r));
	return err ? err : pagetrap_tighten(vm->pagetrap);
}

void pagewatch_foresee(struct kvmgdb_vcpu *v, const struct request *r)
{
	const uint64_t first = r->addr & ~PAGETRAP_MASK, pages = pages_of(r);
	uint64_t i, gpa;

	for (i = 0; i < pages; i++)
		if (vcpu_gva_to_gpa(v, first + i * PAGETRAP_PAGE, &gpa, NULL))
			pagetrap_foresee(v->vm->pagetrap, gpa);
}

void pagewatch_update(struct kvmgdb_vm *vm)
{
	unsigned i, k;

	requests_changed(vm->requests);
	pagetrap_begin(vm->pagetrap);
	for (i = 0; i < requests_count(vm->requests); i++) {
		const struct request *r = requests_at(vm->requests, i);

		if (r->withdrawn ||
		    (r->tier != TIER_PAGE && r->tier != TIER_EXEC_PAGE))
			continue;
		for (k = 0; k < r->pages; k++)
			if (pagetrap_want(vm->pagetrap, r->page[k],
					  right_for(r)))
				vm_warn(vm,
					"no memory to watch the page at %#llx",
					(unsigned long long)r->page[k]);
	}
	pagewatch_check_rights(vm, pagetrap_apply(vm->pagetrap));
	vm->pages_stale = false;
}
