/* SPDX-License-Identifier: MIT */
/*
 * Access rights taken from KVM's own mapping of guest memory, page by page.
 *
 * KVM_RUN then returns EFAULT before the instruction that touches the page, in
 * whatever form it does, or, where KVM's emulator carries it out, an MMIO exit
 * with the address and the data.  The VMM's mapping of the same memory is not
 * touched.  No lock: the VM's lock is held by the caller.
 */
#ifndef KVMBACKEND_PAGETRAP_H
#define KVMBACKEND_PAGETRAP_H

#include <stdbool.h>
#include <stdint.h>

#define PAGETRAP_PAGE UINT64_C(4096)
#define PAGETRAP_MASK (PAGETRAP_PAGE - 1) /* of the offset in a page */

enum pagetrap_right {
	PAGETRAP_ALL,    /* no trap */
	PAGETRAP_READ,   /* writes trap */
	PAGETRAP_NOTHING /* all accesses trap, instruction fetches too */
};

struct pagetrap;

struct pagetrap *pagetrap_new(void);     /* NULL: no memory */
void pagetrap_free(struct pagetrap *pt); /* gives all rights back */

/* KVM maps guest memory [GPA, GPA + SIZE) at MAPPING; SIZE 0 forgets the
 * region at GPA.  0, -ENOMEM, -EINVAL (not whole pages). */
int pagetrap_region(struct pagetrap *pt, uint64_t gpa, uint64_t size,
		    void *mapping);

/* Can the page of GPA be trapped? */
bool pagetrap_covers(const struct pagetrap *pt, uint64_t gpa);

/* The page of GPA may come to be trapped while the guest runs: what that would
 * cost the guest once is taken now. */
void pagetrap_foresee(struct pagetrap *pt, uint64_t gpa);

/* State anew what is wanted: begin, want (the strictest of several counts),
 * apply.  want: 0, -ENOMEM, -EFAULT if the page is not covered.  apply: 0, or
 * what mprotect said (-ENOMEM: vm.max_map_count) for some page, which keeps the
 * rights that it had. */
void pagetrap_begin(struct pagetrap *pt);
int pagetrap_want(struct pagetrap *pt, uint64_t gpa, enum pagetrap_right right);
int pagetrap_apply(struct pagetrap *pt);
/* Take what was wanted since the last apply, and give nothing back. */
int pagetrap_tighten(struct pagetrap *pt);

/* Is any page trapped, is this one? */
bool pagetrap_active(const struct pagetrap *pt);
bool pagetrap_at(const struct pagetrap *pt, uint64_t gpa);

/* Give rights back for the time of one instruction: of a page (or of all, where
 * that is easier), or of all; and take them again, as apply. */
void pagetrap_lift(struct pagetrap *pt, uint64_t gpa);
void pagetrap_lift_all(struct pagetrap *pt);
int pagetrap_restore(struct pagetrap *pt);

#endif
