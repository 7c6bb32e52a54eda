/* SPDX-License-Identifier: MIT */
/*
 * A Linux bzImage by the 64-bit boot protocol, 2.12 or later: Linux's
 * Documentation/x86/boot.rst and zero-page.rst.  The kernel's own decompressor
 * runs first.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "machine/loader_internal.h"

#define HEADER_OFFSET  0x1f1u
#define BOOT_FLAG      0xaa55u
#define HEADER_MAGIC   0x53726448u /* "HdrS" */
#define VERSION_MIN    0x020cu     /* xloadflags */
#define LOADED_HIGH    0x01u       /* loadflags */
#define KEEP_SEGMENTS  0x40u
#define CAN_USE_HEAP   0x80u
#define KERNEL_64      0x01u /* xloadflags */
#define LOADER_UNKNOWN 0xffu
#define ENTRY_64       0x200u
#define SECTOR         512u
#define SECTORS_OLD    4u
#define CMDLINE_OLD    255u

/* 64-bit boot protocol: flat segments of these selectors. */
#define BOOT_CS 0x10u

struct setup_header {
	uint8_t setup_sects;
	uint16_t root_flags;
	uint32_t syssize;
	uint16_t ram_size, vid_mode, root_dev, boot_flag;
	uint8_t jump, header_end; /* the header ends this far from 0x202 */
	uint32_t magic;
	uint16_t version;
	uint32_t realmode_swtch;
	uint16_t start_sys_seg, kernel_version;
	uint8_t type_of_loader, loadflags;
	uint16_t setup_move_size;
	uint32_t code32_start, ramdisk_image, ramdisk_size, bootsect_kludge;
	uint16_t heap_end_ptr;
	uint8_t ext_loader_ver, ext_loader_type;
	uint32_t cmd_line_ptr, initrd_addr_max, kernel_alignment;
	uint8_t relocatable_kernel, min_alignment;
	uint16_t xloadflags;
	uint32_t cmdline_size, hardware_subarch;
	uint64_t hardware_subarch_data;
	uint32_t payload_offset, payload_length;
	uint64_t setup_data, pref_address;
	uint32_t init_size, handover_offset;
} __attribute__((packed));

struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __attribute__((packed));

/* The zero page, as far as it is filled. */
struct boot_params {
	uint8_t screen[0x70];
	uint64_t acpi_rsdp;
	uint8_t pad1[0x1e8 - 0x78];
	uint8_t e820_entries;
	uint8_t pad2[0x1f1 - 0x1e9];
	struct setup_header header;
	uint8_t pad3[0x2d0 - 0x1f1 - sizeof(struct setup_header)];
	struct e820_entry e820[RAM_MAP_MAX];
	uint8_t
	    rest[RAM_PAGE - 0x2d0 - RAM_MAP_MAX * sizeof(struct e820_entry)];
} __attribute__((packed));

_Static_assert(sizeof(struct boot_params) == RAM_PAGE, "a page");
_Static_assert(offsetof(struct boot_params, header.cmd_line_ptr) == 0x228,
	       "boot.rst");
_Static_assert(offsetof(struct boot_params, header.init_size) == 0x260,
	       "boot.rst");

int loader_linux_find(struct loader *loader)
{
	struct setup_header h;
	int rc;

	if (loader->elf != NULL ||
	    loader->file_size <
		HEADER_OFFSET + offsetof(struct setup_header, version))
		return 0;
	rc = loader_read(loader, HEADER_OFFSET, &h,
			 offsetof(struct setup_header, version),
			 "the setup header");
	if (rc < 0)
		return rc;
	return h.boot_flag == BOOT_FLAG && h.magic == HEADER_MAGIC;
}

/* The header as far as the kernel has one; the rest is 0. */
static int read_header(struct loader *loader, struct setup_header *h)
{
	uint64_t size;
	int rc;

	memset(h, 0, sizeof(*h));
	rc = loader_read(loader, HEADER_OFFSET, h,
			 offsetof(struct setup_header, realmode_swtch),
			 "the setup header");
	if (rc < 0)
		return rc;
	if (h->version < VERSION_MIN)
		return loader_fail(loader, -ENOEXEC,
				   "a Linux kernel of boot protocol %u.%02u; "
				   "2.12 (Linux 3.8) is the oldest that can "
				   "be entered in 64-bit mode",
				   h->version >> 8, h->version & 0xff);
	size = 0x202u + h->header_end - HEADER_OFFSET;
	if (size < offsetof(struct setup_header, handover_offset))
		return loader_fail(loader, -EINVAL,
				   "broken bzImage: its setup header ends at "
				   "0x%x, too early for its version",
				   0x202u + h->header_end);
	if (size > sizeof(*h))
		size = sizeof(*h);
	rc = loader_read(loader, HEADER_OFFSET, h, size, "the setup header");
	if (rc < 0)
		return rc;
	if ((h->loadflags & LOADED_HIGH) == 0 ||
	    (h->xloadflags & KERNEL_64) == 0)
		return loader_fail(loader, -ENOEXEC,
				   "a Linux kernel without a 64-bit entry");
	return 0;
}

