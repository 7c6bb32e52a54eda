/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf_image.h"

#define MEMORY (UINT64_C(16) << 20)
#define HEADER 0x200u /* file offset */

static const struct loader_request plain = {.fd = -1};

static uint32_t get32(const struct loaded *l, uint64_t gpa)
{
	const void *p = ram_at(l->ram, gpa, 4);
	uint32_t v;

	assert_non_null(p);
	memcpy(&v, p, sizeof(v));
	return v;
}

static void refused(struct image *image, int error, const char *says)
{
	struct loaded l;

	image_load(image, plain, MEMORY, &l);
	if (l.rc != error || strstr(l.why.text, says) == NULL)
		fail_msg("%d (%s), wanted %d with '%s'", l.rc, l.why.text,
			 error, says);
	loaded_free(&l);
}

static void elf32(void **state)
{
	const struct loader_request request = {.append = "one two"};
	struct image image;
	struct loaded l;
	uint64_t info, map, usable = 0;
	uint32_t end;

	(void)state;
	image_elf(&image, true);
	image_multiboot(&image, HEADER, 3, NULL, 0);
	image.eh.e_entry = IMAGE_GPA + 4;
	image_load(&image, request, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_MULTIBOOT);
	assert_int_equal(*(uint8_t *)ram_at(l.ram, IMAGE_GPA + 63, 1), 64);
	assert_int_equal(l.state.regs.rip, IMAGE_GPA + 4);
	assert_int_equal(l.state.regs.rax, 0x2badb002);
	assert_int_equal(l.state.regs.rflags, 2);
	assert_int_equal(l.state.sregs.cr0 & 0x80000001, 1);
	assert_int_equal(l.state.sregs.cs.db, 1);

	info = l.state.regs.rbx;
	assert_int_equal(get32(&l, info), 1 | 4 | 0x40 | 0x200);
	assert_int_equal(get32(&l, info + 4), 0x9f000 / 1024);
	assert_int_equal(get32(&l, info + 8), 15 * 1024);
	assert_string_equal(ram_at(l.ram, get32(&l, info + 16), 1), "one two");
	assert_int_equal(get32(&l, info + 20), 0);
	assert_string_equal(ram_at(l.ram, get32(&l, info + 64), 1), "kvmgdb");
	/* Walk it as a kernel does: by each entry's own size. */
	map = get32(&l, info + 48);
	end = get32(&l, info + 48) + get32(&l, info + 44);
	while (map < end) {
		assert_int_equal(get32(&l, map), 20);
		if (get32(&l, map + 20) == 1)
			usable += get32(&l, map + 12);
		map += get32(&l, map) + 4;
	}
	assert_int_equal(map, end);
	assert_int_equal(usable, MEMORY - (RAM_LEGACY_END - RAM_LEGACY_START));
	loaded_free(&l);
}

