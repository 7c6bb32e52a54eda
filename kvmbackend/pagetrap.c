/* SPDX-License-Identifier: MIT */
#include "pagetrap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What Linux may map by one entry of a page directory. */
#define STRETCH (UINT64_C(2) << 20)

struct region {
	uint64_t gpa, size;
	uint8_t *mapping;
	bool advised;
};

struct page {
	uint64_t gpa;
	uint8_t *mapping;
	enum pagetrap_right want, have;
};

struct pagetrap {
	struct region *regions;
	unsigned nregions;
	struct page *pages; /* by gpa */
	unsigned npages, room;
	bool lifted; /* some page may have more rights than it should */
};

struct pagetrap *pagetrap_new(void)
{
	return calloc(1, sizeof(struct pagetrap));
}

void pagetrap_free(struct pagetrap *pt)
{
	unsigned i;

	if (!pt)
		return;
	pagetrap_begin(pt);
	pagetrap_apply(pt);
	for (i = 0; i < pt->nregions; i++)
		if (pt->regions[i].advised)
			madvise(pt->regions[i].mapping, pt->regions[i].size,
				MADV_NORMAL);
	free(pt->regions);
	free(pt->pages);
	free(pt);
}

static int protect(const struct page *p, unsigned n, enum pagetrap_right right)
{
	static const int prot[] = {PROT_READ | PROT_WRITE, PROT_READ,
				   PROT_NONE};

	return mprotect(p->mapping, (size_t)n * PAGETRAP_PAGE, prot[right])
		   ? -errno
		   : 0;
}

/*
 * One call for a run of pages.  Each piece of the mapping with rights of its
 * own counts against vm.max_map_count: when that is used up, some pages may
 * have changed and others not, so each is tried alone.
 */
static int set_run(struct page *p, unsigned n, enum pagetrap_right right)
{
	int err = protect(p, n, right);
	unsigned i;

	for (i = 0; i < n; i++)
		if (!err || !protect(&p[i], 1, right))
			p[i].have = right;
	for (i = 0; i < n && p[i].have == right; i++)
		;
	return i == n ? 0 : err;
}

static bool all_rights(const struct page *p, enum pagetrap_right *right)
{
	*right = PAGETRAP_ALL;
	return p->have != PAGETRAP_ALL;
}

static bool wanted_rights(const struct page *p, enum pagetrap_right *right)
{
	*right = p->want;
	return p->have != p->want;
}

static bool fewer_rights(const struct page *p, enum pagetrap_right *right)
{
	*right = p->want;
	return p->have < p->want;
}

/* Bring all pages that DUE names to the rights that it gives. */
static int change(struct pagetrap *pt,
		  bool (*due)(const struct page *p, enum pagetrap_right *right))
{
	enum pagetrap_right right, next;
	unsigned i, n;
	int err = 0, ret;

	for (i = 0; i < pt->npages; i += n) {
		struct page *p = &pt->pages[i];

		n = 1;
		if (!due(p, &right))
			continue;
		while (i + n < pt->npages &&
		       p[n].mapping == p->mapping + n * PAGETRAP_PAGE &&
		       due(&p[n], &next) && next == right)
			n++;
		ret = set_run(p, n, right);
		if (ret)
			err = ret;
	}
	return err;
}

static struct region *region_of(const struct pagetrap *pt, uint64_t gpa)
{
	unsigned i;

	for (i = 0; i < pt->nregions; i++)
		if (gpa - pt->regions[i].gpa < pt->regions[i].size)
			return &pt->regions[i];
	return NULL;
}

/*
 * Where a mapping that holds a whole aligned stretch is divided, or made one
 * again, Linux takes all of that stretch from KVM, huge pages or not: the MMU
 * notifiers are told before it looks (mm/huge_memory.c, __split_huge_pmd()).
 * The guest's code would be mapped anew at each access to a trapped page.  So
 * no mapping is to hold a whole one: a half gets an advice of its own, which
 * means nothing to memory in RAM, and keeps it until the end.  Errors: it costs
 * time, then.
 */
static void part_stretch(struct region *r, const uint8_t *page)
{
	uint64_t first = (uintptr_t)r->mapping, end = first + r->size;
	uint64_t start = (uintptr_t)page & ~(STRETCH - 1);
	uint64_t from = start < first ? first : start;
	uint64_t to = start + STRETCH / 2;

	if (from >= to)
		to = start + STRETCH;
	if (to > end)
		to = end;
	r->advised = true;
	madvise(r->mapping + (from - first), to - from, MADV_RANDOM);
}

void pagetrap_foresee(struct pagetrap *pt, uint64_t gpa)
{
	struct region *r = region_of(pt, gpa);

	if (r)
		part_stretch(r, r->mapping + ((gpa & ~PAGETRAP_MASK) - r->gpa));
}

