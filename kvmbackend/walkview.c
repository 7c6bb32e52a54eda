/* SPDX-License-Identifier: MIT */
#include "walkview.h"

#include <string.h>

#define CR0_PG   (UINT64_C(1) << 31)
#define CR4_PAE  (UINT64_C(1) << 5)
#define CR4_LA57 (UINT64_C(1) << 12)
#define EFER_LMA (UINT64_C(1) << 10)

#define PTE_P  (UINT64_C(1) << 0)
#define PTE_PS (UINT64_C(1) << 7)

/* A kind of paging, and its tables from the root (SDM vol. 3A, 4.1). */
struct kind {
	const char *name;
	const char *levels[KVMGDB_WALK_LEVELS];
	unsigned count;
};

enum { NONE, BITS32, PAE, LEVELS4, LEVELS5 };

static const struct kind kinds[] = {
    [NONE] = {"none", {NULL}, 0},
    [BITS32] = {"32-bit", {"PDE", "PTE"}, 2},
    [PAE] = {"PAE", {"PDPTE", "PDE", "PTE"}, 3},
    [LEVELS4] = {"4-level", {"PML4E", "PDPTE", "PDE", "PTE"}, 4},
    [LEVELS5] = {"5-level", {"PML5E", "PML4E", "PDPTE", "PDE", "PTE"}, 5}};

struct recorder {
	pagewalk_read read;
	void *ctx;
	const struct kind *kind;
	struct kvmgdb_walk_view *view;
	bool no_memory;
};

static const struct kind *kind_of(const struct pagewalk_mode *mode)
{
	if (!(mode->cr0 & CR0_PG))
		return &kinds[NONE];
	if (mode->efer & EFER_LMA)
		return &kinds[mode->cr4 & CR4_LA57 ? LEVELS5 : LEVELS4];
	return &kinds[mode->cr4 & CR4_PAE ? PAE : BITS32];
}

static bool read_and_record(void *ctx, uint64_t gpa, void *buf, unsigned size)
{
	struct recorder *r = ctx;
	struct kvmgdb_walk_view *view = r->view;
	const unsigned n = view->levels;
	uint64_t entry = 0;

	if (!r->read(r->ctx, gpa, buf, size)) {
		r->no_memory = true;
		return false;
	}
	memcpy(&entry, buf, size);
	if (n < r->kind->count) {
		view->level[n].name = r->kind->levels[n];
		view->level[n].gpa = gpa;
		view->level[n].entry = entry;
		view->levels++;
	}
	return true;
}

static const char *why_not(const struct recorder *r)
{
	const struct kvmgdb_walk_view *view = r->view;

	if (r->no_memory)
		return "a table lies outside of the memory";
	if (!view->levels)
		return "not canonical";
	if (!(view->level[view->levels - 1].entry & PTE_P))
		return "not present";
	return "a reserved bit is set";
}

void walkview(const struct pagewalk_mode *mode, pagewalk_read read, void *ctx,
	      uint64_t gva, struct kvmgdb_walk_view *view)
{
	struct recorder recorder = {
	    .read = read, .ctx = ctx, .kind = kind_of(mode), .view = view};
	struct pagewalk_result result;
	unsigned last;

	*view = (struct kvmgdb_walk_view){.paging = recorder.kind->name};
	if (pagewalk(mode, read_and_record, &recorder, gva, &result)) {
		view->why = why_not(&recorder);
		return;
	}
	view->gpa = result.gpa;
	view->page_size = result.page_size;
	view->writable = result.writable;
	view->user = result.user;
	view->executable = result.executable;
	if (view->levels && view->levels < recorder.kind->count) {
		last = view->levels - 1;
		view->level[last].large = view->level[last].entry & PTE_PS;
	}
}
