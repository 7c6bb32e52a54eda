/* SPDX-License-Identifier: MIT */
/*
 * Guest RAM: below 4 GiB up to a hole for devices, the rest above 4 GiB.
 */
#ifndef MACHINE_RAM_H
#define MACHINE_RAM_H

#include <stddef.h>
#include <stdint.h>

#define RAM_PAGE 4096u
/* The hole: interrupt chips at 0xfec00000 and 0xfee00000, and the pages that
 * KVM_SET_TSS_ADDR takes. */
#define RAM_HOLE_START 0xc0000000u
#define RAM_HOLE_END   0x100000000u
#define RAM_MIN        (2u << 20)
/* Where a PC's video memory and ROMs begin and end: backed by RAM here, but
 * told as reserved to guests that ask. */
#define RAM_LEGACY_START 0x9f000u
#define RAM_LEGACY_END   0x100000u

/* The largest firmware image: chips' pages lie below it. */
#define RAM_ROM_MAX (8u << 20)

struct ram;

/* The types of e820 and of hvm_memmap_table_entry. */
enum ram_map_type { RAM_MAP_RAM = 1, RAM_MAP_RESERVED = 2 };

struct ram_map_entry {
	uint64_t addr, size;
	enum ram_map_type type;
};

#define RAM_MAP_MAX 4u

/* SIZE bytes, zeroed; a multiple of RAM_PAGE, at least RAM_MIN.  0, -EINVAL,
 * -ENOMEM. */
int ram_new(uint64_t size, struct ram **ram);

/* All zeroes again. */
void ram_clear(struct ram *ram);

/* LEN zeroes at P, which is of ram_at(); whole pages of them take no memory. */
void ram_zero(void *p, size_t len);

/* NULL is allowed. */
void ram_free(struct ram *ram);

uint64_t ram_size(const struct ram *ram);

/* The host address of [GPA, GPA+LEN), or NULL if a byte of it is not RAM.
 * LEN 0 gives NULL too unless GPA is RAM. */
void *ram_at(const struct ram *ram, uint64_t gpa, uint64_t len);

/* The bytes of RAM from GPA upward without a gap; 0 if GPA is not RAM. */
uint64_t ram_room(const struct ram *ram, uint64_t gpa);

/* The memory map that a guest is told; returns the number of entries. */
unsigned ram_map(const struct ram *ram, struct ram_map_entry map[RAM_MAP_MAX]);

/* The two parts, for memory slots; part 0 or 1.  Returns its host address and
 * sets GPA and SIZE, or NULL if there is no such part. */
void *ram_part(const struct ram *ram, unsigned part, uint64_t *gpa,
	       uint64_t *size);

/* SIZE bytes, a multiple of RAM_PAGE up to RAM_ROM_MAX, that end at 4 GiB and
 * that the guest cannot write; again after a reset, of the same size.  Returns
 * the host address, or NULL without memory.  ram_at() does not know it. */
void *ram_add_rom(struct ram *ram, uint64_t size);

/* Its host address and place, or NULL if there is none. */
void *ram_rom(const struct ram *ram, uint64_t *gpa, uint64_t *size);

/* The same memory as ram_part(), where only KVM may use it: it may lose access
 * rights for a while. */
void *ram_kvm_part(const struct ram *ram, unsigned part);

#endif
