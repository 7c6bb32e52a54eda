/* SPDX-License-Identifier: MIT */
/* PVH and plain ELF64. */
#include "test.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf_image.h"

#define MEMORY (UINT64_C(16) << 20)

static const struct loader_request plain = {.fd = -1};

static void load(struct image *image, struct loaded *loaded)
{
	image_load(image, plain, MEMORY, loaded);
}

static uint32_t get32(const struct loaded *l, uint64_t gpa)
{
	const void *p = ram_at(l->ram, gpa, 4);
	uint32_t v;

	assert_non_null(p);
	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t get64(const struct loaded *l, uint64_t gpa)
{
	return get32(l, gpa) | (uint64_t)get32(l, gpa + 4) << 32;
}

static void refused(struct image *image, int error, const char *says)
{
	struct loaded l;

	load(image, &l);
	if (l.rc != error || strstr(l.why.text, says) == NULL)
		fail_msg("%d (%s), wanted %d with '%s'", l.rc, l.why.text,
			 error, says);
	assert_null(strchr(l.why.text, '\n'));
	loaded_free(&l);
}

/* Translate by the page tables at CR3, as the CPU would for a supervisor. */
static uint64_t translate(const struct loaded *l, uint64_t gva)
{
	uint64_t table = l->state.sregs.cr3;

	for (unsigned shift = 39; shift >= 21; shift -= 9) {
		const uint64_t entry =
		    get64(l, table + (gva >> shift & 0x1ff) * 8);

		if ((entry & 3) != 3)
			return UINT64_MAX;
		table = entry & 0xffffffffff000;
		if (shift == 21) {
			assert_true((entry & 0x80) != 0);
			return table + (gva & 0x1fffff);
		}
	}
	return UINT64_MAX;
}

static void long_mode(void **state)
{
	struct image image;
	struct loaded l;
	const uint8_t *code;

	(void)state;
	image_elf(&image, false);
	load(&image, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_ELF64);
	code = ram_at(l.ram, IMAGE_GPA, UINT64_C(2) * IMAGE_CODE_SIZE);
	for (unsigned i = 0; i < 2 * IMAGE_CODE_SIZE; i++)
		assert_int_equal(code[i], i < IMAGE_CODE_SIZE ? i + 1 : 0);

	assert_int_equal(l.state.regs.rip, IMAGE_GPA);
	assert_int_equal(l.state.regs.rflags, 2);
	assert_int_equal(l.state.regs.rsp % 16, 0);
	assert_non_null(ram_at(l.ram, l.state.regs.rsp - 0x10000, 0x10000));
	assert_int_equal(l.state.regs.rax | l.state.regs.rbx |
			     l.state.regs.rbp | l.state.regs.r15,
			 0);
	assert_true((l.state.sregs.efer & 0x500) == 0x500);
	assert_true((l.state.sregs.cr0 & 0x80000001) == 0x80000001);
	assert_true((l.state.sregs.cr4 & 0x20) != 0);
	assert_int_equal(l.state.sregs.cs.l, 1);
	assert_int_equal(l.state.sregs.cs.db, 0);
	assert_int_equal(l.state.sregs.tr.type, 11);
	assert_int_equal(l.state.sregs.idt.limit, 0);
	loaded_free(&l);
}

static void identity_mapping(void **state)
{
	static const uint64_t inside[] = {0,          0x1234,     0x200000,
					  0x3fffffff, 0x40000000, 0xfee00000,
					  0xffffffff};
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	load(&image, &l);
	assert_int_equal(l.rc, 0);
	for (unsigned i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		assert_int_equal(translate(&l, inside[i]), inside[i]);
	assert_true(translate(&l, UINT64_C(0x100000000)) == UINT64_MAX);
	loaded_free(&l);
}

/* The descriptors in memory say what the segment registers say. */
static void gdt_agrees(void **state)
{
	struct image image;
	struct loaded l;
	uint64_t gdt;

	(void)state;
	image_elf(&image, false);
	load(&image, &l);
	assert_int_equal(l.rc, 0);
	gdt = l.state.sregs.gdt.base;
	assert_int_equal(get64(&l, gdt), 0);
	assert_true(get64(&l, gdt + l.state.sregs.cs.selector) ==
		    UINT64_C(0x00af9b000000ffff));
	assert_true(get64(&l, gdt + l.state.sregs.ds.selector) ==
		    UINT64_C(0x00cf93000000ffff));
	assert_int_equal(
	    get64(&l, gdt + l.state.sregs.tr.selector) >> 40 & 0x9f, 0x8b);
	assert_true(l.state.sregs.gdt.limit >= l.state.sregs.tr.selector + 15u);
	loaded_free(&l);
}

static void start_info(const struct loaded *l, uint64_t gpa, const char *append)
{
	uint64_t map, usable = 0;
	uint32_t count;

	assert_int_equal(get32(l, gpa), 0x336ec578);
	assert_int_equal(get32(l, gpa + 4), 1);
	assert_int_equal(get32(l, gpa + 12), 0);
	if (append == NULL)
		assert_int_equal(get64(l, gpa + 24), 0);
	else
		assert_string_equal(ram_at(l->ram, get64(l, gpa + 24), 1),
				    append);
	map = get64(l, gpa + 40);
	count = get32(l, gpa + 48);
	for (uint32_t i = 0; i < count; i++) {
		if (get32(l, map + i * UINT64_C(24) + 16) == 1)
			usable += get64(l, map + i * UINT64_C(24) + 8);
	}
	assert_int_equal(usable, MEMORY - (RAM_LEGACY_END - RAM_LEGACY_START));
}

static void pvh(void **state)
{
	const struct loader_request request = {.append = "console=ttyS0 x=1"};
	const uint32_t entry = IMAGE_GPA + 8;
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image_note(&image, "Xen", 18, &entry, sizeof(entry));
	image_load(&image, request, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_PVH);
	assert_int_equal(l.state.regs.rip, entry);
	assert_int_equal(l.state.regs.rflags, 2);
	assert_int_equal(l.state.sregs.cr0 & 0x80000001, 1);
	assert_int_equal(l.state.sregs.cr4, 0);
	assert_int_equal(l.state.sregs.efer, 0);
	assert_int_equal(l.state.sregs.cs.db, 1);
	assert_int_equal(l.state.sregs.cs.l, 0);
	assert_int_equal(l.state.sregs.cs.base, 0);
	assert_int_equal(l.state.sregs.cs.limit, 0xffffffff);
	assert_int_equal(l.state.sregs.tr.limit, 0x67);
	start_info(&l, l.state.regs.rbx, request.append);
	loaded_free(&l);
}

/* Whole, and where nothing else is. */
static void initrd(void **state)
{
	struct loader_request request = {.initrd = true};
	const uint32_t entry = IMAGE_GPA;
	uint8_t bytes[5000];
	struct image image;
	struct loaded l;
	uint64_t info, module;

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	request.initrd_fd = memfd_create("initrd", MFD_CLOEXEC);
	assert_int_equal(write(request.initrd_fd, bytes, sizeof(bytes)),
			 sizeof(bytes));
	image_elf(&image, false);
	image_note(&image, "Xen", 18, &entry, sizeof(entry));
	image_load(&image, request, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	info = l.state.regs.rbx;
	assert_int_equal(get32(&l, info + 12), 1);
	module = get64(&l, info + 16);
	assert_int_equal(get64(&l, module + 8), sizeof(bytes));
	assert_int_equal(get64(&l, module) % 4096, 0);
	assert_memory_equal(ram_at(l.ram, get64(&l, module), sizeof(bytes)),
			    bytes, sizeof(bytes));
	loaded_free(&l);

	/* Larger than the memory, empty, not a file. */
	assert_int_equal(ftruncate(request.initrd_fd, MEMORY), 0);
	image_load(&image, request, MEMORY, &l);
	assert_int_equal(l.rc, -E2BIG);
	assert_non_null(strstr(l.why.text, "no room for the initrd"));
	loaded_free(&l);
	assert_int_equal(ftruncate(request.initrd_fd, 0), 0);
	image_load(&image, request, MEMORY, &l);
	assert_int_equal(l.rc, -EINVAL);
	assert_non_null(strstr(l.why.text, "--initrd: the file is empty"));
	loaded_free(&l);
	close(request.initrd_fd);
}

static void pvh_note_of_8_bytes(void **state)
{
	const uint64_t entry = IMAGE_GPA + 16;
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image_note(&image, "Xen", 18, &entry, sizeof(entry));
	load(&image, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_PVH);
	assert_int_equal(l.state.regs.rip, entry);
	start_info(&l, l.state.regs.rbx, NULL);
	loaded_free(&l);
}

/* Notes that look like PVH's but are others'. */
static void other_notes(void **state)
{
	const uint32_t entry = IMAGE_GPA + 8;
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image_note(&image, "Xem", 18, &entry, sizeof(entry));
	load(&image, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_ELF64);
	loaded_free(&l);
	image_elf(&image, false);
	image_note(&image, "Xen", 17, &entry, sizeof(entry));
	load(&image, &l);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.state.format, LOADER_ELF64);
	loaded_free(&l);
}

static void lying_notes(void **state)
{
	const uint64_t high = UINT64_C(0x100000000);
	const uint32_t nowhere = 0x300000;
	const uint32_t entry = IMAGE_GPA;
	struct image image;

	(void)state;
	image_elf(&image, false);
	image_note(&image, "Xen", 18, "\1\2\3", 3);
	refused(&image, -EINVAL, "PVH note holds 3 bytes");
	image_elf(&image, false);
	image_note(&image, "Xen", 18, &high, sizeof(high));
	refused(&image, -EINVAL, "above 4 GiB");
	image_elf(&image, false);
	image_note(&image, "Xen", 18, &nowhere, sizeof(nowhere));
	refused(&image, -EINVAL, "entry point 0x300000");
	image_elf(&image, false);
	image_note(&image, "Xen", 18, &entry, sizeof(entry));
	image.ph[1].p_filesz = 0x10000;
	refused(&image, -EINVAL, "truncated: the notes");
	image_elf(&image, false);
	image_note(&image, "Xen", 18, &entry, sizeof(entry));
	image.ph[1].p_offset = UINT64_MAX - 3;
	refused(&image, -EINVAL, "truncated: the notes");
	image_elf(&image, false);
	image_note(&image, "Xen", 18, &entry, sizeof(entry));
	image.ph[1].p_filesz = UINT64_C(1) << 40;
	refused(&image, -EINVAL, "a note segment of");
}

static void truncated(void **state)
{
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image.size -= 1;
	refused(&image, -EINVAL, "truncated: segment 0 needs 64 bytes");
	image_elf(&image, false);
	image.size = sizeof(Elf64_Ehdr) + 10;
	refused(&image, -EINVAL, "truncated: the program headers");
	image_elf(&image, false);
	image.size = 20;
	refused(&image, -EINVAL, "broken ELF header");
	image_load_raw("\177ELF", 4, plain, MEMORY, &l);
	assert_int_equal(l.rc, -ENOEXEC);
	loaded_free(&l);
	image_load_raw("", 0, plain, MEMORY, &l);
	assert_int_equal(l.rc, -EINVAL);
	assert_non_null(strstr(l.why.text, "empty"));
	loaded_free(&l);
}

static void lying_segments(void **state)
{
	struct image image;

	(void)state;
	image_elf(&image, false);
	image.ph[0].p_memsz = 10;
	refused(&image, -EINVAL, "larger in the file than in memory");
	image_elf(&image, false);
	image.ph[0].p_memsz = MEMORY;
	refused(&image, -E2BIG, "outside the guest's memory of 16 MiB");
	image_elf(&image, false);
	image.ph[0].p_paddr = MEMORY - IMAGE_CODE_SIZE;
	refused(&image, -E2BIG, "outside the guest's memory");
	image_elf(&image, false);
	image.ph[0].p_paddr = UINT64_MAX - 10;
	refused(&image, -E2BIG, "outside the guest's memory");
	image_elf(&image, false);
	image.ph[0].p_memsz = UINT64_MAX;
	refused(&image, -E2BIG, "outside the guest's memory");
	image_elf(&image, false);
	image.ph[0].p_offset = UINT64_MAX - 5;
	refused(&image, -EINVAL, "truncated");
	image_elf(&image, false);
	image.ph[0].p_type = PT_NULL;
	refused(&image, -ENOEXEC, "without a segment");
	image_elf(&image, false);
	image.eh.e_entry = IMAGE_GPA + 2 * IMAGE_CODE_SIZE;
	refused(&image, -EINVAL, "entry point");
	image_elf(&image, false);
	image.eh.e_phnum = 1000;
	refused(&image, -EINVAL, "truncated: the program headers");
	image_elf(&image, false);
	image.eh.e_phoff = UINT64_MAX - 8;
	refused(&image, -EINVAL, "truncated: the program headers");
	image_elf(&image, false);
	image.eh.e_phnum = 2;
	image.ph[1].p_type = PT_INTERP;
	refused(&image, -ENOEXEC, "interpreter");
}

static void other_kinds(void **state)
{
	struct image image;

	(void)state;
	image_elf(&image, false);
	image.eh.e_machine = EM_AARCH64;
	refused(&image, -ENOEXEC, "another machine");
	image_elf(&image, false);
	image.eh.e_type = ET_REL;
	refused(&image, -ENOEXEC, "not linked");
	image_elf(&image, true);
	refused(&image, -ENOEXEC, "without a Multiboot header");
	image_elf(&image, false);
	memcpy(image.eh.e_ident, "#!/b", 4);
	refused(&image, -ENOEXEC, "neither ELF nor bzImage nor Multiboot");
}

/* What boot needs is placed beside the image, wherever that is. */
static void room_beside_the_image(void **state)
{
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image.ph[0].p_paddr = 0;
	image.ph[0].p_memsz = 0x98000;
	image.eh.e_entry = 0;
	load(&image, &l);
	assert_int_equal(l.rc, 0);
	assert_true(l.state.sregs.cr3 >= 0x98000);
	assert_true(l.state.sregs.gdt.base >= 0x98000);
	assert_true(l.state.regs.rsp - 0x10000 >= RAM_LEGACY_END);
	loaded_free(&l);

	/* All of it: there is no room. */
	image_elf(&image, false);
	image.ph[0].p_paddr = 0;
	image.ph[0].p_memsz = MEMORY;
	image.eh.e_entry = 0;
	refused(&image, -E2BIG, "no room for");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(long_mode),
	    cmocka_unit_test(identity_mapping),
	    cmocka_unit_test(gdt_agrees),
	    cmocka_unit_test(pvh),
	    cmocka_unit_test(initrd),
	    cmocka_unit_test(pvh_note_of_8_bytes),
	    cmocka_unit_test(other_notes),
	    cmocka_unit_test(lying_notes),
	    cmocka_unit_test(truncated),
	    cmocka_unit_test(lying_segments),
	    cmocka_unit_test(other_kinds),
	    cmocka_unit_test(room_beside_the_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
