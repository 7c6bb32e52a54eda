/* SPDX-License-Identifier: MIT */
/*
 * Guest-physical memory: the slots that KVM was told of, as the debugger
 * reaches them.  Only RAM and ROM; a gpa in no slot is MMIO or nothing, and
 * is never touched.  One lock inside; every function on any thread.
 */
#ifndef KVMBACKEND_GMEM_H
#define KVMBACKEND_GMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct gmem;

struct gmem *gmem_new(void); /* NULL: no memory */
void gmem_free(struct gmem *gmem);

/* As kvmgdb_vm_memory().  Slots of an address space other than 0 (bits 31:16
 * of SLOT, KVM_CAP_MULTI_ADDRESS_SPACE: system management mode) are ignored. */
int gmem_slot(struct gmem *gmem, uint32_t slot, uint64_t gpa, uint64_t size,
	      void *hva, bool readonly);

/* Where SLOT lies now; false: there is none. */
bool gmem_slot_range(struct gmem *gmem, uint32_t slot, uint64_t *gpa,
		     uint64_t *size);

/* Bytes read up to the first gpa that is no memory; -EFAULT if that is the
 * first one. */
ssize_t gmem_read(struct gmem *gmem, uint64_t gpa, void *buf, size_t len);

/*
 * For a walk of page tables: between the first two, whole entries of 4 or 8
 * bytes.  False: no memory there.
 */
void gmem_lock(struct gmem *gmem);
void gmem_unlock(struct gmem *gmem);
bool gmem_entry(struct gmem *gmem, uint64_t gpa, void *entry, unsigned size);

/* All or nothing: 0, -EFAULT (no memory there), -EROFS (a read-only slot). */
int gmem_write(struct gmem *gmem, uint64_t gpa, const void *buf, size_t len);

/* Would gmem_write() of LEN bytes succeed? */
int gmem_check(struct gmem *gmem, uint64_t gpa, size_t len);

#endif