/* The whole of the kernel's part, by the header's word, must be there. */
static int check_sizes(struct loader *loader, const struct setup_header *h,
		       uint64_t *offset, uint64_t *size)
{
	const unsigned sectors =
	    h->setup_sects != 0 ? h->setup_sects : SECTORS_OLD;
	const uint64_t said = (uint64_t)h->syssize * 16;

	*offset = (uint64_t)(sectors + 1) * SECTOR;
	if (*offset >= loader->file_size)
		return loader_fail(loader, -EINVAL,
				   "truncated: the bzImage's kernel starts at "
				   "offset %llu, the file has %llu bytes",
				   (unsigned long long)*offset,
				   (unsigned long long)loader->file_size);
	*size = loader->file_size - *offset;
	if (said > *size + 15)
		return loader_fail(loader, -EINVAL,
				   "truncated: the bzImage's header tells of a "
				   "kernel of %llu bytes, the file has %llu",
				   (unsigned long long)said,
				   (unsigned long long)*size);
	if ((uint64_t)h->payload_offset + h->payload_length > *size)
		return loader_fail(loader, -EINVAL,
				   "broken bzImage: the payload (%u bytes at "
				   "%u) ends past the kernel's %llu bytes",
				   h->payload_length, h->payload_offset,
				   (unsigned long long)*size);
	if (*size <= ENTRY_64)
		return loader_fail(loader, -EINVAL,
				   "truncated: the bzImage ends before its "
				   "64-bit entry");
	return 0;
}

static int copy_kernel(struct loader *loader, const struct setup_header *h)
{
	uint64_t offset = 0, size = 0, memory;
	int rc;

	rc = check_sizes(loader, h, &offset, &size);
	if (rc < 0)
		return rc;
	memory = h->init_size > size ? h->init_size : size;
	if (h->pref_address < RAM_LEGACY_END ||
	    h->pref_address % RAM_PAGE != 0 ||
	    h->pref_address + memory < memory ||
	    h->pref_address + memory > RAM_HOLE_END)
		return loader_fail(
		    loader, -EINVAL,
		    "broken bzImage: it wants to lie at 0x%llx, %llu bytes "
		    "long",
		    (unsigned long long)h->pref_address,
		    (unsigned long long)memory);
	return loader_copy(loader, offset, h->pref_address, size, memory,
			   "the kernel");
}

static int place_command_line(struct loader *loader, struct setup_header *h)
{
	const char *text = loader->request->append;
	const uint32_t max =
	    h->cmdline_size != 0 ? h->cmdline_size : CMDLINE_OLD;
	uint64_t gpa;
	int rc;

	if (text != NULL && strlen(text) > max)
		return loader_fail(loader, -E2BIG,
				   "--append: this kernel takes %u bytes, not "
				   "%zu",
				   max, strlen(text));
	rc = loader_place_string(loader, text != NULL ? text : " ",
				 "the command line", &gpa);
	h->cmd_line_ptr = (uint32_t)gpa;
	return rc;
}

static int place_initrd(struct loader *loader, struct setup_header *h)
{
	uint64_t gpa, size;
	const int rc = loader_place_initrd(loader, &gpa, &size);

	if (rc < 0)
		return rc;
	if (size > 0 && gpa + size - 1 > h->initrd_addr_max)
		return loader_fail(
		    loader, -E2BIG,
		    "the initrd ends at 0x%llx, this kernel "
		    "takes it up to 0x%x",
		    /* NOLINTNEXTLINE(bugprone-misplaced-widening-cast) */
		    (unsigned long long)(gpa + size), h->initrd_addr_max);
	h->ramdisk_image = (uint32_t)gpa;
	h->ramdisk_size = (uint32_t)size;
	return 0;
}

static int place_boot_params(struct loader *loader, struct setup_header *h,
			     uint64_t *gpa)
{
	struct ram_map_entry map[RAM_MAP_MAX];
	struct boot_params *params;

	h->type_of_loader = LOADER_UNKNOWN;
	h->loadflags &= (uint8_t) ~(KEEP_SEGMENTS | CAN_USE_HEAP);
	h->code32_start = (uint32_t)h->pref_address;
	params =
	    loader_place(loader, sizeof(*params), "the boot parameters", gpa);
	if (params == NULL)
		return -E2BIG;
	params->header = *h;
	params->acpi_rsdp = loader_acpi_rsdp(loader);
	params->e820_entries = (uint8_t)ram_map(loader->ram, map);
	for (unsigned i = 0; i < params->e820_entries; i++)
		params->e820[i] =
		    (struct e820_entry){map[i].addr, map[i].size, map[i].type};
	return 0;
}

int loader_linux_load(struct loader *loader)
{
	struct loader_state *state = loader->state;
	struct setup_header h;
	uint64_t params;
	int rc;

	rc = read_header(loader, &h);
	if (rc == 0)
		rc = copy_kernel(loader, &h);
	if (rc == 0)
		rc = place_command_line(loader, &h);
	if (rc == 0)
		rc = place_initrd(loader, &h);
	if (rc == 0)
		rc = place_boot_params(loader, &h, &params);
	if (rc == 0)
		rc = loader_enter_long(loader, h.pref_address + ENTRY_64,
				       BOOT_CS);
	if (rc < 0)
		return rc;
	/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
	state->regs.rsi = params;
	state->format = LOADER_LINUX;
	return 0;
}
