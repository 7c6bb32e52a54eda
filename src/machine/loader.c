/* SPDX-License-Identifier: MIT */
#include "machine/loader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/loader_internal.h"

int loader_fail(struct loader *loader, int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(loader->why->text, sizeof(loader->why->text), format, ap);
	va_end(ap);
	return error;
}

static int read_fd(struct loader *loader, int fd, uint64_t offset, void *buf,
		   uint64_t len)
{
	uint8_t *p = buf;

	while (len > 0) {
		const size_t part = len < (1u << 30) ? (size_t)len : 1u << 30;
		const ssize_t n = pread(fd, p, part, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return loader_fail(loader, -errno, "cannot read: %s",
					   strerror(errno));
		if (n == 0)
			return loader_fail(loader, -EIO,
					   "the file shrank while it was read");
		p += n;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

int loader_read(struct loader *loader, uint64_t offset, void *buf, uint64_t len,
		const char *what)
{
	if (offset > loader->file_size || len > loader->file_size - offset)
		return loader_fail(loader, -EINVAL,
				   "truncated: %s needs %llu bytes at offset "
				   "%llu, the file has %llu",
				   what, (unsigned long long)len,
				   (unsigned long long)offset,
				   (unsigned long long)loader->file_size);
	return read_fd(loader, loader->request->fd, offset, buf, len);
}

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

	if (elf_getphdrnum(loader->elf, &count) != 0)
		return loader_fail(loader, -EINVAL, "broken ELF: %s",
				   elf_errmsg(-1));
	for (size_t i = 0; i < count; i++) {
		char what[32];
		GElf_Phdr ph;
		int rc;

		if (i > INT32_MAX ||
		    gelf_getphdr(loader->elf, (int)i, &ph) == NULL)
			return loader_fail(
			    loader, -EINVAL,
			    "truncated: program header %zu of %zu is past the "
			    "end of the file",
			    i, count);
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

uint8_t loader_checksum(const void *data, uint64_t len)
{
	const uint8_t *p = data;
	unsigned sum = 0;

	while (len-- > 0)
		sum += *p++;
	return (uint8_t)(0u - sum);
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

/* The size of a regular file that is not empty, or -errno. */
static int check_file(struct loader *loader, int fd, const char *what,
		      uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return loader_fail(loader, -errno, "%s%s", what,
				   strerror(errno));
	if (S_ISDIR(st.st_mode))
		return loader_fail(loader, -EISDIR, "%sis a directory", what);
	if (!S_ISREG(st.st_mode))
		return loader_fail(loader, -ESPIPE, "%sis not a regular file",
				   what);
	if (st.st_size == 0)
		return loader_fail(loader, -EINVAL, "%sthe file is empty",
				   what);
	*size = (uint64_t)st.st_size;
	return 0;
}

int loader_place_initrd(struct loader *loader, uint64_t *gpa, uint64_t *size)
{
	const int fd = loader->request->initrd_fd;
	void *to;
	int rc;

	*gpa = *size = 0;
	if (!loader->request->initrd)
		return 0;
	rc = check_file(loader, fd, "--initrd: ", size);
	if (rc < 0)
		return rc;
	to = loader_place(loader, *size, "the initrd", gpa);
	if (to == NULL)
		return -E2BIG;
	return read_fd(loader, fd, 0, to, *size);
}

const char *loader_format_name(enum loader_format format)
{
	switch (format) {
	case LOADER_PVH:
		return "ELF with a PVH note";
	case LOADER_LINUX:
		return "Linux bzImage";
	case LOADER_MULTIBOOT:
		return "Multiboot";
	case LOADER_MULTIBOOT2:
		return "Multiboot 2";
	case LOADER_FIRMWARE:
		return "firmware";
	case LOADER_ELF64:
		return "plain ELF64";
	case LOADER_FLAT:
		return "flat";
	}
	return "?";
}

static int open_elf(struct loader *loader)
{
	unsigned char ident[EI_NIDENT];

	if (loader->file_size < sizeof(ident))
		return 0;
	if (loader_read(loader, 0, ident, sizeof(ident), "ELF ident") < 0)
		return -EIO;
	if (memcmp(ident, ELFMAG, SELFMAG) != 0)
		return 0;
	elf_version(EV_CURRENT);
	loader->elf = elf_begin(loader->request->fd, ELF_C_READ, NULL);
	if (loader->elf == NULL || elf_kind(loader->elf) != ELF_K_ELF ||
	    gelf_getehdr(loader->elf, &loader->ehdr) == NULL)
		return loader_fail(loader, -EINVAL, "broken ELF header: %s",
				   elf_errmsg(-1));
	/* libelf would make do with the program headers that are there. */
	if (loader->ehdr.e_phoff > loader->file_size ||
	    (uint64_t)loader->ehdr.e_phnum * loader->ehdr.e_phentsize >
		loader->file_size - loader->ehdr.e_phoff)
		return loader_fail(loader, -EINVAL,
				   "truncated: the program headers end past "
				   "the end of the file");
	loader->class = gelf_getclass(loader->elf);
	if (loader->ehdr.e_ident[EI_DATA] != ELFDATA2LSB ||
	    (loader->ehdr.e_machine != EM_X86_64 &&
	     loader->ehdr.e_machine != EM_386))
		return loader_fail(loader, -ENOEXEC,
				   "an ELF file for another machine (e_machine "
				   "%u), not x86",
				   loader->ehdr.e_machine);
	if (loader->ehdr.e_type != ET_EXEC && loader->ehdr.e_type != ET_DYN)
		return loader_fail(loader, -ENOEXEC,
				   "an ELF file that is not linked (e_type %u)",
				   loader->ehdr.e_type);
	return 1;
}

static int load_by_content(struct loader *loader)
{
	struct loader_multiboot header;
	uint64_t entry, offset;
	int rc;

	rc = open_elf(loader);
	if (rc < 0)
		return rc;
	if (rc == 1) {
		rc = loader_pvh_find(loader, &entry);
		if (rc < 0)
			return rc;
		if (rc == 1)
			return loader_pvh_load(loader, entry);
	}
	rc = loader_linux_find(loader);
	if (rc < 0)
		return rc;
	if (rc == 1)
		return loader_linux_load(loader);
	rc = loader_multiboot_find(loader, &header);
	if (rc < 0)
		return rc;
	if (rc == 1)
		return loader_multiboot_load(loader, &header);
	rc = loader_multiboot2_find(loader, &offset);
	if (rc < 0)
		return rc;
	if (rc == 1)
		return loader_multiboot2_load(loader, offset);
	if (loader_is_boot_sector(loader))
		return loader_flat_load(loader);
	if (loader->elf == NULL)
		return loader_fail(loader, -ENOEXEC,
				   "neither ELF nor bzImage nor Multiboot; a "
				   "flat image needs --flat "
				   "ADDR");
	if (loader->class != ELFCLASS64)
		return loader_fail(
		    loader, -ENOEXEC,
		    "an ELF32 file without a Multiboot header in its first 8 "
		    "KiB");
	return loader_elf64_load(loader);
}

int loader_load(const struct loader_request *request, struct ram *ram,
		struct loader_state *state, struct kvmgdb_reason *why)
{
	struct loader loader = {
	    .request = request, .ram = ram, .state = state, .why = why};
	int rc;

	why->text[0] = '\0';
	rc = check_file(&loader, request->fd, "", &loader.file_size);
	if (rc < 0)
		return rc;
	if (request->firmware)
		rc = loader_firmware_load(&loader);
	else if (request->flat)
		rc = loader_flat_load(&loader);
	else
		rc = load_by_content(&loader);
	/* A flat image finds bare RAM, no BIOS's leavings. */
	if (rc == 0 && state->format != LOADER_FLAT &&
	    state->format != LOADER_FIRMWARE) {
		loader_mptable(&loader);
		loader_acpi(&loader);
	}
	elf_end(loader.elf);
	return rc;
}
