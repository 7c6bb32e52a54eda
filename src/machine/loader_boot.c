/* SPDX-License-Identifier: MIT */
/* Segments, 32-bit entry and start info, shared by the loaders. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "machine/loader_internal.h"

#define CR0_PE    0x1u
#define CR0_ET    0x10u
#define CR0_LONG  0x80010033u /* PG WP NE ET MP PE */
#define CR4_LONG  0x620u      /* PAE OSFXSR OSXMMEXCPT */
#define EFER_LONG 0x500u      /* LME LMA */

#define PTE_PRESENT 0x1u
#define PTE_WRITE   0x2u
#define PTE_PS      0x80u

enum { DIRECTORIES = 4 }; /* 1 GiB each */

/* The descriptor of SEG, Intel SDM vol. 3, 3.4.5. */
static uint64_t descriptor(const struct kvm_segment *seg)
{
	const uint64_t limit = seg->g ? seg->limit >> 12 : seg->limit;

	return (limit & 0xffff) | (seg->base & 0xffffff) << 16 |
	       (uint64_t)seg->type << 40 | (uint64_t)seg->s << 44 |
	       (uint64_t)seg->dpl << 45 | (uint64_t)seg->present << 47 |
	       (limit >> 16 & 0xf) << 48 | (uint64_t)seg->l << 53 |
	       (uint64_t)seg->db << 54 | (uint64_t)seg->g << 55 |
	       (seg->base >> 24 & 0xff) << 56;
}

int loader_segments(struct loader *loader, unsigned bits, unsigned cs)
{
	struct kvm_sregs *sregs = &loader->state->sregs;
	const bool is_64 = bits == 64;
	const struct kvm_segment code = {.limit = 0xffffffff,
					 .selector = (uint16_t)cs,
					 .type = 11, /* code, read, accessed */
					 .present = 1,
					 .s = 1,
					 .db = !is_64,
					 .l = is_64,
					 .g = 1};
	const struct kvm_segment data = {.limit = 0xffffffff,
					 .selector = (uint16_t)(cs + 8),
					 .type = 3, /* data, write, accessed */
					 .present = 1,
					 .s = 1,
					 .db = 1,
					 .g = 1};
	struct kvm_segment tss = {.limit = 0x67,
				  .selector = (uint16_t)(cs + 16),
				  .type = 11,
				  .present = 1};
	const unsigned gdt_bytes = cs + 4 * 8;
	uint64_t *gdt;
	uint64_t gpa;

	/* The GDT and behind it the TSS, whose 64-bit descriptor takes two
	 * entries. */
	gdt = loader_place(loader, gdt_bytes + 0x68, "a GDT", &gpa);
	if (gdt == NULL)
		return -E2BIG;
	tss.base = gpa + gdt_bytes;
	gdt[cs / 8] = descriptor(&code);
	gdt[cs / 8 + 1] = descriptor(&data);
	gdt[cs / 8 + 2] = descriptor(&tss);

	sregs->cs = code;
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss = data;
	sregs->tr = tss;
	sregs->ldt = (struct kvm_segment){.type = 2, .unusable = 1};
	sregs->gdt.base = gpa;
	sregs->gdt.limit = (uint16_t)(gdt_bytes - 1);
	sregs->idt.base = 0;
	sregs->idt.limit = 0;
	return 0;
}

int loader_enter_protected(struct loader *loader, uint64_t entry)
{
	struct loader_state *state = loader->state;
	int rc;

	if (!loader_is_taken(loader, entry))
		return loader_fail(loader, -EINVAL,
				   "the entry point 0x%llx is in no segment",
				   (unsigned long long)entry);
	rc = loader_segments(loader, 32, LOADER_CS);
	if (rc < 0)
		return rc;
	memset(&state->regs, 0, sizeof(state->regs));
	state->regs.rip = entry;
	state->regs.rflags = 2;
	state->sregs.cr0 = CR0_PE | CR0_ET;
	state->sregs.cr3 = 0;
	state->sregs.cr4 = 0;
	state->sregs.efer = 0;
	return 0;
}

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

int loader_enter_long(struct loader *loader, uint64_t entry, unsigned cs)
{
	struct loader_state *state = loader->state;
	uint64_t tables;
	int rc;

	rc = place_tables(loader, &tables);
	if (rc < 0)
		return rc;
	rc = loader_segments(loader, 64, cs);
	if (rc < 0)
		return rc;
	memset(&state->regs, 0, sizeof(state->regs));
	state->regs.rip = entry;
	state->regs.rflags = 2;
	state->sregs.cr0 = CR0_LONG;
	state->sregs.cr3 = tables;
	state->sregs.cr4 = CR4_LONG;
	state->sregs.efer = EFER_LONG;
	return 0;
}

/* docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h of Xen. */
struct start_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modlist, cmdline, rsdp, memmap;
	uint32_t memmap_entries, reserved;
};

struct start_info_memmap {
	uint64_t addr, size;
	uint32_t type, reserved;
};

#define START_INFO_MAGIC 0x336ec578u

struct start_info_module {
	uint64_t paddr, size, cmdline, reserved;
};

/* What the start info points to, put beside it. */
struct start_info_block {
	struct start_info info;
	struct start_info_module module;
	struct start_info_memmap map[RAM_MAP_MAX];
};

int loader_start_info(struct loader *loader, uint64_t *gpa)
{
	struct ram_map_entry map[RAM_MAP_MAX];
	uint64_t cmdline, initrd, initrd_size;
	struct start_info_block *block;
	int rc;

	rc = loader_place_string(loader, loader->request->append,
				 "the command line", &cmdline);
	if (rc < 0)
		return rc;
	rc = loader_place_initrd(loader, &initrd, &initrd_size);
	if (rc < 0)
		return rc;
	block = loader_place(loader, sizeof(*block), "the start info", gpa);
	if (block == NULL)
		return -E2BIG;
	block->info.magic = START_INFO_MAGIC;
	block->info.version = 1;
	block->info.cmdline = cmdline;
	block->info.rsdp = loader_acpi_rsdp(loader);
	if (initrd_size > 0) {
		block->info.nr_modules = 1;
		block->info.modlist =
		    *gpa + offsetof(struct start_info_block, module);
		block->module.paddr = initrd;
		block->module.size = initrd_size;
	}
	block->info.memmap = *gpa + offsetof(struct start_info_block, map);
	block->info.memmap_entries = ram_map(loader->ram, map);
	for (unsigned i = 0; i < block->info.memmap_entries; i++) {
		block->map[i].addr = map[i].addr;
		block->map[i].size = map[i].size;
		block->map[i].type = map[i].type;
	}
	return 0;
}
