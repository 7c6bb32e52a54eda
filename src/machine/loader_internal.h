/* SPDX-License-Identifier: MIT */
/*
 * What the loaders share: the image under way, and how to find room in RAM.
 */
#ifndef MACHINE_LOADER_INTERNAL_H
#define MACHINE_LOADER_INTERNAL_H

#include <gelf.h>

#include "machine/loader.h"

/* Guests have a handful of segments; a file that claims more is refused. */
#define LOADER_MAX_RANGES 128u

/* The selector of the code segment, where a format does not name one. */
#define LOADER_CS 0x08u

struct loader {
	const struct loader_request *request;
	struct ram *ram;
	struct loader_state *state;
	struct kvmgdb_reason *why;
	uint64_t file_size;
	Elf *elf;  /* NULL: not an ELF file */
	int class; /* ELFCLASS32 or ELFCLASS64 */
	GElf_Ehdr ehdr;
	/* What is taken: [start, end), in no order, may touch or overlap. */
	struct {
		uint64_t start, end;
	} taken[LOADER_MAX_RANGES + 16];
	unsigned taken_count;
};

/* Sets the reason and returns ERROR. */
int loader_fail(struct loader *loader, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Read LEN bytes at OFFSET of the image into BUF.  0, -EINVAL where the image
 * ends before (the reason names WHAT), -errno. */
int loader_read(struct loader *loader, uint64_t offset, void *buf, uint64_t len,
		const char *what);

/* Copy FILESZ bytes at OFFSET of the file to GPA, zero up to MEMSZ, and note
 * the range as taken. */
int loader_copy(struct loader *loader, uint64_t offset, uint64_t gpa,
		uint64_t filesz, uint64_t memsz, const char *what);

/* Of an ELF file: how many program headers it has, and the Ith of COUNT. */
int loader_phdr_count(struct loader *loader, size_t *count);
int loader_phdr(struct loader *loader, size_t i, size_t count, GElf_Phdr *ph);

/* Load each PT_LOAD at its physical address. */
int loader_copy_segments(struct loader *loader);

/* True if GPA is inside what the image takes. */
bool loader_is_taken(const struct loader *loader, uint64_t gpa);

/* True if the image takes a byte of [GPA, GPA+SIZE). */
bool loader_overlaps(const struct loader *loader, uint64_t gpa, uint64_t size);

/* Find SIZE free bytes of RAM below the hole, aligned to a page, the
 * highest below 640 KiB or else the lowest above 1 MiB; take and zero them.
 * Returns the host address or NULL (with the reason set). */
void *loader_place(struct loader *loader, uint64_t size, const char *what,
		   uint64_t *gpa);

/* Put TEXT into RAM; GPA is 0 if TEXT is NULL or empty. */
int loader_place_string(struct loader *loader, const char *text,
			const char *what, uint64_t *gpa);

/* Put the initrd into RAM; SIZE is 0 if there is none. */
int loader_place_initrd(struct loader *loader, uint64_t *gpa, uint64_t *size);

/* The MP table lies from here up to RAM_LEGACY_END. */
#define LOADER_MP_GPA 0xf0000u

/* The byte that makes the sum of all LEN bytes 0, of which it is one. */
uint8_t loader_checksum(const void *data, uint64_t len);

/* A table of the CPUs and interrupt chips in the BIOS's range, if the image
 * leaves that free. */
void loader_mptable(struct loader *loader);

/* ACPI tables in the BIOS's range, if the image leaves that free. */
void loader_acpi(struct loader *loader);

/* Where loader_acpi() will put the first of them, or 0. */
uint64_t loader_acpi_rsdp(const struct loader *loader);

/* A GDT for the boot, with a busy TSS; BITS is 32 or 64.  CS is the selector
 * of the code segment; data and TSS have the next two.  Sets the segment
 * registers, GDTR, TR, an empty IDT and LDT. */
int loader_segments(struct loader *loader, unsigned bits, unsigned cs);

/* Protected mode without paging, flat segments, interrupts off, at ENTRY. */
int loader_enter_protected(struct loader *loader, uint64_t entry);

/* Long mode at ENTRY, the first 4 GiB identity-mapped, interrupts off; CS as
 * above.  The other registers are 0. */
int loader_enter_long(struct loader *loader, uint64_t entry, unsigned cs);

/* The hvm_start_info block of the PVH boot ABI, with the memory map. */
int loader_start_info(struct loader *loader, uint64_t *gpa);

/*
 * Each format.  find: 1 if the image is of this format (with what load
 * needs), 0 if not, -errno if it claims to be but is broken.
 */
int loader_pvh_find(struct loader *loader, uint64_t *entry);
int loader_pvh_load(struct loader *loader, uint64_t entry);

int loader_linux_find(struct loader *loader);
int loader_linux_load(struct loader *loader);

struct loader_multiboot {
	uint64_t offset; /* of the header in the file */
	uint32_t flags;
	/* Valid with bit 16 of the flags only (Multiboot 1), or with the
	 * address tag (Multiboot 2). */
	uint32_t header_addr, load_addr, load_end_addr, bss_end_addr,
	    entry_addr;
};
int loader_multiboot_find(struct loader *loader,
			  struct loader_multiboot *header);
int loader_multiboot_load(struct loader *loader,
			  const struct loader_multiboot *header);

/* Load the image by the addresses in the header. */
int loader_multiboot_copy(struct loader *loader,
			  const struct loader_multiboot *header);

int loader_multiboot2_find(struct loader *loader, uint64_t *offset);
int loader_multiboot2_load(struct loader *loader, uint64_t offset);

int loader_firmware_load(struct loader *loader);
bool loader_is_boot_sector(struct loader *loader);

int loader_elf64_load(struct loader *loader);
int loader_flat_load(struct loader *loader);

#endif
