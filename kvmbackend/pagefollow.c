/* SPDX-License-Identifier: MIT */
#include "pagefollow.h"

#include "pagebytes.h"
#include "pagenote.h"
#include "pagewatch.h"
#include "patchfollow.h"

#include <string.h>
#include <time.h>

/* At most every millisecond, and a sixteenth of the time: thousands of pages
 * take a while.  That is by this thread's own time: if it were preempted here,
 * the guest would be long without a look at its page tables. */
#define FOLLOW_NS    1000000u
#define FOLLOW_SHARE 16u

/* The upper half is the kernel's, and the same in all its address spaces; where
 * it is not mapped, nothing is done. */
static bool is_its_space(const struct request *r, uint64_t cr3)
{
	return r->cr3 == cr3 || (int64_t)r->addr < 0;
}

/* Page K is elsewhere now, at TO.  What was stored there before we knew is told
 * late, if it shows. */
static void move_page(struct kvmgdb_vcpu *v, struct request *r, unsigned k,
		      uint64_t to)
{
	struct kvmgdb_vm *vm = v->vm;
	uint8_t before[PAGETRAP_PAGE], after[PAGETRAP_PAGE];
	struct hit_bytes seen;
	uint64_t from, gpa, at;
	size_t offset, i, n;

	if (!pagebytes_watched(r)) {
		r->page[k] = to;
		return;
	}
	pagebytes_part(r, k, &from, &offset);
	r->page[k] = to;
	n = pagebytes_part(r, k, &gpa, &offset);
	if (r->kind == KVMGDB_BP_READ ||
	    gmem_read(vm->gmem, from, before, n) != (ssize_t)n ||
	    gmem_read(vm->gmem, gpa, after, n) != (ssize_t)n ||
	    !memcmp(before, after, n))
		return;
	for (i = 0; before[i] == after[i];)
		i++;
	at = r->addr + offset + i;
	vm_warn(vm,
		"the guest has mapped other memory at %#llx, and its bytes are "
		"others: told late",
		(unsigned long long)at);
	pagebytes_see(vm, r, NULL, at, &seen);
	for (i = 0; i < n; i++)
		if (r->addr + offset + i - seen.start < seen.size)
			seen.before[r->addr + offset + i - seen.start] =
			    before[i];
	pagenote_add(v, r, at, &seen);
}

static bool follow(struct kvmgdb_vcpu *v, struct request *r)
{
	uint64_t first = r->addr & ~PAGETRAP_MASK, gpa;
	bool moved = false;
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		if (!vcpu_gva_to_gpa(v, first + k * PAGETRAP_PAGE, &gpa,
				     NULL) ||
		    gpa == r->page[k] ||
		    !pagetrap_covers(v->vm->pagetrap, gpa) ||
		    pagewatch_is_table(v, first + k * PAGETRAP_PAGE, gpa))
			continue;
		move_page(v, r, k, gpa);
		moved = true;
	}
	return moved;
}

static uint64_t ns_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void pagefollow_look(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	uint64_t start, used, cr3, cost;
	bool moved = false;
	unsigned i;

	if ((!pagetrap_active(vm->pagetrap) && !swbreak_count(vm->swbreak)) ||
	    v->step.kind != STEP_NONE)
		return;
	start = ns_of(CLOCK_MONOTONIC);
	if (start < v->follow_at_ns)
		return;
	used = ns_of(CLOCK_THREAD_CPUTIME_ID);
	cr3 = pagewatch_tables(v);
	for (i = 0; i < requests_count(vm->requests); i++) {
		struct request *r = requests_at(vm->requests, i);

		if (r->withdrawn || !is_its_space(r, cr3))
			continue;
		if (r->tier == TIER_INT3)
			patch_follow(v, r);
		else if (r->pages)
			moved |= follow(v, r);
	}
	if (moved)
		pagewatch_update(vm);
	cost = FOLLOW_SHARE * (ns_of(CLOCK_THREAD_CPUTIME_ID) - used);
	v->follow_at_ns = start + (cost > FOLLOW_NS ? cost : FOLLOW_NS);
	pagenote_post(v);
}
