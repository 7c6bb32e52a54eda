/* SPDX-License-Identifier: MIT */
/* Multiboot 2.0: section numbers are of its specification. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "machine/loader_internal.h"

#define HEADER_MAGIC 0xe85250d6u
#define BOOT_MAGIC   0x36d76289u
#define SEARCH_BYTES 32768u
#define ARCH_I386    0u

enum {
	TAG_END,
	TAG_INFO_REQUEST,
	TAG_ADDRESS,
	TAG_ENTRY,
	TAG_CONSOLE,
	TAG_FRAMEBUFFER,
	TAG_ALIGN
};
enum { TAG_OPTIONAL = 1 };

struct header {
	uint32_t magic, arch, length, checksum;
};

struct tag {
	uint16_t type, flags;
	uint32_t size; /* the next one is 8-byte aligned behind it */
};

/* 3.6: what of the boot information is filled. */
enum {
	INFO_END,
	INFO_CMDLINE,
	INFO_NAME,
	INFO_MODULE,
	INFO_MEM,
	INFO_MMAP = 6,
	INFO_ACPI_NEW = 15
};

#define LOADER_NAME "kvmgdb"
#define RSDP_SIZE   36u

struct mmap_entry {
	uint64_t addr, len;
	uint32_t type, reserved;
};

/* 3.1.1: 8-byte aligned, wholly in the first 32768 bytes. */
int loader_multiboot2_find(struct loader *loader, uint64_t *offset)
{
	uint8_t buf[SEARCH_BYTES];
	const size_t len = loader->file_size < sizeof(buf)
			       ? (size_t)loader->file_size
			       : sizeof(buf);
	const int rc = loader_read(loader, 0, buf, len, "the first 32 KiB");
	struct header h;

	if (rc < 0)
		return rc;
	for (size_t at = 0; at + sizeof(h) <= len; at += 8) {
		memcpy(&h, buf + at, sizeof(h));
		if (h.magic != HEADER_MAGIC ||
		    h.magic + h.arch + h.length + h.checksum != 0)
			continue;
		*offset = at;
		return 1;
	}
	return 0;
}

struct wishes {
	bool address, entry; /* the tag is there */
	uint32_t entry_addr;
	struct loader_multiboot image; /* of the address tag */
};

/* One tag; 3.1.3 to 3.1.7.  What is optional and unknown is overlooked. */
static int take_tag(struct loader *loader, uint64_t at, const struct tag *tag,
		    struct wishes *wishes)
{
	uint32_t body[4] = {0};
	uint64_t size = tag->size - sizeof(*tag);
	int rc;

	if (size > sizeof(body))
		size = sizeof(body);
	rc = loader_read(loader, at + sizeof(*tag), body, size, "a header tag");
	if (rc < 0)
		return rc;
	switch (tag->type) {
	case TAG_ADDRESS:
		wishes->address = true;
		wishes->image.header_addr = body[0];
		wishes->image.load_addr = body[1];
		wishes->image.load_end_addr = body[2];
		wishes->image.bss_end_addr = body[3];
		return 0;
	case TAG_ENTRY:
		wishes->entry = true;
		wishes->entry_addr = body[0];
		return 0;
	case TAG_INFO_REQUEST: /* all that there is comes unasked */
	case TAG_CONSOLE:
	case TAG_FRAMEBUFFER: /* a wish: there is none */
	case TAG_ALIGN:
		return 0;
	default:
		if ((tag->flags & TAG_OPTIONAL) != 0)
			return 0;
		return loader_fail(loader, -ENOEXEC,
				   "the Multiboot 2 header needs a feature "
				   "that is not there (tag %u)",
				   tag->type);
	}
}

static int read_tags(struct loader *loader, uint64_t offset,
		     struct wishes *wishes)
{
	struct header h;
	uint64_t at = offset + sizeof(h), end;
	int rc;

	rc = loader_read(loader, offset, &h, sizeof(h), "the header");
	if (rc < 0)
		return rc;
	if (h.arch != ARCH_I386)
		return loader_fail(loader, -ENOEXEC,
				   "a Multiboot 2 kernel for another machine "
				   "(architecture %u)",
				   h.arch);
	end = offset + h.length;
	while (at + sizeof(struct tag) <= end) {
		struct tag tag;

		rc = loader_read(loader, at, &tag, sizeof(tag), "a header tag");
		if (rc < 0)
			return rc;
		if (tag.type == TAG_END)
			return 0;
		if (tag.size < sizeof(tag) || tag.size > end - at)
			break;
		rc = take_tag(loader, at, &tag, wishes);
		if (rc < 0)
			return rc;
		at += (tag.size + 7u) & ~7u;
	}
	return loader_fail(loader, -EINVAL,
			   "broken Multiboot 2 header: its tags have no end");
}

