/* SPDX-License-Identifier: MIT */
/*
 * PVH: an ELF64 file with a note that names a 32-bit entry point.
 * Xen's docs/misc/pvh.pandoc; Linux has it as CONFIG_PVH.
 */
#include <errno.h>
#include <string.h>

#include "machine/loader_internal.h"

#define XEN_ELFNOTE_PHYS32_ENTRY 18u
/* A kernel's notes are some hundred bytes. */
#define NOTES_MAX 0x100000u

static int entry_of_note(struct loader *loader, const uint8_t *desc,
			 GElf_Word size, uint64_t *entry)
{
	if (size != 4 && size != 8)
		return loader_fail(loader, -EINVAL,
				   "the PVH note holds %u bytes, not 4 or 8",
				   size);
	*entry = 0;
	memcpy(entry, desc, size); /* both little-endian */
	if (*entry > UINT32_MAX)
		return loader_fail(loader, -EINVAL,
				   "the PVH entry 0x%llx is above 4 GiB",
				   (unsigned long long)*entry);
	return 1;
}

static int search_segment(struct loader *loader, const GElf_Phdr *ph,
			  uint64_t *entry)
{
	const uint8_t *bytes;
	Elf_Data *data;
	GElf_Nhdr note;
	size_t pos = 0, name, desc;

	if (ph->p_filesz > NOTES_MAX)
		return loader_fail(loader, -EINVAL,
				   "a note segment of %llu bytes",
				   (unsigned long long)ph->p_filesz);
	if (ph->p_offset > loader->file_size ||
	    ph->p_filesz > loader->file_size - ph->p_offset)
		return loader_fail(loader, -EINVAL,
				   "truncated: the notes end past the end of "
				   "the file");
	if (ph->p_filesz == 0)
		return 0;
	data = elf_getdata_rawchunk(
	    loader->elf, (int64_t)ph->p_offset, (size_t)ph->p_filesz,
	    ph->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	if (data == NULL)
		return loader_fail(loader, -EINVAL, "broken notes: %s",
				   elf_errmsg(-1));
	bytes = data->d_buf;
	while ((pos = gelf_getnote(data, pos, &note, &name, &desc)) > 0) {
		if (note.n_type == XEN_ELFNOTE_PHYS32_ENTRY &&
		    note.n_namesz == 4 && memcmp(bytes + name, "Xen", 4) == 0)
			return entry_of_note(loader, bytes + desc,
					     note.n_descsz, entry);
	}
	return 0;
}

int loader_pvh_find(struct loader *loader, uint64_t *entry)
{
	size_t count;
	int rc;

	if (loader->class != ELFCLASS64)
		return 0;
	rc = loader_phdr_count(loader, &count);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr ph;

		rc = loader_phdr(loader, i, count, &ph);
		if (rc < 0)
			return rc;
		if (ph.p_type != PT_NOTE)
			continue;
		rc = search_segment(loader, &ph, entry);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int loader_pvh_load(struct loader *loader, uint64_t entry)
{
	uint64_t info;
	int rc;

	rc = loader_copy_segments(loader);
	if (rc < 0)
		return rc;
	rc = loader_start_info(loader, &info);
	if (rc < 0)
		return rc;
	rc = loader_enter_protected(loader, entry);
	if (rc < 0)
		return rc;
	loader->state->regs.rbx = info;
	loader->state->format = LOADER_PVH;
	return 0;
}
