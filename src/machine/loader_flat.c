/* SPDX-License-Identifier: MIT */
/*
 * A flat image in 16-bit real mode.  CS:IP = 0:ADDR below 64 KiB, as a BIOS
 * enters a boot sector; above, CS = ADDR >> 4 and IP = ADDR & 15.  DS, ES, SS,
 * FS, GS are 0; SP = ADDR (below 64 KiB) or 7c00h; the stack grows down from
 * there.  Interrupts off, other registers 0.  There is no BIOS.  A file that is
 * a boot sector by its look is one at 7c00h, with DL = 80h.
 */
#include <errno.h>
#include <string.h>

#include "machine/loader_internal.h"

#define BOOT_SECTOR_ADDR 0x7c00u
#define FIRST_DISK       0x80u /* in DL, as a BIOS has it */

#define REAL_MODE_END 0x100000u
#define CR0_ET        0x10u

static struct kvm_segment real_segment(uint16_t selector, uint8_t type)
{
	return (struct kvm_segment){.base = (uint64_t)selector << 4,
				    .limit = 0xffff,
				    .selector = selector,
				    .type = type,
				    .present = 1,
				    .s = 1};
}

#define SECTOR 512u

/* Nothing else that this program knows is 512 bytes long and ends so. */
bool loader_is_boot_sector(struct loader *loader)
{
	uint8_t end[2];

	return loader->elf == NULL && loader->file_size == SECTOR &&
	       loader_read(loader, SECTOR - 2, end, 2, "a boot sector") == 0 &&
	       end[0] == 0x55 && end[1] == 0xaa;
}

int loader_flat_load(struct loader *loader)
{
	struct loader_state *state = loader->state;
	struct kvm_sregs *sregs = &state->sregs;
	const uint64_t addr = loader->request->flat ? loader->request->flat_addr
						    : BOOT_SECTOR_ADDR;
	const bool low = addr < 0x10000;
	int rc;

	if (addr >= REAL_MODE_END)
		return loader_fail(loader, -EINVAL,
				   "--flat 0x%llx: real mode starts below 0x%x",
				   (unsigned long long)addr, REAL_MODE_END);
	rc = loader_copy(loader, 0, addr, loader->file_size, loader->file_size,
			 "the image");
	if (rc < 0)
		return rc;
	memset(&state->regs, 0, sizeof(state->regs));
	state->regs.rip = low ? addr : addr & 0xf;
	state->regs.rsp = low ? addr : 0x7c00;
	state->regs.rflags = 2;
	if (!loader->request->flat)
		state->regs.rdx = FIRST_DISK;
	/* Types as after reset: SDM vol. 3, table 9-1. */
	sregs->cs = real_segment(low ? 0 : (uint16_t)(addr >> 4), 11);
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss =
	    real_segment(0, 3);
	sregs->gdt.base = sregs->idt.base = 0;
	sregs->gdt.limit = 0xffff;
	sregs->idt.limit = 0x3ff;
	sregs->cr0 = CR0_ET;
	sregs->cr3 = 0;
	sregs->cr4 = 0;
	sregs->efer = 0;
	state->format = LOADER_FLAT;
	return 0;
}
