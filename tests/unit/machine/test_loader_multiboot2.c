/* SPDX-License-Identifier: MIT */
/* Multiboot 2 headers, right and wrong; firmware; boot sectors. */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "elf_image.h"

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

#define MEMORY (UINT64_C(16) << 20)
#define MAGIC  0xe85250d6u

static uint8_t file[0x2000];
static size_t used;

static void words(unsigned count, const uint32_t *w)
{
	memcpy(file + used, w, count * 4);
	used += count * 4;
}

/* A header at 0x40 with an address, an entry and an end tag. */
static void make(uint32_t arch, uint32_t load)
{
	const uint32_t length = 16 + 24 + 16 + 8;
	const uint32_t header[4] = {MAGIC, arch, length,
				    0u - (MAGIC + arch + length)};
	const uint32_t tags[] = {2,
				 24,
				 load + 0x40,
				 load,
				 load + 0x1000,
				 load + 0x3000,
				 3 | 1u << 16,
				 12,
				 load + 0x123,
				 0,
				 0,
				 8};

	memset(file, 0x11, sizeof(file));
	used = 0x40;
	words(4, header);
	words(12, tags);
}

static void load_file(struct loader_request request, size_t size,
		      struct loaded *l)
{
	request.cpus = 1;
	image_load_raw(file, size, request, MEMORY, l);
}

static const uint32_t *find_tag(const struct loaded *l, uint32_t type)
{
	const uint8_t *p = ram_at(l->ram, l->state.regs.rbx, 8);
	const uint8_t *end = p + *(const uint32_t *)(const void *)p;

	for (p += 8; p < end;) {
		const uint32_t *tag = (const uint32_t *)(const void *)p;

		if (tag[0] == type)
			return tag;
		p += (tag[1] + 7) & ~7u;
	}
	return NULL;
}

static void by_addresses(void **state)
{
	const struct loader_request request = {.append = "one two"};
	const uint32_t *tag;
	struct loaded l;

	(void)state;
	make(0, 0x200000);
	load_file(request, sizeof(file), &l);
	assert_string_equal(l.why.text, "");
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_MULTIBOOT2);
	assert_int_equal(l.state.regs.rax, 0x36d76289);
	assert_int_equal(l.state.regs.rip, 0x200123);
	assert_int_equal(l.state.regs.rbx % 8, 0);
	assert_memory_equal(ram_at(l.ram, 0x200000, 0x1000), file, 0x1000);
	assert_int_equal(*(uint8_t *)ram_at(l.ram, 0x201000, 1), 0);
	tag = find_tag(&l, 1);
	assert_non_null(tag);
	assert_string_equal((const char *)(tag + 2), "one two");
	tag = find_tag(&l, 6);
	assert_non_null(tag);
	assert_int_equal(tag[2], 24);
	assert_int_equal(tag[1], 16 + 3 * 24);
	tag = find_tag(&l, 15);
	assert_non_null(tag);
	assert_memory_equal(tag + 2, "RSD PTR ", 8);
	assert_null(find_tag(&l, 3)); /* no module */
	assert_non_null(find_tag(&l, 0));
	loaded_free(&l);
}

static void refused(size_t size, int rc, const char *text)
{
	const struct loader_request request = {.append = NULL};
	struct loaded l;

	load_file(request, size, &l);
	if (l.rc != rc || strstr(l.why.text, text) == NULL)
		fail_msg("%d \"%s\", wanted %d \"%s\"", l.rc, l.why.text, rc,
			 text);
	loaded_free(&l);
}

static void wrong(void **state)
{
	(void)state;
	make(4, 0x200000);
	refused(sizeof(file), -ENOEXEC, "another machine (architecture 4)");
	make(0, 0x200000);
	refused(0x60, -EINVAL, "truncated: a header tag");
	make(0, 0x200000);
	file[0x50] = 9; /* the address tag is something unknown */
	refused(sizeof(file), -ENOEXEC, "needs a feature that is not there");
	file[0x52] = 1; /* optional, but then there is no address */
	refused(sizeof(file), -ENOEXEC, "without addresses");
	make(0, 0x200000);
	file[0x54] = 0; /* a tag of no size */
	refused(sizeof(file), -EINVAL, "its tags have no end");
	make(0, 0x200000);
	file[0x54] = 0xff;
	refused(sizeof(file), -EINVAL, "its tags have no end");
	make(0, 0xfff000);
	refused(sizeof(file), -E2BIG, "outside the guest's memory");
	make(0, 0x200000);
	file[0x4c] ^= 1; /* the checksum */
	refused(sizeof(file), -ENOEXEC, "neither ELF nor");
}

static void boot_sector(void **state)
{
	const struct loader_request request = {.append = NULL};
	struct loaded l;

	(void)state;
	memset(file, 0x90, sizeof(file));
	file[510] = 0x55;
	file[511] = 0xaa;
	load_file(request, 512, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_FLAT);
	assert_int_equal(l.state.regs.rip, 0x7c00);
	assert_int_equal(l.state.regs.rdx, 0x80);
	assert_int_equal(*(uint8_t *)ram_at(l.ram, 0x7dff, 1), 0xaa);
	/* no BIOS's tables: the machine is bare */
	assert_int_equal(*(uint8_t *)ram_at(l.ram, 0xe0000, 1), 0);
	loaded_free(&l);
	refused(513, -ENOEXEC, "neither ELF nor");
	file[511] = 0;
	refused(512, -ENOEXEC, "neither ELF nor");
}

static void firmware(void **state)
{
	const struct loader_request request = {.firmware = true};
	uint64_t gpa, size;
	struct loaded l;
	uint8_t *rom;

	(void)state;
	for (unsigned i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)(i * 5 + 3);
	load_file(request, sizeof(file), &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_FIRMWARE);
	assert_int_equal(l.state.regs.rip, 0xfff0);
	rom = ram_rom(l.ram, &gpa, &size);
	assert_int_equal(gpa, 0x100000000 - sizeof(file));
	assert_int_equal(size, sizeof(file));
	assert_memory_equal(rom, file, sizeof(file));
	assert_memory_equal(ram_at(l.ram, 0x100000 - sizeof(file), 1), file,
			    sizeof(file));
	/* the segments stay as after reset */
	assert_int_equal(*(uint8_t *)&l.state.sregs, 0xa5);
	loaded_free(&l);
	load_file(request, 8, &l);
	assert_int_equal(l.rc, -EINVAL);
	assert_non_null(strstr(l.why.text, "do not reach the reset vector"));
	loaded_free(&l);
	load_file(request, 0x1001, &l);
	assert_int_equal(l.rc, -EINVAL);
	assert_non_null(strstr(l.why.text, "a multiple of 4 KiB, up to 8 MiB"));
	loaded_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_addresses),
	    cmocka_unit_test(wrong),
	    cmocka_unit_test(boot_sector),
	    cmocka_unit_test(firmware),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(*) */
