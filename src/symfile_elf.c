/* SPDX-License-Identifier: MIT */
/* The ELF file of symfile.h: sections, segments, symbol table. */
#include <ctype.h>
#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symfile_impl.h"

/* The kernel's half; below it Linux has offsets into its per-CPU area. */
#define KERNEL_START UINT64_C(0xffff800000000000)
/* A change between code and data shorter than this is no section of its own. */
#define RUN_MIN 64u

static bool is_code(const struct symbol *symbol)
{
	return strchr("tTwWiI", symbol->type) != NULL;
}

/* The start of the next run of the other kind, RUN_MIN long, from AT on. */
static size_t run_end(const struct symfile *s, size_t at)
{
	const bool code = is_code(&s->symbols[at]);
	size_t other = at;

	for (size_t i = at; i < s->count; i++) {
		if (is_code(&s->symbols[i]) == code)
			other = i + 1;
		else if (i + 1 - other >= RUN_MIN)
			return other;
	}
	return s->count;
}

/* The names of the sections, as .shstrtab has them. */
static const char section_names[] = "\0.text\0.data\0.symtab\0.strtab";
enum {
	NAME_TEXT = 1,
	NAME_DATA = 7,
	NAME_SYMTAB = 13,
	NAME_STRTAB = 21,
	NAMES_SIZE = sizeof(section_names)
};

static bool fill_data(Elf_Scn *section, void *buf, size_t size, Elf_Type type)
{
	Elf_Data *data = elf_newdata(section);

	if (data == NULL)
		return false;
	data->d_buf = buf;
	data->d_size = size;
	data->d_type = type;
	data->d_version = EV_CURRENT;
	data->d_align = 1;
	return true;
}

/* Symbols FROM to TO are in a section of their own, without bytes. */
static bool add_range(Elf *elf, struct symfile *s, size_t from, size_t to)
{
	const bool code = is_code(&s->symbols[from]);
	const uint64_t start = s->symbols[from].addr;
	const uint64_t end =
	    to < s->count ? s->symbols[to].addr : s->symbols[to - 1].addr + 1;
	Elf_Scn *section = elf_newscn(elf);
	GElf_Shdr header;

	if (section == NULL || gelf_getshdr(section, &header) == NULL)
		return false;
	header.sh_name = code ? NAME_TEXT : NAME_DATA;
	header.sh_type = SHT_NOBITS;
	header.sh_flags = SHF_ALLOC | (code ? SHF_EXECINSTR : SHF_WRITE);
	header.sh_addr = start;
	header.sh_size = end - start;
	header.sh_addralign = 1;
	if (!gelf_update_shdr(section, &header) ||
	    !fill_data(section, NULL, end - start, ELF_T_BYTE))
		return false;
	for (size_t i = from; i < to; i++)
		s->symbols[i].section = (uint32_t)elf_ndxscn(section);
	return true;
}

static bool add_ranges(Elf *elf, struct symfile *s)
{
	const bool kernel = s->symbols[s->count - 1].addr >= KERNEL_START;
	size_t at = 0;

	while (kernel && s->symbols[at].addr < KERNEL_START)
		s->symbols[at++].section = SHN_ABS;
	while (at < s->count) {
		const size_t end = run_end(s, at);

		if (!add_range(elf, s, at, end))
			return false;
		at = end;
	}
	return true;
}

/* A segment for each section that there is: some readers, libdwfl for one, take
 * the addresses of an executable from there. */
static bool add_segments(Elf *elf)
{
	GElf_Shdr section;
	GElf_Phdr header;
	Elf_Scn *scn = NULL;
	size_t count;
	int n = 0;

	if (elf_getshdrnum(elf, &count) < 0 ||
	    gelf_newphdr(elf, count - 1) == 0)
		return false;
	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		if (gelf_getshdr(scn, &section) == NULL)
			return false;
		header = (GElf_Phdr){
		    .p_type = PT_LOAD,
		    .p_flags =
			PF_R | (section.sh_flags & SHF_EXECINSTR ? PF_X : PF_W),
		    .p_vaddr = section.sh_addr,
		    .p_paddr = section.sh_addr,
		    .p_memsz = section.sh_size,
		    .p_align = 1};
		if (!gelf_update_phdr(elf, n++, &header))
			return false;
	}
	return true;
}

