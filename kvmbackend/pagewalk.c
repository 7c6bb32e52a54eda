/* SPDX-License-Identifier: MIT */
/* Section and table numbers: SDM vol. 3A, chapter 4 ("Paging"). */
#include "pagewalk.h"

#include <errno.h>
#include <stddef.h>

#define CR0_PG   (UINT64_C(1) << 31)
#define CR4_PSE  (UINT64_C(1) << 4)
#define CR4_PAE  (UINT64_C(1) << 5)
#define CR4_LA57 (UINT64_C(1) << 12)
#define EFER_LMA (UINT64_C(1) << 10)
#define EFER_NXE (UINT64_C(1) << 11)

#define PTE_P  (UINT64_C(1) << 0)
#define PTE_RW (UINT64_C(1) << 1)
#define PTE_US (UINT64_C(1) << 2)
#define PTE_PS (UINT64_C(1) << 7)
#define PTE_XD (UINT64_C(1) << 63)

struct walk {
	pagewalk_read read;
	void *ctx;
	uint64_t gva;
	uint64_t reserved; /* in every 8-byte entry */
	unsigned maxphyaddr;
	bool nxe, pse;
	struct pagewalk_result *result;
};

/* Bits HIGH to LOW, both included. */
static uint64_t bits(unsigned high, unsigned low)
{
	if (high < low)
		return 0;
	return (UINT64_MAX >> (63 - high)) & (UINT64_MAX << low);
}

static bool canonical(uint64_t gva, unsigned width)
{
	uint64_t top = gva & bits(63, width - 1);

	return top == 0 || top == bits(63, width - 1);
}

static bool fetch32(const struct walk *walk, uint64_t gpa, uint64_t *entry)
{
	uint32_t value;

	if (!walk->read(walk->ctx, gpa, &value, sizeof(value)))
		return false;
	*entry = value;
	return value & PTE_P;
}

/* An entry of PAE, 4-level or 5-level paging; false also for what is reserved
 * in all of them. */
static bool fetch64(const struct walk *walk, uint64_t gpa, uint64_t *entry)
{
	if (!walk->read(walk->ctx, gpa, entry, sizeof(*entry)))
		return false;
	return (*entry & PTE_P) && !(*entry & walk->reserved);
}

static void restrict_rights(struct walk *walk, uint64_t entry)
{
	struct pagewalk_result *result = walk->result;

	result->writable = result->writable && (entry & PTE_RW);
	result->user = result->user && (entry & PTE_US);
	result->executable =
	    result->executable && !(walk->nxe && (entry & PTE_XD));
}

static int found(struct walk *walk, uint64_t frame, unsigned shift)
{
	walk->result->page_size = UINT64_C(1) << shift;
	walk->result->gpa = frame | (walk->gva & bits(shift - 1, 0));
	return 0;
}

/* 4.3, tables 4-3 to 4-6. */
static int walk_32bit(struct walk *walk, uint64_t cr3)
{
	uint64_t entry;

	if (!fetch32(walk, (cr3 & bits(31, 12)) | (walk->gva >> 22) * 4,
		     &entry))
		return -EFAULT;
	restrict_rights(walk, entry);
	if (walk->pse && (entry & PTE_PS)) {
		/* PSE-36: address bits 39:32 are in bits 20:13 */
		if (entry & (bits(21, 21) | bits(20, walk->maxphyaddr - 19)))
			return -EFAULT;
		return found(
		    walk, (entry & bits(31, 22)) | (entry & bits(20, 13)) << 19,
		    22);
	}
	if (!fetch32(walk,
		     (entry & bits(31, 12)) | (walk->gva >> 12 & 0x3ff) * 4,
		     &entry))
		return -EFAULT;
	restrict_rights(walk, entry);
	return found(walk, entry & bits(31, 12), 12);
}

/*
 * From the table at TABLE down, whose entries map 1 << SHIFT bytes each.
 * Tables 4-9 to 4-11 (PAE), 4-14 to 4-20 (4 and 5 levels).  Bit 7 of an entry
 * that maps 4 KiB is PAT, of one above 1 GiB it is reserved.
 */
static int walk_64bit(struct walk *walk, uint64_t table, unsigned shift)
{
	uint64_t address = bits(walk->maxphyaddr - 1, 12);
	uint64_t entry;

	for (;; shift -= 9, table = entry & address) {
		uint64_t index = walk->gva >> shift & 0x1ff;

		if (!fetch64(walk, table | index * 8, &entry))
			return -EFAULT;
		if (shift > 30 && (entry & PTE_PS))
			return -EFAULT;
		restrict_rights(walk, entry);
		if (shift > 12 && !(entry & PTE_PS))
			continue;
		if (shift > 12 && (entry & bits(shift - 1, 13)))
			return -EFAULT;
		return found(walk, entry & address & bits(63, shift), shift);
	}
}

/*
 * 4.4.1, table 4-8.  We take the four entries from memory; the CPU has loaded
 * them with CR3 and may hold older ones.  It checks bits 1, 2 and 5-8 only when
 * it loads them, and there are CPUs (QEMU's) that set bit 5 later, as the
 * accessed bit that it is at the other levels: they are not looked at.
 */
static int walk_pae(struct walk *walk, uint64_t cr3)
{
	uint64_t reserved = bits(63, walk->maxphyaddr);
	uint64_t entry;

	if (!walk->read(walk->ctx, (cr3 & bits(31, 5)) | (walk->gva >> 30) * 8,
			&entry, sizeof(entry)))
		return -EFAULT;
	if (!(entry & PTE_P) || (entry & reserved))
		return -EFAULT;
	return walk_64bit(walk, entry & bits(walk->maxphyaddr - 1, 12), 21);
}

static unsigned clamp_width(unsigned maxphyaddr)
{
	if (maxphyaddr == 0 || maxphyaddr > 52)
		return 52;
	return maxphyaddr < 32 ? 32 : maxphyaddr;
}

int pagewalk(const struct pagewalk_mode *mode, pagewalk_read read, void *ctx,
	     uint64_t gva, struct pagewalk_result *result)
{
	const bool paging = mode->cr0 & CR0_PG;
	const bool long_mode = paging && (mode->efer & EFER_LMA);
	const unsigned levels = mode->cr4 & CR4_LA57 ? 5 : 4;
	struct walk walk = {
	    .read = read,
	    .ctx = ctx,
	    .gva = long_mode ? gva : (uint32_t)gva,
	    .maxphyaddr = clamp_width(mode->maxphyaddr),
	    .nxe = mode->efer & EFER_NXE,
	    .pse = mode->cr4 & CR4_PSE,
	    .result = result,
	};

	*result = (struct pagewalk_result){
	    .writable = true, .user = true, .executable = true};
	if (!paging)
		return found(&walk, walk.gva & bits(31, 12), 12);
	if (!long_mode && !(mode->cr4 & CR4_PAE))
		return walk_32bit(&walk, mode->cr3);

	walk.reserved = bits(51, walk.maxphyaddr);
	if (!walk.nxe)
		walk.reserved |= PTE_XD;
	if (!long_mode) {
		walk.reserved |= bits(62, 52); /* ignored with 4 and 5 levels */
		return walk_pae(&walk, mode->cr3);
	}
	if (!canonical(gva, levels == 5 ? 57 : 48))
		return -EFAULT;
	return walk_64bit(&walk, mode->cr3 & bits(walk.maxphyaddr - 1, 12),
			  12 + 9 * (levels - 1));
}