static bool same_stretch(const struct page *a, const struct page *b)
{
	return (((uintptr_t)a->mapping ^ (uintptr_t)b->mapping) &
		~(STRETCH - 1)) == 0;
}

static void forget_region(struct pagetrap *pt, uint64_t gpa)
{
	unsigned i;

	for (i = 0; i < pt->nregions; i++) {
		if (pt->regions[i].gpa != gpa)
			continue;
		pt->regions[i] = pt->regions[--pt->nregions];
		return;
	}
}

int pagetrap_region(struct pagetrap *pt, uint64_t gpa, uint64_t size,
		    void *mapping)
{
	struct region *regions;

	if ((gpa | size | (uintptr_t)mapping) & (PAGETRAP_PAGE - 1))
		return -EINVAL;
	forget_region(pt, gpa);
	if (!size)
		return 0;
	regions = realloc(pt->regions, (pt->nregions + 1) * sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	pt->regions = regions;
	pt->regions[pt->nregions++] =
	    (struct region){.gpa = gpa, .size = size, .mapping = mapping};
	return 0;
}

bool pagetrap_covers(const struct pagetrap *pt, uint64_t gpa)
{
	return region_of(pt, gpa) != NULL;
}

/* Where the page of GPA is, or would be put. */
static unsigned find(const struct pagetrap *pt, uint64_t gpa)
{
	unsigned low = 0, high = pt->npages;

	gpa &= ~(PAGETRAP_PAGE - 1);
	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (pt->pages[mid].gpa < gpa)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct page *page_at(const struct pagetrap *pt, uint64_t gpa)
{
	unsigned i = find(pt, gpa);

	if (i == pt->npages || pt->pages[i].gpa != (gpa & ~(PAGETRAP_PAGE - 1)))
		return NULL;
	return &pt->pages[i];
}

void pagetrap_begin(struct pagetrap *pt)
{
	unsigned i;

	for (i = 0; i < pt->npages; i++)
		pt->pages[i].want = PAGETRAP_ALL;
}

int pagetrap_want(struct pagetrap *pt, uint64_t gpa, enum pagetrap_right right)
{
	struct region *r = region_of(pt, gpa);
	struct page *p = page_at(pt, gpa);
	unsigned i;

	if (!r)
		return -EFAULT;
	gpa &= ~(PAGETRAP_PAGE - 1);
	if (!p) {
		if (pt->npages == pt->room) {
			unsigned room = pt->room ? 2 * pt->room : 16;
			struct page *pages =
			    realloc(pt->pages, room * sizeof(*pages));

			if (!pages)
				return -ENOMEM;
			pt->pages = pages;
			pt->room = room;
		}
		i = find(pt, gpa);
		p = &pt->pages[i];
		memmove(p + 1, p, (pt->npages - i) * sizeof(*p));
		pt->npages++;
		*p = (struct page){.gpa = gpa,
				   .mapping = r->mapping + (gpa - r->gpa)};
		if (i == 0 || !same_stretch(p, p - 1))
			part_stretch(r, p->mapping);
	}
	if (right > p->want)
		p->want = right;
	return 0;
}

int pagetrap_apply(struct pagetrap *pt)
{
	int err = change(pt, wanted_rights);
	unsigned i, kept = 0;

	for (i = 0; i < pt->npages; i++)
		if (pt->pages[i].want != PAGETRAP_ALL ||
		    pt->pages[i].have != PAGETRAP_ALL)
			pt->pages[kept++] = pt->pages[i];
	pt->npages = kept;
	pt->lifted = false;
	return err;
}

int pagetrap_tighten(struct pagetrap *pt)
{
	return change(pt, fewer_rights);
}

bool pagetrap_active(const struct pagetrap *pt)
{
	return pt->npages > 0;
}

bool pagetrap_at(const struct pagetrap *pt, uint64_t gpa)
{
	return page_at(pt, gpa) != NULL;
}

void pagetrap_lift(struct pagetrap *pt, uint64_t gpa)
{
	struct page *p = page_at(pt, gpa);

	if (!p)
		return;
	pt->lifted = true;
	/* a page out of the middle of a run takes two mappings more; to give
	 * rights to all takes none */
	if (p->have != PAGETRAP_ALL && set_run(p, 1, PAGETRAP_ALL))
		pagetrap_lift_all(pt);
}

void pagetrap_lift_all(struct pagetrap *pt)
{
	pt->lifted = true;
	change(pt, all_rights);
}

int pagetrap_restore(struct pagetrap *pt)
{
	if (!pt->lifted)
		return 0;
	pt->lifted = false;
	return change(pt, wanted_rights);
}
