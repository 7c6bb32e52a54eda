/* SPDX-License-Identifier: MIT */
/* bzImages, right and wrong, against Linux's Documentation/x86/boot.rst. */
#include "test.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf_image.h"

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

#define MEMORY  (UINT64_C(64) << 20)
#define SECTORS 3u
#define START   ((SECTORS + 1) * 512u)
#define KERNEL  0x1000u
#define PREF    0x1000000u
#define INIT    0x200000u

static uint8_t file[START + KERNEL];

static void put(unsigned at, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		file[at + i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *p, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)p[i] << (8 * i);
	return value;
}

static void make(void)
{
	memset(file, 0, sizeof(file));
	for (unsigned i = 0; i < KERNEL; i++)
		file[START + i] = (uint8_t)(i * 7 + 1);
	file[0x1f1] = SECTORS;
	put(0x1f4, 4, KERNEL / 16);
	put(0x1fe, 2, 0xaa55);
	file[0x200] = 0xeb;
	file[0x201] = 0x268 - 0x202;
	memcpy(file + 0x202, "HdrS", 4);
	put(0x206, 2, 0x020f);
	file[0x211] = 1;
	put(0x22c, 4, 0x7fffffff);
	put(0x230, 4, 0x200000);
	file[0x234] = 1;
	put(0x236, 2, 1);
	put(0x238, 4, 2047);
	put(0x248, 4, 0x300);
	put(0x24c, 4, 0x800);
	put(0x258, 8, PREF);
	put(0x260, 4, INIT);
}

static void load(struct loader_request request, size_t size, struct loaded *l)
{
	request.cpus = 1;
	image_load_raw(file, size, request, MEMORY, l);
}

static void good(void **state)
{
	struct loader_request request = {.append = "console=ttyS0",
					 .initrd = true};
	const uint8_t *zero_page;
	struct loaded l;

	(void)state;
	make();
	file[0x264] = 0x77; /* something of the header's end */
	request.initrd_fd = memfd_create("initrd", MFD_CLOEXEC);
	assert_int_equal(write(request.initrd_fd, "cpio!", 5), 5);
	load(request, sizeof(file), &l);
	close(request.initrd_fd);
	assert_string_equal(l.why.text, "");
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_LINUX);
	assert_int_equal(l.state.regs.rip, PREF + 0x200);
	assert_memory_equal(ram_at(l.ram, PREF, KERNEL), file + START, KERNEL);
	zero_page = ram_at(l.ram, l.state.regs.rsi, 4096);
	assert_non_null(zero_page);
	assert_memory_equal(zero_page + 0x202, "HdrS", 4);
	assert_int_equal(zero_page[0x1ef], 0); /* the sentinel */
	assert_int_equal(zero_page[0x210], 0xff);
	assert_int_equal(zero_page[0x264], 0x77);
	assert_string_equal(ram_at(l.ram, get(zero_page + 0x228, 4), 14),
			    "console=ttyS0");
	assert_int_equal(get(zero_page + 0x21c, 4), 5);
	assert_memory_equal(ram_at(l.ram, get(zero_page + 0x218, 4), 5),
			    "cpio!", 5);
	/* The initrd is not where the kernel unpacks itself. */
	assert_true(get(zero_page + 0x218, 4) + 5 <= PREF ||
		    get(zero_page + 0x218, 4) >= PREF + INIT);
	assert_int_equal(get(zero_page + 0x70, 8), 0xe0000);
	assert_int_equal(zero_page[0x1e8], 3);
	assert_int_equal(get(zero_page + 0x2d0 + 40, 8), 0x100000);
	assert_int_equal(get(zero_page + 0x2d0 + 48, 8), MEMORY - 0x100000);
	assert_int_equal(get(zero_page + 0x2d0 + 56, 4), 1);
	/* The boot GDT of boot.rst: CS 0x10 and DS 0x18, 64-bit. */
	assert_int_equal(l.state.sregs.cs.selector, 0x10);
	assert_int_equal(l.state.sregs.cs.l, 1);
	assert_int_equal(l.state.sregs.ss.selector, 0x18);
	assert_true(l.state.sregs.gdt.limit >= 0x20);
	assert_int_equal(l.state.sregs.efer, 0x500);
	loaded_free(&l);
}

