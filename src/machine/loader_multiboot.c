/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 0.6.96 ("Multiboot 1"): section numbers are of its specification.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "machine/loader_internal.h"

#define HEADER_MAGIC 0x1badb002u
#define BOOT_MAGIC   0x2badb002u
#define SEARCH_BYTES 8192u
#define FLAG_ADDRS   (1u << 16)
/* 3.1.2: a loader must refuse what it does not know in bits 0-15.  We honour
 * page alignment and the memory map, and overlook a
 * wish for a video mode: the information says that there is none. */
#define FLAGS_KNOWN 0x7u

/* 3.3, as far as it is filled. */
struct info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr, syms[4];
	uint32_t mmap_length, mmap_addr, drives_length, drives_addr;
	uint32_t config_table, boot_loader_name, apm_table;
};

enum {
	INFO_MEM = 1 << 0,
	INFO_CMDLINE = 1 << 2,
	INFO_MODS = 1 << 3,
	INFO_MMAP = 1 << 6,
	INFO_NAME = 1 << 9
};

/* SIZE does not count itself. */
struct mmap_entry {
	uint32_t size;
	uint64_t addr, len;
	uint32_t type;
} __attribute__((packed));

struct module {
	uint32_t start, end, string, reserved;
};

#define LOADER_NAME "kvmgdb"

/* What the information points to, put beside it. */
struct block {
	struct info info;
	struct module module;
	struct mmap_entry map[RAM_MAP_MAX];
	char name[sizeof(LOADER_NAME)];
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* 3.1: the header is 4-byte aligned and wholly in the first 8192 bytes. */
int loader_multiboot_find(struct loader *loader,
			  struct loader_multiboot *header)
{
	uint8_t buf[SEARCH_BYTES];
	const size_t len = loader->file_size < sizeof(buf)
			       ? (size_t)loader->file_size
			       : sizeof(buf);
	const int rc = loader_read(loader, 0, buf, len, "the first 8 KiB");

