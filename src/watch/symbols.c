/* SPDX-License-Identifier: MIT */
#include "watch/symbols.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gdbproto/nearest.h"

struct symbols {
	Dwfl *dwfl;
	Dwfl_Module *module;
};

/* Only what is in the file itself: nothing is searched, nor asked for. */
static int no_debuginfo(Dwfl_Module *module, void **user, const char *name,
			Dwarf_Addr base, const char *file, const char *link,
			GElf_Word crc, char **debug)
{
	(void)module;
	(void)user;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)debug;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = no_debuginfo,
    .section_address = dwfl_offline_section_address,
};

struct symbols *symbols_open(const char *path, struct kvmgdb_reason *why)
{
	struct symbols *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->dwfl = dwfl_begin(&callbacks);
	if (s == NULL || s->dwfl == NULL) {
		snprintf(why->text, sizeof(why->text), "no memory");
		free(s);
		return NULL;
	}
	dwfl_report_begin(s->dwfl);
	s->module = dwfl_report_elf(s->dwfl, "guest", path, -1, 0, true);
	if (s->module == NULL || dwfl_report_end(s->dwfl, NULL, NULL) != 0 ||
	    dwfl_module_getsymtab(s->module) < 0) {
		snprintf(why->text, sizeof(why->text), "%.100s: %s", path,
			 dwfl_errmsg(-1));
		symbols_close(s);
		return NULL;
	}
	return s;
}

int symbols_find(const struct symbols *s, const char *name, uint64_t *address,
		 uint64_t *size)
{
	const int count = dwfl_module_getsymtab(s->module);
	bool found = false;

	for (int i = 0; i < count; i++) {
		GElf_Sym sym;
		GElf_Addr at;
		const char *text = dwfl_module_getsym_info(
		    s->module, i, &sym, &at, NULL, NULL, NULL);

		if (text == NULL || strcmp(text, name) != 0 ||
		    sym.st_shndx == SHN_UNDEF)
			continue;
		if (found && at != *address)
			return -ENOTUNIQ;
		found = true;
		*address = at;
		*size = sym.st_size;
	}
	return found ? 0 : -ENOENT;
}

const char *symbols_nearest(const struct symbols *s, const char *name)
{
	const int count = dwfl_module_getsymtab(s->module);
	const char *best = NULL;
	struct nearest near;

	nearest_begin(&near, name);
	for (int i = 0; i < count; i++) {
		GElf_Sym sym;
		GElf_Addr at;
		const char *text = dwfl_module_getsym_info(
		    s->module, i, &sym, &at, NULL, NULL, NULL);

		if (text != NULL && text[0] != '\0' &&
		    sym.st_shndx != SHN_UNDEF &&
		    GELF_ST_TYPE(sym.st_info) != STT_FILE &&
		    nearest_try(&near, text))
			best = text;
	}
	return best;
}

void symbols_at(const struct symbols *s, uint64_t address,
		struct symbols_place *place)
{
	Dwfl_Line *line;
	GElf_Sym sym;
	GElf_Off offset = 0;

	memset(place, 0, sizeof(*place));
	if (s == NULL)
		return;
	place->name = dwfl_module_addrinfo(s->module, address, &offset, &sym,
					   NULL, NULL, NULL);
	place->offset = offset;
	line = dwfl_module_getsrc(s->module, address);
	if (line != NULL) {
		int number = 0;

		place->file =
		    dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
		place->line = (unsigned)number;
	}
	if (place->file != NULL && strrchr(place->file, '/') != NULL)
		place->file = strrchr(place->file, '/') + 1;
}

void symbols_close(struct symbols *s)
{
	if (s == NULL)
		return;
	dwfl_end(s->dwfl);
	free(s);
}
