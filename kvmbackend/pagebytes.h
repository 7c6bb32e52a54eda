/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a request that page traps serve: where they are in
 * guest-physical memory, what they were before an instruction, and which of
 * them it touched or changed.  The VM's lock is held.
 */
#ifndef KVMBACKEND_PAGEBYTES_H
#define KVMBACKEND_PAGEBYTES_H

#include "vm.h"

/* A stretch of guest-physical memory that one instruction touches. */
struct page_touch {
	uint64_t gpa, len;
	bool read, write;
};

/* Is R in force, and its bytes watched by page traps? */
static inline bool pagebytes_watched(const struct request *r)
{
	return r->tier == TIER_PAGE && !r->withdrawn;
}

/* Is the page of GPA one of R's?  Asked of each request at each access: what
 * that costs is what many requests cost. */
static inline bool pagebytes_on_page(const struct request *r, uint64_t gpa)
{
	unsigned k;

	for (k = 0; k < r->pages; k++)
		if (r->page[k] == (gpa & ~PAGETRAP_MASK))
			return true;
	return false;
}

/* The part of page K that R watches: its offset in R's bytes, and its length;
 * GPA is where it begins. */
size_t pagebytes_part(const struct request *r, unsigned k, uint64_t *gpa,
		      size_t *offset);

/* Was the page of GPA given rights for this step? */
bool pagebytes_lifted(const struct pagelift *lift, uint64_t gpa);

/* Keep the bytes of R on lifted pages as they are now. */
void pagebytes_remember(struct kvmgdb_vm *vm, struct request *r,
			const struct pagelift *lift);

/* Have bytes of the lifted pages changed since?  ADDR: the first of them. */
bool pagebytes_changed(struct kvmgdb_vm *vm, const struct request *r,
		       const struct pagelift *lift, uint64_t *addr);

/* Does T touch bytes of R?  ADDR: the first of them. */
bool pagebytes_touched(const struct request *r, const struct page_touch *t,
		       uint64_t *addr);

/* What a hit at AT shows: the bytes around it as they are now, and before what
 * R remembers, where the page was LIFTed (NULL: no page). */
void pagebytes_see(struct kvmgdb_vm *vm, const struct request *r,
		   const struct pagelift *lift, uint64_t at,
		   struct hit_bytes *seen);

#endif
