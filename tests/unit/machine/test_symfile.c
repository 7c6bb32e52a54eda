/* SPDX-License-Identifier: MIT */
/* System.map and /proc/kallsyms, right and wrong, to ELF. */
#include "test.h"

#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symfile.h"

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

static int read_text(const char *text, struct symfile **symbols,
		     struct kvmgdb_reason *why)
{
	FILE *in = fmemopen((char *)(uintptr_t)text, strlen(text), "r");
	int rc;

	assert_non_null(in);
	*symbols = NULL;
	why->text[0] = '\0';
	rc = symfile_read(in, symbols, why);
	fclose(in);
	return rc;
}

static void refused(const char *text, const char *reason)
{
	struct symfile *symbols;
	struct kvmgdb_reason why;

	assert_int_equal(read_text(text, &symbols, &why), -EINVAL);
	if (strstr(why.text, reason) == NULL)
		fail_msg("\"%s\", wanted \"%s\"", why.text, reason);
}

static void wrong(void **state)
{
	(void)state;
	refused("\n", "line 1 is not");
	refused("ffffffff81000000 T a\nffffffff81000000 T\n", "line 2 is not");
	refused("ffffffff81000000 T \n", "line 1 is not");
	refused("ffffffff810000000 T a\n", "line 1 is not");
	refused(" T a\n", "line 1 is not");
	refused("ffffffff81000000 7 a\n", "line 1 is not");
	refused("ffffffff81000000 Text a\n", "line 1 is not");
	refused("ffffffff81000000 t m\t[ext4]\n", "it has no symbol");
	refused("0000000000000000 T a\n0000000000000000 d b\n",
		"all addresses are 0");
	refused("ffffffffffffffff B The real System.map is in a package\n",
		"no real map");
}

struct found {
	GElf_Sym sym;
	GElf_Shdr section;
	bool there;
};

static struct found find(Elf *elf, const char *name)
{
	struct found f = {.there = false};
	Elf_Scn *scn = NULL;
	GElf_Shdr h;

	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		Elf_Data *data = elf_getdata(scn, NULL);

		assert_non_null(gelf_getshdr(scn, &h));
		if (h.sh_type != SHT_SYMTAB)
			continue;
		for (int i = 0; gelf_getsym(data, i, &f.sym) != NULL; i++) {
			if (strcmp(elf_strptr(elf, h.sh_link, f.sym.st_name),
				   name) != 0)
				continue;
			f.there = true;
			/* ELF: locals come before sh_info, others behind */
			assert_int_equal(GELF_ST_BIND(f.sym.st_info) ==
					     STB_LOCAL,
					 (unsigned)i < h.sh_info);
			if (f.sym.st_shndx != SHN_ABS)
				gelf_getshdr(elf_getscn(elf, f.sym.st_shndx),
					     &f.section);
			return f;
		}
	}
	return f;
}

/* 100 functions, 100 variables, 100 functions, 8 bytes each. */
static char *many(void)
{
	char *text = malloc(32768), *p = text;

	assert_non_null(text);
	p += sprintf(p, "0000000000001000 A percpu\n");
	for (unsigned i = 0; i < 300; i++)
		p += sprintf(p, "%llx %c sym%u\n",
			     0xffffffff81000000ull + 8ull * (299 - i),
			     i / 100 == 1 ? 'd' : 'T', i);
	/* a stray one is no section of its own */
	p += sprintf(p, "ffffffff81000004 D stray\n");
	sprintf(p, "ffffffffc0001000 t inmodule\t[virtio]\n");
	return text;
}

/* Each address of a section is in a segment, without bytes of the file. */
static void check_segments(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr section;
	GElf_Phdr p;
	size_t count = 0, sections = 0;

	assert_int_equal(elf_getphdrnum(elf, &count), 0);
	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		bool inside = false;

		assert_non_null(gelf_getshdr(scn, &section));
		if ((section.sh_flags & SHF_ALLOC) == 0)
			continue;
		sections++;
		for (size_t i = 0; i < count && !inside; i++) {
			assert_non_null(gelf_getphdr(elf, (int)i, &p));
			assert_int_equal(p.p_filesz, 0);
			inside = p.p_type == PT_LOAD &&
				 p.p_vaddr <= section.sh_addr &&
				 p.p_vaddr + p.p_memsz >=
				     section.sh_addr + section.sh_size;
		}
		assert_true(inside);
	}
	assert_int_equal(count, sections);
}

/* No kernel's half: there are no offsets into a per-CPU area either. */
static void low(void **state)
{
	const int fd = memfd_create("symbols", MFD_CLOEXEC);
	struct symfile *symbols;
	struct kvmgdb_reason why;
	struct found f;
	Elf *elf;

	(void)state;
	assert_int_equal(
	    read_text("100000 T start\n100040 T main\n", &symbols, &why), 0);
	assert_int_equal(symfile_write(symbols, fd, &why), 0);
	symfile_free(symbols);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	f = find(elf, "main");
	assert_true(f.there);
	assert_true(f.section.sh_addr == 0x100000);
	check_segments(elf);
	elf_end(elf);
	close(fd);
}

static void right(void **state)
{
	const int fd = memfd_create("symbols", MFD_CLOEXEC);
	struct symfile *symbols;
	struct kvmgdb_reason why;
	char *text = many();
	struct found f;
	Elf *elf;

	(void)state;
	assert_int_equal(read_text(text, &symbols, &why), 0);
	free(text);
	assert_int_equal(symfile_count(symbols), 302);
	assert_int_equal(symfile_write(symbols, fd, &why), 0);
	symfile_free(symbols);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	f = find(elf, "sym250");
	assert_true(f.there);
	assert_true(f.sym.st_value == 0xffffffff81000000 + 8 * 49);
	assert_int_equal(f.sym.st_size, 8);
	assert_int_equal(GELF_ST_TYPE(f.sym.st_info), STT_FUNC);
	assert_true(f.section.sh_flags & SHF_EXECINSTR);
	assert_true(f.section.sh_addr <= f.sym.st_value);
	f = find(elf, "sym150");
	assert_int_equal(GELF_ST_TYPE(f.sym.st_info), STT_OBJECT);
	assert_int_equal(GELF_ST_BIND(f.sym.st_info), STB_LOCAL);
	assert_true(f.section.sh_flags & SHF_WRITE);
	assert_true(f.section.sh_type == SHT_NOBITS);
	assert_true(f.section.sh_addr == 0xffffffff81000000 + 8 * 100);
	assert_true(f.section.sh_size == 8 * 100);
	f = find(elf, "stray");
	assert_int_equal(f.sym.st_size, 4);
	assert_true(f.section.sh_flags & SHF_EXECINSTR);
	f = find(elf, "percpu");
	assert_int_equal(f.sym.st_shndx, SHN_ABS);
	assert_false(find(elf, "inmodule").there);
	check_segments(elf);
	elf_end(elf);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong),
	    cmocka_unit_test(right),
	    cmocka_unit_test(low),
	};

	elf_version(EV_CURRENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(*) */
