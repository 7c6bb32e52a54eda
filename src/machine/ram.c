/* SPDX-License-Identifier: MIT */
#include "machine/ram.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

struct ram {
	uint8_t *host;
	uint64_t size;
	uint64_t low; /* bytes below the hole; the rest starts at
			 RAM_HOLE_END */
};

int ram_new(uint64_t size, struct ram **ram)
{
	struct ram *r;
	void *host;

	if (size < RAM_MIN || size % RAM_PAGE != 0 || size > SIZE_MAX / 2)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	host = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (host == MAP_FAILED) {
		free(r);
		return -ENOMEM;
	}
	r->host = host;
	r->size = size;
	r->low = size < RAM_HOLE_START ? size : RAM_HOLE_START;
	*ram = r;
	return 0;
}

void ram_free(struct ram *ram)
{
	if (ram == NULL)
		return;
	munmap(ram->host, (size_t)ram->size);
	free(ram);
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
