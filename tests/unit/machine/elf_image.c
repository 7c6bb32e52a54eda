/* SPDX-License-Identifier: MIT */
#include "elf_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void image_elf(struct image *image, bool is_32)
{
	memset(image, 0, sizeof(*image));
	image->is_32 = is_32;
	image->size = IMAGE_CODE + IMAGE_CODE_SIZE;
	memcpy(image->eh.e_ident, ELFMAG, SELFMAG);
	image->eh.e_ident[EI_CLASS] = is_32 ? ELFCLASS32 : ELFCLASS64;
	image->eh.e_ident[EI_DATA] = ELFDATA2LSB;
	image->eh.e_ident[EI_VERSION] = EV_CURRENT;
	image->eh.e_type = ET_EXEC;
	image->eh.e_machine = is_32 ? EM_386 : EM_X86_64;
	image->eh.e_version = EV_CURRENT;
	image->eh.e_entry = IMAGE_GPA;
	image->eh.e_phoff = is_32 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
	image->eh.e_phnum = 1;
	image->ph[0] = (Elf64_Phdr){.p_type = PT_LOAD,
				    .p_offset = IMAGE_CODE,
				    .p_vaddr = IMAGE_GPA,
				    .p_paddr = IMAGE_GPA,
				    .p_filesz = IMAGE_CODE_SIZE,
				    .p_memsz = UINT64_C(2) * IMAGE_CODE_SIZE};
	for (unsigned i = 0; i < IMAGE_CODE_SIZE; i++)
		image->bytes[IMAGE_CODE + i] = (uint8_t)(i + 1);
}

void image_note(struct image *image, const char *name, uint32_t type,
		const void *desc, uint32_t size)
{
	const uint32_t name_size = (uint32_t)strlen(name) + 1;
	const Elf64_Nhdr note = {name_size, size, type};
	const size_t at = IMAGE_CODE + IMAGE_CODE_SIZE;
	size_t used = sizeof(note);

	memcpy(image->bytes + at, &note, sizeof(note));
	memcpy(image->bytes + at + used, name, name_size);
	used += (name_size + 3) & ~3u;
	memcpy(image->bytes + at + used, desc, size);
	used += (size + 3) & ~3u;
	image->size = at + used;
	image->eh.e_phnum = 2;
	image->ph[1] = (Elf64_Phdr){.p_type = PT_NOTE,
				    .p_offset = at,
				    .p_filesz = used,
				    .p_memsz = used,
				    .p_align = 4};
}

void image_multiboot(struct image *image, size_t offset, uint32_t flags,
		     const uint32_t *words, unsigned count)
{
	const uint32_t head[3] = {0x1badb002, flags, 0u - 0x1badb002u - flags};

	memcpy(image->bytes + offset, head, sizeof(head));
	if (count > 0)
		memcpy(image->bytes + offset + sizeof(head), words,
		       count * sizeof(*words));
}

static void put_headers_32(struct image *image)
{
	Elf32_Ehdr eh = {.e_type = image->eh.e_type,
			 .e_machine = image->eh.e_machine,
			 .e_version = image->eh.e_version,
			 .e_entry = (Elf32_Addr)image->eh.e_entry,
			 .e_phoff = (Elf32_Off)image->eh.e_phoff,
			 .e_ehsize = sizeof(eh),
			 .e_phentsize = sizeof(Elf32_Phdr),
			 .e_phnum = image->eh.e_phnum};

	memcpy(eh.e_ident, image->eh.e_ident, EI_NIDENT);
	memcpy(image->bytes, &eh, sizeof(eh));
	for (unsigned i = 0; i < IMAGE_MAX_PH && i < eh.e_phnum; i++) {
		const Elf64_Phdr *from = &image->ph[i];
		const Elf32_Phdr ph = {.p_type = from->p_type,
				       .p_offset = (Elf32_Off)from->p_offset,
				       .p_vaddr = (Elf32_Addr)from->p_vaddr,
				       .p_paddr = (Elf32_Addr)from->p_paddr,
				       .p_filesz = (Elf32_Word)from->p_filesz,
				       .p_memsz = (Elf32_Word)from->p_memsz};

		memcpy(image->bytes + sizeof(eh) + i * sizeof(ph), &ph,
		       sizeof(ph));
	}
}

static void put_headers_64(struct image *image)
{
	unsigned count = image->eh.e_phnum;

	image->eh.e_ehsize = sizeof(Elf64_Ehdr);
	image->eh.e_phentsize = sizeof(Elf64_Phdr);
	memcpy(image->bytes, &image->eh, sizeof(image->eh));
	if (count > IMAGE_MAX_PH)
		count = IMAGE_MAX_PH;
	memcpy(image->bytes + sizeof(image->eh), image->ph,
	       count * sizeof(image->ph[0]));
}

void image_load_raw(const void *bytes, size_t size,
		    struct loader_request request, uint64_t memory,
		    struct loaded *loaded)
{
	memset(loaded, 0, sizeof(*loaded));
	memset(&loaded->state, 0xa5, sizeof(loaded->state));
	request.fd = memfd_create("guest", MFD_CLOEXEC);
	if (request.fd < 0 || ram_new(memory, &loaded->ram) < 0 ||
	    write(request.fd, bytes, size) != (ssize_t)size) {
		perror("image_load");
		exit(99);
	}
	loaded->rc =
	    loader_load(&request, loaded->ram, &loaded->state, &loaded->why);
	close(request.fd);
}

void image_load(struct image *image, struct loader_request request,
		uint64_t memory, struct loaded *loaded)
{
	if (image->is_32)
		put_headers_32(image);
	else
		put_headers_64(image);
	image_load_raw(image->bytes, image->size, request, memory, loaded);
}

void loaded_free(struct loaded *loaded)
{
	ram_free(loaded->ram);
}
