/* SPDX-License-Identifier: MIT */
/*
 * int3 patches, by guest-physical byte: they outlive a change of CR3, and
 * every read by the debugger shows the bytes that the guest's author wrote.
 * Keyed by the linear address that the client asked for; two linear addresses
 * of one byte share a patch.  No lock: the VM's lock is held by the caller.
 */
#ifndef KVMBACKEND_SWBREAK_H
#define KVMBACKEND_SWBREAK_H

#include "gmem.h"

struct swbreak;

struct swbreak *swbreak_new(struct gmem *gmem); /* NULL: no memory */
void swbreak_free(struct swbreak *sb);          /* leaves guest memory alone */

/* Patch.  Idempotent; a breakpoint that is there and was overwritten by the
 * guest, or whose page has moved to another gpa, is set anew.
 * 0, -EFAULT, -EROFS, -ENOMEM. */
int swbreak_insert(struct swbreak *sb, uint64_t gva, uint64_t gpa);

/* Restore the byte, unless the guest has overwritten our int3 since.
 * 0, -ENOENT. */
int swbreak_remove(struct swbreak *sb, uint64_t gva);
void swbreak_clear(struct swbreak *sb);

size_t swbreak_count(const struct swbreak *sb);
/* Where is the patch of the breakpoint at GVA?  False: there is none. */
bool swbreak_place(const struct swbreak *sb, uint64_t gva, uint64_t *gpa);
/* Is the byte at GPA our patch? */
bool swbreak_at(const struct swbreak *sb, uint64_t gpa);

/* Lift the patch at GPA for a moment (to step the instruction), and put it
 * back; what the guest has written meanwhile is then under the patch.  They do
 * not nest: one restore ends any number of lifts.  lift: 0, -ENOENT. */
int swbreak_lift(struct swbreak *sb, uint64_t gpa);
void swbreak_restore(struct swbreak *sb, uint64_t gpa);

/* Around a change of the memory slots: take the patches of a range that is to
 * go out of memory, so that no int3 is left behind in it; and afterwards put
 * in those whose memory is there. */
void swbreak_withdraw(struct swbreak *sb, uint64_t gpa, uint64_t size);
void swbreak_replant(struct swbreak *sb);

/* BUF holds LEN bytes just read from GPA: put the original bytes in. */
void swbreak_hide(const struct swbreak *sb, uint64_t gpa, void *buf,
		  size_t len);
/* Write through: patched bytes change what lies under the patch.  As
 * gmem_write(). */
int swbreak_write(struct swbreak *sb, uint64_t gpa, const void *buf,
		  size_t len);

#endif
