/* SPDX-License-Identifier: MIT */
/* Room in RAM: what the image takes, and what goes beside it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/loader_internal.h"

static int take(struct loader *loader, uint64_t start, uint64_t len)
{
	const unsigned n = loader->taken_count;

	if (n == sizeof(loader->taken) / sizeof(loader->taken[0]))
		return loader_fail(loader, -EINVAL, "too many segments");
	loader->taken[n].start = start;
	loader->taken[n].end = start + len;
	loader->taken_count++;
	return 0;
}

int loader_copy(struct loader *loader, uint64_t offset, uint64_t gpa,
		uint64_t filesz, uint64_t memsz, const char *what)
{
	uint8_t *to;
	int rc;

	if (filesz > memsz)
		return loader_fail(loader, -EINVAL,
				   "%s is larger in the file than in memory",
				   what);
	to = ram_at(loader->ram, gpa, memsz);
	if (to == NULL)
		return loader_fail(
		    loader, -E2BIG,
		    "%s (%llu bytes at 0x%llx) is outside the guest's "
		    "memory of %llu MiB; try a larger --memory",
		    what, (unsigned long long)memsz, (unsigned long long)gpa,
		    (unsigned long long)(ram_size(loader->ram) >> 20));
	rc = loader_read(loader, offset, to, filesz, what);
	if (rc < 0)
		return rc;
	ram_zero(to + filesz, (size_t)(memsz - filesz));
	return take(loader, gpa, memsz);
}

int loader_copy_segments(struct loader *loader)
{
	unsigned loaded = 0;
	size_t count;
	int rc;

	rc = loader_phdr_count(loader, &count);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		char what[32];
		GElf_Phdr ph;

		rc = loader_phdr(loader, i, count, &ph);
		if (rc < 0)
			return rc;
		if (ph.p_type == PT_INTERP)
			return loader_fail(
			    loader, -ENOEXEC,
			    "a program for an operating system (it names an "
			    "interpreter), not a guest");
		if (ph.p_type != PT_LOAD || ph.p_memsz == 0)
			continue;
		if (++loaded > LOADER_MAX_RANGES)
			return loader_fail(loader, -EINVAL,
					   "more than %u segments",
					   LOADER_MAX_RANGES);
		snprintf(what, sizeof(what), "segment %zu", i);
		rc = loader_copy(loader, ph.p_offset, ph.p_paddr, ph.p_filesz,
				 ph.p_memsz, what);
		if (rc < 0)
			return rc;
	}
	if (loaded == 0)
		return loader_fail(loader, -ENOEXEC,
				   "an ELF file without a segment to load");
	return 0;
}

bool loader_is_taken(const struct loader *loader, uint64_t gpa)
{
	for (unsigned i = 0; i < loader->taken_count; i++) {
		if (gpa >= loader->taken[i].start && gpa < loader->taken[i].end)
			return true;
	}
	return false;
}

/* The end of what is taken of [START, START + SIZE), or 0 if it is free. */
static uint64_t taken_up_to(const struct loader *loader, uint64_t start,
			    uint64_t size, uint64_t *from)
{
	for (unsigned i = 0; i < loader->taken_count; i++) {
		if (loader->taken[i].end > start &&
		    loader->taken[i].start < start + size) {
			*from = loader->taken[i].start;
			return loader->taken[i].end;
		}
	}
	return 0;
}

bool loader_overlaps(const struct loader *loader, uint64_t gpa, uint64_t size)
{
	uint64_t from;

	return taken_up_to(loader, gpa, size, &from) != 0;
}

/* The highest gap of SIZE bytes in [START, END), a page's start, or 0. */
static uint64_t find_gap_down(const struct loader *loader, uint64_t start,
			      uint64_t end, uint64_t size)
{
	while (end > start && end - start >= size) {
		const uint64_t at = (end - size) & ~(uint64_t)(RAM_PAGE - 1);
		uint64_t from;

		if (at < start)
			break;
		if (taken_up_to(loader, at, size, &from) == 0)
			return at;
		end = from;
	}
	return 0;
}

/* The lowest such gap. */
static uint64_t find_gap_up(const struct loader *loader, uint64_t start,
			    uint64_t end, uint64_t size)
{
	while (end > start && end - start >= size) {
		uint64_t from;
		const uint64_t to = taken_up_to(loader, start, size, &from);

		if (to == 0)
			return start;
		start = (to + RAM_PAGE - 1) & ~(uint64_t)(RAM_PAGE - 1);
	}
	return 0;
}

void *loader_place(struct loader *loader, uint64_t size, const char *what,
		   uint64_t *gpa)
{
	uint64_t at;
	void *to;

	/* From the top: guests use the lower pages as they like, for a real
	 * mode IVT, or to start other CPUs. */
	at = find_gap_down(loader, RAM_PAGE, RAM_LEGACY_START, size);
	if (at == 0)
		at = find_gap_up(loader, RAM_LEGACY_END,
				 RAM_LEGACY_END +
				     ram_room(loader->ram, RAM_LEGACY_END),
				 size);
	to = at != 0 ? ram_at(loader->ram, at, size) : NULL;
	if (to == NULL) {
		loader_fail(loader, -E2BIG,
			    "the image leaves no room for %s; try a larger "
			    "--memory",
			    what);
		return NULL;
	}
	if (take(loader, at, size) < 0)
		return NULL;
	memset(to, 0, (size_t)size);
	*gpa = at;
	return to;
}

int loader_place_string(struct loader *loader, const char *text,
			const char *what, uint64_t *gpa)
{
	char *to;

	*gpa = 0;
	if (text == NULL || text[0] == '\0')
		return 0;
	to = loader_place(loader, strlen(text) + 1, what, gpa);
	if (to == NULL)
		return -E2BIG;
	memcpy(to, text, strlen(text) + 1);
	return 0;
}
