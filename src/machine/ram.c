/* SPDX-License-Identifier: MIT */
#include "machine/ram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct ram {
	uint8_t *host;
	uint8_t *kvm; /* the same memory, for KVM alone */
	uint64_t size;
	void *rom;
	uint64_t rom_size;
	uint64_t low; /* bytes below the hole; the rest starts at
			 RAM_HOLE_END */
};

static uint8_t *map_shared(int fd, uint64_t size)
{
	void *p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_NORESERVE, fd, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* where the system lets shared memory have large pages */
	madvise(p, (size_t)size, MADV_HUGEPAGE);
	return p;
}

/* Mapped twice: from KVM's mapping access rights can be taken, for watchpoints,
 * and ours still reaches the memory. */
static int map_twice(struct ram *r)
{
	const int fd = memfd_create("kvmgdb guest RAM", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)r->size) == 0) {
		r->host = map_shared(fd, r->size);
		r->kvm = map_shared(fd, r->size);
	}
	close(fd);
	return r->host != NULL && r->kvm != NULL ? 0 : -ENOMEM;
}

int ram_new(uint64_t size, struct ram **ram)
{
	struct ram *r;
	int rc;

	if (size < RAM_MIN || size % RAM_PAGE != 0 || size > SIZE_MAX / 2)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	r->size = size;
	r->low = size < RAM_HOLE_START ? size : RAM_HOLE_START;
	rc = map_twice(r);
	if (rc < 0) {
		ram_free(r);
		return rc;
	}
	*ram = r;
	return 0;
}

void ram_free(struct ram *ram)
{
	if (ram == NULL)
		return;
	if (ram->host != NULL)
		munmap(ram->host, (size_t)ram->size);
	if (ram->kvm != NULL)
		munmap(ram->kvm, (size_t)ram->size);
	if (ram->rom != NULL)
		munmap(ram->rom, (size_t)ram->rom_size);
	free(ram);
}

void ram_clear(struct ram *ram)
{
	/* Gives the memory back; both mappings then read zeroes. */
	if (madvise(ram->host, (size_t)ram->size, MADV_REMOVE) < 0)
		memset(ram->host, 0, (size_t)ram->size);
}

void ram_zero(void *p, size_t len)
{
	const size_t before = -(uintptr_t)p % RAM_PAGE;
	const size_t whole =
	    len > before ? (len - before) / RAM_PAGE * RAM_PAGE : 0;
	uint8_t *at = p;

	if (whole == 0 || madvise(at + before, whole, MADV_REMOVE) < 0) {
		memset(at, 0, len);
		return;
	}
	memset(at, 0, before);
	memset(at + before + whole, 0, len - before - whole);
}

uint64_t ram_size(const struct ram *ram)
{
	return ram->size;
}

uint64_t ram_room(const struct ram *ram, uint64_t gpa)
{
	if (gpa < ram->low)
		return ram->low - gpa;
	if (gpa >= RAM_HOLE_END && gpa - RAM_HOLE_END < ram->size - ram->low)
		return ram->size - ram->low - (gpa - RAM_HOLE_END);
	return 0;
}

void *ram_at(const struct ram *ram, uint64_t gpa, uint64_t len)
{
	const uint64_t room = ram_room(ram, gpa);

	if (room == 0 || len > room)
		return NULL;
	if (gpa < ram->low)
		return ram->host + gpa;
	return ram->host + ram->low + (gpa - RAM_HOLE_END);
}

unsigned ram_map(const struct ram *ram, struct ram_map_entry map[RAM_MAP_MAX])
{
	unsigned n = 0;

	map[n++] = (struct ram_map_entry){0, RAM_LEGACY_START, RAM_MAP_RAM};
	map[n++] = (struct ram_map_entry){RAM_LEGACY_START,
					  RAM_LEGACY_END - RAM_LEGACY_START,
					  RAM_MAP_RESERVED};
	map[n++] = (struct ram_map_entry){
	    RAM_LEGACY_END, ram->low - RAM_LEGACY_END, RAM_MAP_RAM};
	if (ram->size > ram->low)
		map[n++] = (struct ram_map_entry){
		    RAM_HOLE_END, ram->size - ram->low, RAM_MAP_RAM};
	return n;
}

void *ram_add_rom(struct ram *ram, uint64_t size)
{
	void *p;

	if (ram->rom != NULL)
		return size == ram->rom_size ? ram->rom : NULL;
	p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	ram->rom = p;
	ram->rom_size = size;
	return p;
}

void *ram_rom(const struct ram *ram, uint64_t *gpa, uint64_t *size)
{
	*gpa = RAM_HOLE_END - ram->rom_size;
	*size = ram->rom_size;
	return ram->rom;
}

void *ram_kvm_part(const struct ram *ram, unsigned part)
{
	uint64_t gpa, size;
	const uint8_t *host = ram_part(ram, part, &gpa, &size);

	return host == NULL ? NULL : ram->kvm + (host - ram->host);
}

void *ram_part(const struct ram *ram, unsigned part, uint64_t *gpa,
	       uint64_t *size)
{
	if (part == 0) {
		*gpa = 0;
		*size = ram->low;
		return ram->host;
	}
	if (part == 1 && ram->size > ram->low) {
		*gpa = RAM_HOLE_END;
		*size = ram->size - ram->low;
		return ram->host + ram->low;
	}
	return NULL;
}
