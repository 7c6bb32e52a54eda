/* SPDX-License-Identifier: MIT */
/*
 * Guest page tables, walked by us (SDM vol. 3, chapter 4): KVM_TRANSLATE sets
 * accessed bits and ignores permissions.  Pure: memory comes through a
 * callback, nothing is written.
 */
#ifndef KVMBACKEND_PAGEWALK_H
#define KVMBACKEND_PAGEWALK_H

#include <stdbool.h>
#include <stdint.h>

/* The paging state of one vCPU. */
struct pagewalk_mode {
	uint64_t cr0, cr3, cr4, efer;
	unsigned maxphyaddr; /* bits, CPUID 80000008h; 0: 52 */
};

struct pagewalk_result {
	uint64_t gpa;
	uint64_t page_size; /* 4K, 2M, 4M, 1G; without paging 4K */
	bool writable;      /* R/W at every level */
	bool user;          /* U/S at every level; true without paging */
	bool executable;    /* no XD at any level (with EFER.NXE) */
};

/* Read an aligned entry of SIZE (4 or 8) bytes; false: no memory there. */
typedef bool (*pagewalk_read)(void *ctx, uint64_t gpa, void *buf,
			      unsigned size);

/*
 * Translate GVA: no paging, 32-bit (with PSE and PSE-36), PAE, 4 and 5 levels,
 * all page sizes.  Without long mode only the low 32 bits of GVA count.
 * Returns 0, or -EFAULT: not present, reserved bits set, not canonical, or a
 * table outside memory.
 */
int pagewalk(const struct pagewalk_mode *mode, pagewalk_read read, void *ctx,
	     uint64_t gva, struct pagewalk_result *result);

#endif
