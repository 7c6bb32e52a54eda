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

int loader_elf64_load(struct loader *loader)
{
	struct loader_state *state = loader->state;
	const uint64_t entry = loader->ehdr.e_entry;
	uint64_t stack, info;
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
	rc = loader_start_info(loader, &info);
	if (rc < 0)
		return rc;
	if (loader_place(loader, STACK_BYTES, "a stack", &stack) == NULL)
		return -E2BIG;
	rc = loader_enter_long(loader, entry, LOADER_CS);
	if (rc < 0)
		return rc;
	state->regs.rsp = stack + STACK_BYTES;
	state->regs.rdi = info;
	state->format = LOADER_ELF64;
	return 0;
}