static void initrd(void **state)
{
	struct loader_request request = {.initrd = true};
	struct image image;
	struct loaded l;
	uint64_t info, module;

	(void)state;
	request.initrd_fd = memfd_create("initrd", MFD_CLOEXEC);
	assert_int_equal(write(request.initrd_fd, "module!", 7), 7);
	image_elf(&image, true);
	image_multiboot(&image, HEADER, 1, NULL, 0);
	image_load(&image, request, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	info = l.state.regs.rbx;
	assert_int_equal(get32(&l, info), 1 | 8 | 0x40 | 0x200);
	assert_int_equal(get32(&l, info + 20), 1);
	module = get32(&l, info + 24);
	assert_int_equal(get32(&l, module + 4) - get32(&l, module), 7);
	assert_memory_equal(ram_at(l.ram, get32(&l, module), 7), "module!", 7);
	loaded_free(&l);
	close(request.initrd_fd);
}

/* As GRUB does: an ELF64 file with a header is entered in 32-bit mode. */
static void elf64_with_header(void **state)
{
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image_multiboot(&image, HEADER, 0, NULL, 0);
	image_load(&image, plain, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_MULTIBOOT);
	assert_int_equal(l.state.sregs.efer, 0);
	assert_int_equal(get32(&l, l.state.regs.rbx) & 4, 0);
	loaded_free(&l);
}

/* header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr */
static void by_header(void **state)
{
	const uint32_t words[] = {0x200010, 0x200000, 0x200040, 0x200080,
				  0x200020};
	struct image image;
	struct loaded l;
	const uint8_t *p;

	(void)state;
	image_elf(&image, false);
	image_multiboot(&image, HEADER, 0x10000, words, 5);
	image.bytes[HEADER - 0x10] = 0x77;
	image.bytes[HEADER + 0x2f] = 0x78;
	image.bytes[HEADER + 0x30] = 0x79; /* the first one past the end */
	image_load(&image, plain, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_MULTIBOOT);
	assert_int_equal(l.state.regs.rip, 0x200020);
	p = ram_at(l.ram, 0x200000, 0x80);
	assert_int_equal(p[0], 0x77);
	assert_int_equal(p[0x3f], 0x78);
	assert_int_equal(p[0x40], 0);
	/* The ELF segments are not used then. */
	assert_int_equal(*(uint8_t *)ram_at(l.ram, IMAGE_GPA, 1), 0);
	loaded_free(&l);
}

static void by_header_to_the_end(void **state)
{
	const uint32_t words[] = {0x200000, 0x200000, 0, 0, 0x200000};
	struct image image;
	struct loaded l;

	(void)state;
	memset(&image, 0, sizeof(image));
	image_multiboot(&image, 0, 0x10000, words, 5);
	image.bytes[99] = 0x42;
	image_load_raw(image.bytes, 100, plain, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(*(uint8_t *)ram_at(l.ram, 0x200000 + 99, 1), 0x42);
	loaded_free(&l);
}

static void lying_addresses(void **state)
{
	static const struct {
		uint32_t words[5];
		int error;
		const char *says;
	} cases[] = {
	    {{0x1ff000, 0x200000, 0, 0, 0x200000}, -EINVAL, "header_addr"},
	    {{0x201000, 0x200000, 0, 0, 0x200000}, -EINVAL, "before the start"},
	    {{0x200000, 0x200000, 0x100000, 0, 0x200000},
	     -EINVAL,
	     "load_end_addr"},
	    {{0x200000, 0x200000, 0x280000, 0, 0x200000}, -EINVAL, "truncated"},
	    {{0x200000, 0x200000, 0x200040, 0x200020, 0x200000},
	     -EINVAL,
	     "bss_end_addr"},
	    {{0x200000, 0x200000, 0x200040, 0, 0x200040}, -EINVAL, "entry"},
	    {{0xfffff000, 0xfffff000, 0xfffff040, 0, 0xfffff000},
	     -E2BIG,
	     "outside"},
	    {{0x200000, 0x200000, 0x200040, 0xfffffff0, 0x200000},
	     -E2BIG,
	     "outside"},
	};
	struct image image;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		image_elf(&image, true);
		image_multiboot(&image, HEADER, 0x10000, cases[i].words, 5);
		refused(&image, cases[i].error, cases[i].says);
	}
}

static void header_search(void **state)
{
	struct image image;
	struct loaded l;

	(void)state;
	/* The last place where it is found... */
	image_elf(&image, true);
	image.size = IMAGE_MAX;
	image_multiboot(&image, 8192 - 12, 0, NULL, 0);
	image_load(&image, plain, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	loaded_free(&l);
	/* ...and the places where it is not. */
	image_elf(&image, true);
	image.size = IMAGE_MAX;
	image_multiboot(&image, 8192 - 8, 0, NULL, 0);
	refused(&image, -ENOEXEC, "without a Multiboot header");
	image_elf(&image, true);
	image_multiboot(&image, HEADER + 2, 0, NULL, 0);
	refused(&image, -ENOEXEC, "without a Multiboot header");
	image_elf(&image, true);
	image_multiboot(&image, HEADER, 0, NULL, 0);
	image.bytes[HEADER + 8] ^= 1; /* the checksum */
	refused(&image, -ENOEXEC, "without a Multiboot header");
	/* Cut off in its addresses. */
	memset(&image, 0, sizeof(image));
	image_multiboot(&image, 0, 0x10000, NULL, 0);
	image_load_raw(image.bytes, 24, plain, MEMORY, &l);
	assert_int_equal(l.rc, -EINVAL);
	assert_non_null(strstr(l.why.text, "cut off"));
	loaded_free(&l);
}

static void unknown_features(void **state)
{
	struct image image;

	(void)state;
	image_elf(&image, true);
	image_multiboot(&image, HEADER, 0x8, NULL, 0);
	refused(&image, -ENOEXEC, "features");
}

static void no_elf_no_addresses(void **state)
{
	struct image image;
	struct loaded l;

	(void)state;
	memset(&image, 0, sizeof(image));
	image_multiboot(&image, 0, 0, NULL, 0);
	image_load_raw(image.bytes, 100, plain, MEMORY, &l);
	assert_int_equal(l.rc, -ENOEXEC);
	assert_non_null(strstr(l.why.text, "not ELF"));
	loaded_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(elf32),
	    cmocka_unit_test(initrd),
	    cmocka_unit_test(elf64_with_header),
	    cmocka_unit_test(by_header),
	    cmocka_unit_test(by_header_to_the_end),
	    cmocka_unit_test(lying_addresses),
	    cmocka_unit_test(header_search),
	    cmocka_unit_test(unknown_features),
	    cmocka_unit_test(no_elf_no_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
