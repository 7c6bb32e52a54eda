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

static void note_access(struct kvmgdb_vcpu *v, const struct page_touch *t,
			const uint8_t *data)
{
	struct kvmgdb_vm *vm = v->vm;
	uint8_t before[8] = {0};
	unsigned i;

	gmem_read(vm->gmem, t->gpa, before, (size_t)t->len);
	for (i = 0; i < requests_count(vm->requests); i++) {
		struct request *r = requests_at(vm->requests, i);
		struct page_deed deed = {.read = t->read, .written = t->write};
		struct hit_bytes seen;
		uint64_t addr, offset;

		if (!pagebytes_watched(r) || !pagebytes_touched(r, t, &addr))
			continue;
		for (offset = 0; t->write && offset < t->len; offset++) {
			struct page_touch byte = {.gpa = t->gpa + offset,
						  .len = 1};

			if (deed.changed || data[offset] == before[offset])
				continue;
			deed.changed = pagebytes_touched(r, &byte, &addr);
		}
		if (!pagenote_fires(vm, r->kind, &deed))
			continue;
		pagebytes_see(vm, r, NULL, addr, &seen);
		overlay(r, t, data, &seen);
		pagenote_add(v, r, addr, &seen);
	}
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
