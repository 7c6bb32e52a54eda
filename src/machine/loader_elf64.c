/* SPDX-License-Identifier: MIT */
/*
 * A plain ELF64 file, entered in long mode at CPL 0:
 *
 *   - each PT_LOAD at its physical address; the entry point as it stands in
 *     the ELF header, through an identity mapping of the first 4 GiB in 2 MiB
 *     pages, writable, executable, supervisor;
 *   - flat 64-bit CS, data segments, a busy 64-bit TSS; no IDT;
 *   - interrupts off, RFLAGS = 2; SSE usable (CR4.OSFXSR, OSXMMEXCPT);
 *   - RSP: the top of 64 KiB of stack, 16-byte aligned as the psABI has it at
 *     a process's entry; RDI: the address of a PVH start info; the other
 *     registers 0.
 */
#include <errno.h>
#include <string.h>

#include "machine/loader_internal.h"

#define STACK_BYTES 0x10000u

#define CR0_LONG  0x80010033u /* PG WP NE ET MP PE */
#define CR4_LONG  0x620u      /* PAE OSFXSR OSXMMEXCPT */
#define EFER_LONG 0x500u      /* LME LMA */

#define PTE_PRESENT 0x1u
#define PTE_WRITE   0x2u
#define PTE_PS      0x80u

enum { DIRECTORIES = 4 }; /* 1 GiB each */

/* A PML4, a PDPT, and four page directories, a page each. */
static int place_tables(struct loader *loader, uint64_t *gpa)
{
	const unsigned entries = RAM_PAGE / 8;
	uint64_t *table;

	table = loader_place(loader, (2 + DIRECTORIES) * (uint64_t)RAM_PAGE,
			     "the page tables", gpa);
	if (table == NULL)
		return -E2BIG;
	table[0] = (*gpa + RAM_PAGE) | PTE_PRESENT | PTE_WRITE;
	for (unsigned i = 0; i < DIRECTORIES; i++)
		table[entries + i] = (*gpa + (2 + i) * (uint64_t)RAM_PAGE) |
				     PTE_PRESENT | PTE_WRITE;
	for (unsigned i = 0; i < DIRECTORIES * entries; i++)
		table[2 * entries + i] =
		    ((uint64_t)i << 21) | PTE_PRESENT | PTE_WRITE | PTE_PS;
	return 0;
}

int loader_elf64_load(struct loader *loader)
{
	struct loader_state *state = loader->state;
	const uint64_t entry = loader->ehdr.e_entry;
	uint64_t tables, stack, info;
	int rc;

	if (loader->ehdr.e_machine != EM_X86_64)
		return loader_fail(loader, -ENOEXEC,
				   "an ELF64 file that is not for x86-64");
	rc = loader_copy_segments(loader);
	if (rc < 0)
		return rc;
	if (entry >= RAM_HOLE_END || !loader_is_taken(loader, entry))
		return loader_fail(
		    loader, -EINVAL,
		    "the entry point 0x%llx is in no segment's physical "
		    "range; it is entered identity-mapped",
		    (unsigned long long)entry);
	rc = place_tables(loader, &tables);
	if (rc < 0)
		return rc;
	rc = loader_start_info(loader, &info);
	if (rc < 0)
		return rc;
	if (loader_place(loader, STACK_BYTES, "a stack", &stack) == NULL)
		return -E2BIG;
	rc = loader_segments(loader, 64);
	if (rc < 0)
		return rc;
	memset(&state->regs, 0, sizeof(state->regs));
	state->regs.rip = entry;
	state->regs.rsp = stack + STACK_BYTES;
	state->regs.rdi = info;
	state->regs.rflags = 2;
	state->sregs.cr0 = CR0_LONG;
	state->sregs.cr3 = tables;
	state->sregs.cr4 = CR4_LONG;
	state->sregs.efer = EFER_LONG;
	state->format = LOADER_ELF64;
	return 0;
}
