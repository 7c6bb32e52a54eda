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
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
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

int loader_phdr_count(struct loader *loader, size_t *count)
{
	if (elf_getphdrnum(loader->elf, count) != 0)
		return loader_fail(loader, -EINVAL, "broken ELF: %s",
				   elf_errmsg(-1));
	return 0;
}

int loader_phdr(struct loader *loader, size_t i, size_t count, GElf_Phdr *ph)
{
	if (i > INT32_MAX || gelf_getphdr(loader->elf, (int)i, ph) == NULL)
		return loader_fail(loader, -EINVAL,
				   "truncated: program header %zu of %zu is "
				   "past the end of the file",
				   i, count);
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
