/* SPDX-License-Identifier: MIT */
#include "pagebytes.h"

#include <string.h>

size_t pagebytes_part(const struct request *r, unsigned k, uint64_t *gpa,
		      size_t *offset)
{
	uint64_t page = (r->addr & ~PAGETRAP_MASK) + k * PAGETRAP_PAGE;
	uint64_t start = k ? page : r->addr;
	uint64_t last = r->addr + (r->len - 1);

	if (last - page >= PAGETRAP_PAGE)
		last = page + PAGETRAP_MASK;
	*offset = (size_t)(start - r->addr);
	*gpa = r->page[k] + (start - page);
	return (size_t)(last - start + 1);
}

static bool overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen,
		    uint64_t *at)
{
	if (a - b < blen)
		*at = a;
	else if (b - a < alen)
		*at = b;
	else
		return false;
	return true;
}

bool pagebytes_lifted(const struct pagelift *lift, uint64_t gpa)
{
	unsigned i;

	if (lift->all)
		return true;
	for (i = 0; i < lift->count; i++)
		if (lift->gpa[i] == (gpa & ~PAGETRAP_MASK))
			return true;
	return false;
}

void pagebytes_remember(struct kvmgdb_vm *vm, struct request *r,
			const struct pagelift *lift)
{
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		uint64_t gpa;
		size_t offset, n = pagebytes_part(r, k, &gpa, &offset);

		if (pagebytes_lifted(lift, gpa))
			gmem_read(vm->gmem, gpa, r->bytes + offset, n);
	}
}

bool pagebytes_changed(struct kvmgdb_vm *vm, const struct request *r,
		       const struct pagelift *lift, uint64_t *addr)
{
	uint8_t now[PAGETRAP_PAGE];
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		uint64_t gpa;
		size_t offset, i, n = pagebytes_part(r, k, &gpa, &offset);

		if (!pagebytes_lifted(lift, gpa) ||
		    gmem_read(vm->gmem, gpa, now, n) != (ssize_t)n ||
		    !memcmp(now, r->bytes + offset, n))
			continue;
		for (i = 0; now[i] == r->bytes[offset + i];)
			i++;
		*addr = r->addr + offset + i;
		return true;
	}
	return false;
}

bool pagebytes_touched(const struct request *r, const struct page_touch *t,
		       uint64_t *addr)
{
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		uint64_t gpa, at;
		size_t offset, n = pagebytes_part(r, k, &gpa, &offset);

		if (overlap(gpa, n, t->gpa, t->len, &at)) {
			*addr = r->addr + offset + (at - gpa);
			return true;
		}
	}
	return false;
}

/* The bytes that a hit at AT shows: the whole of a small range, else what is
 * aligned like a register around AT. */
static void window(const struct request *r, uint64_t at, struct hit_bytes *seen)
{
	uint64_t last = r->addr + (r->len - 1);

	*seen = (struct hit_bytes){.start = r->addr, .size = (size_t)r->len};
	if (r->len <= KVMGDB_HIT_BYTES)
		return;
	seen->start = at & ~UINT64_C(7);
	if (seen->start < r->addr)
		seen->start = r->addr;
	if ((at | 7) < last)
		last = at | 7;
	seen->size = (size_t)(last - seen->start + 1);
}

/* The bytes of the window as they are now; BEFORE those that R remembers from
 * before the instruction, where the page was LIFTed for it. */
static void fill_window(struct kvmgdb_vm *vm, const struct request *r,
			const struct pagelift *lift, struct hit_bytes *seen)
{
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		uint64_t gpa, start, from, to;
		size_t offset, n = pagebytes_part(r, k, &gpa, &offset);

		start = r->addr + offset;
		from = seen->start > start ? seen->start : start;
		to = seen->start + seen->size;
		if (to > start + n)
			to = start + n;
		if (from >= to)
			continue;
		n = (size_t)(to - from);
		gmem_read(vm->gmem, gpa + (from - start),
			  seen->after + (from - seen->start), n);
		memcpy(seen->before + (from - seen->start),
		       lift && pagebytes_lifted(lift, gpa)
			   ? r->bytes + (from - r->addr)
			   : seen->after + (from - seen->start),
		       n);
	}
}

void pagebytes_see(struct kvmgdb_vm *vm, const struct request *r,
		   const struct pagelift *lift, uint64_t at,
		   struct hit_bytes *seen)
{
	window(r, at, seen);
	fill_window(vm, r, lift, seen);
}
