/* SPDX-License-Identifier: MIT */
#include "pagemmio.h"

#include "pagebytes.h"
#include "pagenote.h"

#include <string.h>

/* The DATA that is about to be written over the window. */
static void overlay(const struct request *r, const struct page_touch *t,
		    const uint8_t *data, struct hit_bytes *seen)
{
	uint64_t i, addr;

	for (i = 0; t->write && i < t->len; i++) {
		struct page_touch byte = {.gpa = t->gpa + i, .len = 1};

		if (pagebytes_touched(r, &byte, &addr) &&
		    addr - seen->start < seen->size)
			seen->after[addr - seen->start] = data[i];
	}
}

/* BEFORE: the bytes that DATA replaces. */
static void note_request(struct kvmgdb_vcpu *v, struct request *r,
			 const struct page_touch *t, const uint8_t *before,
			 const uint8_t *data)
{
	struct page_deed deed = {.read = t->read, .written = t->write};
	struct hit_bytes seen;
	uint64_t addr, offset;

	if (!pagebytes_watched(r) || !pagebytes_touched(r, t, &addr))
		return;
	for (offset = 0; t->write && offset < t->len; offset++) {
		struct page_touch byte = {.gpa = t->gpa + offset, .len = 1};

		if (deed.changed || data[offset] == before[offset])
			continue;
		deed.changed = pagebytes_touched(r, &byte, &addr);
	}
	if (!pagenote_fires(v->vm, r->kind, &deed))
		return;
	pagebytes_see(v->vm, r, NULL, addr, &seen);
	overlay(r, t, data, &seen);
	pagenote_add(v, r, addr, &seen);
}

static void note_access(struct kvmgdb_vcpu *v, const struct page_touch *t,
			const uint8_t *data)
{
	struct kvmgdb_vm *vm = v->vm;
	const uint64_t page = t->gpa & ~PAGETRAP_MASK;
	const struct page_entry *entry;
	struct request *const *all;
	uint8_t before[8] = {0};
	unsigned i, n;

	gmem_read(vm->gmem, t->gpa, before, (size_t)t->len);
	/* KVM makes two of an access to two pages */
	if (pageindex_find(&vm->pageindex, vm->requests, page, &entry, &n)) {
		for (i = 0; i < n; i++)
			/* it may have the page twice */
			if (!i || entry[i].r != entry[i - 1].r)
				note_request(v, entry[i].r, t, before, data);
		return;
	}
	all = requests_all(vm->requests, &n);
	for (i = 0; i < n; i++)
		if (pagebytes_on_page(all[i], page))
			note_request(v, all[i], t, before, data);
}

bool pagemmio_access(struct kvmgdb_vcpu *v)
{
	struct kvm_run *run = v->run;
	struct page_touch t = {.gpa = run->mmio.phys_addr,
			       .len = run->mmio.len,
			       .read = !run->mmio.is_write,
			       .write = run->mmio.is_write};

	if (!pagetrap_active(v->vm->pagetrap) || t.len > 8 ||
	    !pagetrap_at(v->vm->pagetrap, t.gpa))
		return false;
	note_access(v, &t, run->mmio.data);
	if (!t.write) {
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
		gmem_read(v->vm->gmem, t.gpa, run->mmio.data, (size_t)t.len);
		swbreak_hide(v->vm->swbreak, t.gpa, run->mmio.data,
			     (size_t)t.len);
	} else {
		swbreak_write(v->vm->swbreak, t.gpa, run->mmio.data,
			      (size_t)t.len);
	}
	return true;
}

void pagemmio_done(struct kvmgdb_vcpu *v)
{
	pagenote_post(v);
}
