/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "elf_image.h"

#define MEMORY (UINT64_C(4) << 20)

static const uint8_t boot_sector[512] = {0xfa, 0xf4, [510] = 0x55, 0xaa};

static void load_at(uint64_t addr, struct loaded *l)
{
	const struct loader_request request = {.flat = true, .flat_addr = addr};

	image_load_raw(boot_sector, sizeof(boot_sector), request, MEMORY, l);
}

static void boot_sector_at_7c00(void **state)
{
	struct loaded l;

	(void)state;
	load_at(0x7c00, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_FLAT);
	assert_memory_equal(ram_at(l.ram, 0x7c00, 512), boot_sector, 512);
	assert_int_equal(l.state.regs.rip, 0x7c00);
	assert_int_equal(l.state.regs.rsp, 0x7c00);
	assert_int_equal(l.state.regs.rflags, 2);
	assert_int_equal(l.state.sregs.cr0 & 1, 0);
	assert_int_equal(l.state.sregs.efer, 0);
	assert_int_equal(l.state.sregs.cs.base, 0);
	assert_int_equal(l.state.sregs.cs.selector, 0);
	assert_int_equal(l.state.sregs.cs.db, 0);
	assert_int_equal(l.state.sregs.ss.base, 0);
	loaded_free(&l);
}

static void above_64k(void **state)
{
	struct loaded l;

	(void)state;
	load_at(0xf0008, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.sregs.cs.selector, 0xf000);
	assert_int_equal(l.state.sregs.cs.base, 0xf0000);
	assert_int_equal(l.state.regs.rip, 8);
	assert_int_equal(l.state.regs.rsp, 0x7c00);
	loaded_free(&l);
}

/* An ELF file is bytes like others then. */
static void content_does_not_matter(void **state)
{
	const struct loader_request request = {.flat = true,
					       .flat_addr = 0x1000};
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image_load(&image, request, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_memory_equal(ram_at(l.ram, 0x1000, image.size), image.bytes,
			    image.size);
	loaded_free(&l);
}

static void too_high_or_too_big(void **state)
{
	static uint8_t big[3u << 20];
	const struct loader_request request = {.flat = true,
					       .flat_addr = 0x7c00};
	struct loaded l;

	(void)state;
	load_at(0x100000, &l);
	assert_int_equal(l.rc, -EINVAL);
	loaded_free(&l);
	image_load_raw(big, sizeof(big), request, UINT64_C(2) << 20, &l);
	assert_int_equal(l.rc, -E2BIG);
	assert_non_null(strstr(l.why.text, "--memory"));
	loaded_free(&l);
	image_load_raw(big, sizeof(big), request, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	loaded_free(&l);
}

static void not_a_file(void **state)
{
	struct loader_request request = {.flat = true, .flat_addr = 0x7c00};
	struct loader_state boot;
	struct kvmgdb_reason why;
	struct ram *ram;
	int fds[2];

	(void)state;
	memset(&boot, 0, sizeof(boot));
	assert_int_equal(ram_new(MEMORY, &ram), 0);
	assert_int_equal(pipe(fds), 0);
	request.fd = fds[0];
	assert_int_equal(loader_load(&request, ram, &boot, &why), -ESPIPE);
	request.fd = open("/", O_RDONLY);
	assert_int_equal(loader_load(&request, ram, &boot, &why), -EISDIR);
	assert_non_null(strstr(why.text, "directory"));
	close(request.fd);
	close(fds[0]);
	close(fds[1]);
	ram_free(ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(boot_sector_at_7c00),
	    cmocka_unit_test(above_64k),
	    cmocka_unit_test(content_does_not_matter),
	    cmocka_unit_test(too_high_or_too_big),
	    cmocka_unit_test(not_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