	if (rc < 0)
		return rc;
	for (size_t at = 0; at + 12 <= len; at += 4) {
		const uint8_t *p = buf + at;
		const uint32_t flags = get32(p + 4);

		if (get32(p) != HEADER_MAGIC ||
		    (uint32_t)(HEADER_MAGIC + flags + get32(p + 8)) != 0)
			continue;
		memset(header, 0, sizeof(*header));
		header->offset = at;
		header->flags = flags;
		if ((flags & FLAG_ADDRS) == 0)
			return 1;
		if (at + 32 > len)
			return loader_fail(loader, -EINVAL,
					   "truncated: the Multiboot header is "
					   "cut off");
		header->header_addr = get32(p + 12);
		header->load_addr = get32(p + 16);
		header->load_end_addr = get32(p + 20);
		header->bss_end_addr = get32(p + 24);
		header->entry_addr = get32(p + 28);
		return 1;
	}
	return 0;
}

/* 3.1.3: the addresses in the header say what of the file goes where. */
int loader_multiboot_copy(struct loader *loader,
			  const struct loader_multiboot *h)
{
	uint64_t before, start, filesz, memsz;

	if (h->header_addr < h->load_addr)
		return loader_fail(loader, -EINVAL,
				   "Multiboot: header_addr is below load_addr");
	before = h->header_addr - h->load_addr;
	if (before > h->offset)
		return loader_fail(loader, -EINVAL,
				   "Multiboot: load_addr is before the start "
				   "of the file");
	start = h->offset - before;
	if (h->load_end_addr == 0)
		filesz = loader->file_size - start;
	else if (h->load_end_addr <= h->load_addr)
		return loader_fail(
		    loader, -EINVAL,
		    "Multiboot: load_end_addr is below load_addr");
	else
		filesz = h->load_end_addr - h->load_addr;
	memsz = filesz;
	if (h->bss_end_addr != 0) {
		if (h->bss_end_addr < h->load_addr + filesz)
			return loader_fail(loader, -EINVAL,
					   "Multiboot: bss_end_addr is below "
					   "the end of the data");
		memsz = h->bss_end_addr - h->load_addr;
	}
	return loader_copy(loader, start, h->load_addr, filesz, memsz,
			   "the Multiboot image");
}

static void fill_info(const struct loader *loader, struct block *block,
		      uint32_t gpa)
{
	struct ram_map_entry map[RAM_MAP_MAX];
	const unsigned count = ram_map(loader->ram, map);

	for (unsigned i = 0; i < count; i++)
		block->map[i] = (struct mmap_entry){
		    sizeof(block->map[i]) - sizeof(block->map[i].size),
		    map[i].addr, map[i].size, map[i].type};
	memcpy(block->name, LOADER_NAME, sizeof(LOADER_NAME));
	block->info.flags = INFO_MEM | INFO_MMAP | INFO_NAME;
	/* 3.3: KiB from 0 and from 1 MiB on, up to the first hole. */
	block->info.mem_lower = RAM_LEGACY_START >> 10;
	block->info.mem_upper =
	    (uint32_t)(ram_room(loader->ram, RAM_LEGACY_END) >> 10);
	block->info.mmap_addr = gpa + (uint32_t)offsetof(struct block, map);
	block->info.mmap_length = (uint32_t)(count * sizeof(block->map[0]));
	block->info.boot_loader_name =
	    gpa + (uint32_t)offsetof(struct block, name);
}

/* All addresses are below the hole, so they have 32 bits. */
static int place_info(struct loader *loader, uint64_t *gpa)
{
	uint64_t cmdline, initrd, initrd_size;
	struct block *block;
	int rc;

	rc = loader_place_string(loader, loader->request->append,
				 "the command line", &cmdline);
	if (rc < 0)
		return rc;
	rc = loader_place_initrd(loader, &initrd, &initrd_size);
	if (rc < 0)
		return rc;
	block = loader_place(loader, sizeof(*block),
			     "the Multiboot information", gpa);
	if (block == NULL)
		return -E2BIG;
	fill_info(loader, block, (uint32_t)*gpa);
	if (cmdline != 0) {
		block->info.flags |= INFO_CMDLINE;
		block->info.cmdline = (uint32_t)cmdline;
	}
	if (initrd_size > 0) {
		block->info.flags |= INFO_MODS;
		block->info.mods_count = 1;
		block->info.mods_addr =
		    (uint32_t)(*gpa + offsetof(struct block, module));
		block->module.start = (uint32_t)initrd;
		block->module.end = (uint32_t)(initrd + initrd_size);
	}
	return 0;
}

int loader_multiboot_load(struct loader *loader,
			  const struct loader_multiboot *header)
{
	uint64_t entry, info;
	int rc;

	if ((header->flags & 0xffff & ~FLAGS_KNOWN) != 0)
		return loader_fail(
		    loader, -ENOEXEC,
		    "the Multiboot header asks for features that are not "
		    "there (flags 0x%x)",
		    header->flags);
	if ((header->flags & FLAG_ADDRS) != 0) {
		rc = loader_multiboot_copy(loader, header);
		entry = header->entry_addr;
	} else if (loader->elf != NULL) {
		rc = loader_copy_segments(loader);
		entry = loader->ehdr.e_entry;
	} else {
		return loader_fail(
		    loader, -ENOEXEC,
		    "a Multiboot header without addresses in a file that is "
		    "not ELF");
	}
	if (rc < 0)
		return rc;
	rc = place_info(loader, &info);
	if (rc < 0)
		return rc;
	rc = loader_enter_protected(loader, entry);
	if (rc < 0)
		return rc;
	loader->state->regs.rax = BOOT_MAGIC; /* 3.2 */
	loader->state->regs.rbx = info;
	loader->state->format = LOADER_MULTIBOOT;
	return 0;
}