/* An older header is shorter: what is past its end is no field of it. */
static void short_header(void **state)
{
	const struct loader_request request = {.append = NULL};
	const uint8_t *zero_page;
	struct loaded l;

	(void)state;
	make();
	put(0x206, 2, 0x020c);
	file[0x201] = 0x264 - 0x202;
	file[0x264] = 0x77;
	load(request, sizeof(file), &l);
	assert_int_equal(l.rc, 0);
	zero_page = ram_at(l.ram, l.state.regs.rsi, 4096);
	assert_int_equal(zero_page[0x264], 0);
	loaded_free(&l);
}

static void refused_at(size_t size, int rc, const char *text)
{
	const struct loader_request request = {.append = "x"};
	struct loaded l;

	load(request, size, &l);
	if (l.rc != rc || strstr(l.why.text, text) == NULL)
		fail_msg("%d \"%s\", wanted %d \"%s\"", l.rc, l.why.text, rc,
			 text);
	loaded_free(&l);
}

static void refused(int rc, const char *text)
{
	refused_at(sizeof(file), rc, text);
}

static void truncated(void **state)
{
	(void)state;
	make();
	refused_at(sizeof(file) - 16, -EINVAL, "truncated: the bzImage's");
	refused_at(START, -EINVAL, "starts at offset 2048");
	refused_at(0x240, -EINVAL, "truncated: the setup header");
	refused_at(0x204, -ENOEXEC, "neither ELF nor bzImage nor Multiboot");
	make();
	put(0x1f4, 4, 0x100 / 16);
	put(0x248, 4, 0);
	put(0x24c, 4, 0x10);
	refused_at(START + 0x200, -EINVAL, "before its 64-bit entry");
}

static void lying(void **state)
{
	(void)state;
	make();
	put(0x1f4, 4, 0xffffffff);
	refused(-EINVAL, "the bzImage's header tells of a kernel of");
	make();
	file[0x1f1] = 255;
	refused(-EINVAL, "starts at offset 131072");
	make();
	put(0x24c, 4, 0xffffff00);
	refused(-EINVAL, "the payload");
	make();
	put(0x258, 8, 0x1000);
	refused(-EINVAL, "it wants to lie at 0x1000");
	make();
	put(0x258, 8, UINT64_MAX - 0xfff);
	refused(-EINVAL, "it wants to lie at");
	make();
	put(0x260, 4, 0x70000000);
	refused(-E2BIG, "outside the guest's memory of 64 MiB");
	make();
	file[0x201] = 0x10;
	refused(-EINVAL, "its setup header ends at");
	make();
	put(0x206, 2, 0x020a);
	refused(-ENOEXEC, "boot protocol 2.10");
	make();
	put(0x236, 2, 0);
	refused(-ENOEXEC, "without a 64-bit entry");
	make();
	put(0x238, 4, 0);
	refused(0, "");
}

static void command_line_too_long(void **state)
{
	const struct loader_request request = {.append = "0123456789"};
	struct loaded l;

	(void)state;
	make();
	put(0x238, 4, 9);
	load(request, sizeof(file), &l);
	assert_int_equal(l.rc, -E2BIG);
	assert_non_null(strstr(l.why.text, "takes 9 bytes, not 10"));
	loaded_free(&l);
	put(0x238, 4, 10);
	load(request, sizeof(file), &l);
	assert_int_equal(l.rc, 0);
	loaded_free(&l);
}

static void initrd_too_high(void **state)
{
	struct loader_request request = {.initrd = true};
	struct loaded l;

	(void)state;
	make();
	request.initrd_fd = memfd_create("initrd", MFD_CLOEXEC);
	assert_int_equal(ftruncate(request.initrd_fd, 0x1000000), 0);
	put(0x22c, 4, 0x1ffffff);
	load(request, sizeof(file), &l);
	assert_int_equal(l.rc, -E2BIG);
	assert_non_null(strstr(l.why.text, "takes it up to 0x1ffffff"));
	loaded_free(&l);
	assert_int_equal(ftruncate(request.initrd_fd, MEMORY), 0);
	load(request, sizeof(file), &l);
	assert_int_equal(l.rc, -E2BIG);
	assert_non_null(strstr(l.why.text, "no room for the initrd"));
	loaded_free(&l);
	close(request.initrd_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good),
	    cmocka_unit_test(short_header),
	    cmocka_unit_test(truncated),
	    cmocka_unit_test(lying),
	    cmocka_unit_test(command_line_too_long),
	    cmocka_unit_test(initrd_too_high),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(*) */