static void *put(uint8_t **to, uint32_t type, uint32_t size)
{
	uint8_t *tag = *to;
	const uint32_t head[2] = {type, size};

	memcpy(tag, head, sizeof(head));
	*to += (size + 7u) & ~7u;
	return tag + sizeof(head);
}

static void put_string(uint8_t **to, uint32_t type, const char *text)
{
	const uint32_t len = (uint32_t)strlen(text) + 1;

	memcpy(put(to, type, 8 + len), text, len);
}

static void put_map(uint8_t **to, const struct loader *loader)
{
	const uint32_t head[2] = {sizeof(struct mmap_entry), 0};
	struct ram_map_entry map[RAM_MAP_MAX];
	const unsigned count = ram_map(loader->ram, map);
	uint8_t *body = put(to, INFO_MMAP,
			    16 + count * (uint32_t)sizeof(struct mmap_entry));

	memcpy(body, head, sizeof(head));
	for (unsigned i = 0; i < count; i++) {
		const struct mmap_entry entry = {map[i].addr, map[i].size,
						 map[i].type, 0};

		memcpy(body + 8 + i * sizeof(entry), &entry, sizeof(entry));
	}
}

/* 3.6, at an address of 8 bytes' alignment. */
static int place_info(struct loader *loader, uint64_t *gpa)
{
	const char *append = loader->request->append;
	const size_t text = append != NULL ? strlen(append) : 0;
	const uint32_t mem[2] = {
	    RAM_LEGACY_START >> 10,
	    (uint32_t)(ram_room(loader->ram, RAM_LEGACY_END) >> 10)};
	const uint64_t rsdp = loader_acpi_rsdp(loader);
	uint64_t initrd, initrd_size;
	uint8_t *start, *to;
	uint32_t total;
	int rc;

	rc = loader_place_initrd(loader, &initrd, &initrd_size);
	if (rc < 0)
		return rc;
	start = loader_place(loader, 512 + text, "the Multiboot 2 information",
			     gpa);
	if (start == NULL)
		return -E2BIG;
	to = start + 8;
	put_string(&to, INFO_CMDLINE, append != NULL ? append : "");
	put_string(&to, INFO_NAME, LOADER_NAME);
	memcpy(put(&to, INFO_MEM, 16), mem, sizeof(mem));
	if (initrd_size > 0) {
		const uint32_t module[2] = {(uint32_t)initrd,
					    (uint32_t)(initrd + initrd_size)};

		/* and an empty string */
		memcpy(put(&to, INFO_MODULE, 17), module, sizeof(module));
	}
	put_map(&to, loader);
	if (rsdp != 0) {
		loader_acpi(loader);
		memcpy(put(&to, INFO_ACPI_NEW, 8 + RSDP_SIZE),
		       ram_at(loader->ram, rsdp, RSDP_SIZE), RSDP_SIZE);
	}
	put(&to, INFO_END, 8);
	total = (uint32_t)(to - start);
	memcpy(start, &total, sizeof(total));
	return 0;
}

int loader_multiboot2_load(struct loader *loader, uint64_t offset)
{
	struct wishes wishes = {.image = {.offset = offset}};
	uint64_t entry = 0, info = 0;
	int rc;

	rc = read_tags(loader, offset, &wishes);
	if (rc < 0)
		return rc;
	if (wishes.address && wishes.entry) {
		rc = loader_multiboot_copy(loader, &wishes.image);
		entry = wishes.entry_addr;
	} else if (loader->elf != NULL) {
		rc = loader_copy_segments(loader);
		entry = wishes.entry ? wishes.entry_addr : loader->ehdr.e_entry;
	} else {
		rc = loader_fail(loader, -ENOEXEC,
				 "a Multiboot 2 header without addresses in a "
				 "file that is not ELF");
	}
	if (rc == 0)
		rc = place_info(loader, &info);
	if (rc == 0)
		rc = loader_enter_protected(loader, entry);
	if (rc < 0)
		return rc;
	loader->state->regs.rax = BOOT_MAGIC; /* 3.3 */
	loader->state->regs.rbx = info;
	loader->state->format = LOADER_MULTIBOOT2;
	return 0;
}