static uint64_t size_of(const struct symfile *s, size_t i)
{
	for (size_t next = i + 1; next < s->count; next++) {
		if (s->symbols[next].section != s->symbols[i].section)
			return 0;
		if (s->symbols[next].addr > s->symbols[i].addr)
			return s->symbols[next].addr - s->symbols[i].addr;
	}
	return 0;
}

/* Local symbols come first, as ELF wants them. */
static void fill_symbols(const struct symfile *s, Elf64_Sym *out,
			 uint32_t *locals)
{
	size_t n = 1;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < s->count; i++) {
			const struct symbol *symbol = &s->symbols[i];
			const bool local = islower((unsigned char)symbol->type);

			if (local != (pass == 0))
				continue;
			out[n].st_name = symbol->name;
			out[n].st_value = symbol->addr;
			out[n].st_size = size_of(s, i);
			out[n].st_shndx = (Elf64_Half)symbol->section;
			out[n].st_info = (unsigned char)ELF64_ST_INFO(
			    local ? STB_LOCAL : STB_GLOBAL,
			    is_code(symbol) ? STT_FUNC : STT_OBJECT);
			n++;
		}
		if (pass == 0)
			*locals = (uint32_t)n;
	}
}

static bool add_tables(Elf *elf, const struct symfile *s, Elf64_Sym *table)
{
	Elf_Scn *symtab = elf_newscn(elf), *strtab = elf_newscn(elf);
	GElf_Shdr header;
	uint32_t locals = 0;

	if (symtab == NULL || strtab == NULL ||
	    gelf_getshdr(symtab, &header) == NULL)
		return false;
	fill_symbols(s, table, &locals);
	header.sh_name = NAME_SYMTAB;
	header.sh_type = SHT_SYMTAB;
	header.sh_link = (GElf_Word)elf_ndxscn(strtab);
	header.sh_info = locals;
	header.sh_entsize = sizeof(Elf64_Sym);
	header.sh_addralign = 1;
	if (!gelf_update_shdr(symtab, &header) ||
	    !fill_data(symtab, table, (s->count + 1) * sizeof(*table),
		       ELF_T_SYM) ||
	    gelf_getshdr(strtab, &header) == NULL)
		return false;
	header.sh_name = NAME_STRTAB;
	header.sh_type = SHT_STRTAB;
	header.sh_addralign = 1;
	return gelf_update_shdr(strtab, &header) &&
	       fill_data(strtab, s->names, s->used, ELF_T_BYTE);
}

/* Also the names of the sections, which are the last. */
static bool build(Elf *elf, struct symfile *s, Elf64_Sym *table, char *names)
{
	GElf_Ehdr header;
	GElf_Shdr section;
	Elf_Scn *last;

	if (gelf_newehdr(elf, ELFCLASS64) == NULL || !add_ranges(elf, s) ||
	    !add_segments(elf) || !add_tables(elf, s, table))
		return false;
	last = elf_newscn(elf);
	if (last == NULL || gelf_getshdr(last, &section) == NULL ||
	    gelf_getehdr(elf, &header) == NULL)
		return false;
	section.sh_type = SHT_STRTAB;
	section.sh_addralign = 1;
	header.e_ident[EI_DATA] = ELFDATA2LSB;
	header.e_type = ET_EXEC;
	header.e_machine = EM_X86_64;
	header.e_version = EV_CURRENT;
	header.e_shstrndx = (GElf_Half)elf_ndxscn(last);
	return gelf_update_shdr(last, &section) &&
	       fill_data(last, names, NAMES_SIZE, ELF_T_BYTE) &&
	       gelf_update_ehdr(elf, &header) &&
	       elf_update(elf, ELF_C_WRITE) >= 0;
}

int symfile_write(struct symfile *symbols, int fd, struct kvmgdb_reason *why)
{
	char names[NAMES_SIZE];
	Elf64_Sym *table = calloc(symbols->count + 1, sizeof(*table));
	Elf *elf;
	int rc = 0;

	if (table == NULL)
		return symfile_fail(why, -ENOMEM, "no memory");
	memcpy(names, section_names, sizeof(names));
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	if (elf == NULL || !build(elf, symbols, table, names))
		rc = symfile_fail(why, -EIO, elf_errmsg(-1));
	elf_end(elf);
	free(table);
	return rc;
}
