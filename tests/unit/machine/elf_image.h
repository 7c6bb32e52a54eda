/* SPDX-License-Identifier: MIT */
/*
 * Small ELF images, right or wrong, in a temporary file, and a load of them
 * into RAM as the monitor would do it.
 */
#ifndef TESTS_ELF_IMAGE_H
#define TESTS_ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/loader.h"

#define IMAGE_MAX       0x4000u
#define IMAGE_MAX_PH    4u
#define IMAGE_CODE      0x1000u /* file offset of the first segment's bytes */
#define IMAGE_CODE_SIZE 64u
#define IMAGE_GPA       0x100000u

struct image {
	uint8_t bytes[IMAGE_MAX];
	size_t size;
	bool is_32;
	Elf64_Ehdr eh; /* put into the file by image_finish() */
	Elf64_Phdr ph[IMAGE_MAX_PH];
};

/* One PT_LOAD of IMAGE_CODE_SIZE bytes (1, 2, 3, ...) at IMAGE_GPA with as
 * much BSS again; the entry is its start. */
void image_elf(struct image *image, bool is_32);

/* A PT_NOTE, as program header 1, with one note. */
void image_note(struct image *image, const char *name, uint32_t type,
		const void *desc, uint32_t size);

/* A Multiboot header of COUNT words after the magic; the checksum is made. */
void image_multiboot(struct image *image, size_t offset, uint32_t flags,
		     const uint32_t *words, unsigned count);

struct loaded {
	struct ram *ram;
	struct loader_state state;
	struct kvmgdb_reason why;
	int rc;
};

/* Write the headers into the bytes, the bytes into a file, and load it into
 * MEMORY bytes of RAM.  REQUEST's fd is set here. */
void image_load(struct image *image, struct loader_request request,
		uint64_t memory, struct loaded *loaded);

/* The same without headers. */
void image_load_raw(const void *bytes, size_t size,
		    struct loader_request request, uint64_t memory,
		    struct loaded *loaded);

void loaded_free(struct loaded *loaded);

#endif
