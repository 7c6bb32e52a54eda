/* SPDX-License-Identifier: MIT */
/* Read the table as an operating system does, by the specification. */
#include "test.h"

#include <string.h>

#include "elf_image.h"

#define MEMORY (UINT64_C(16) << 20)

static unsigned sum(const uint8_t *p, unsigned len)
{
	unsigned s = 0;

	while (len-- > 0)
		s += *p++;
	return s & 0xff;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* 4.1: on a 16-byte boundary between 0xf0000 and 0xfffff. */
static const uint8_t *find_pointer(const struct loaded *l)
{
	for (uint64_t gpa = 0xf0000; gpa < 0x100000; gpa += 16) {
		const uint8_t *p = ram_at(l->ram, gpa, 16);

		if (memcmp(p, "_MP_", 4) == 0 && sum(p, p[8] * 16u) == 0)
			return p;
	}
	return NULL;
}

static void check_table(const struct loaded *l, unsigned cpus)
{
	const uint8_t *pointer = find_pointer(l), *t, *p;
	unsigned length, entries, seen[5] = {0}, boot = 0, irqs = 0;

	assert_non_null(pointer);
	assert_int_equal(pointer[9], 4);
	assert_int_equal(pointer[11], 0); /* not a default configuration */
	t = ram_at(l->ram, get32(pointer + 4), 44);
	assert_non_null(t);
	assert_memory_equal(t, "PCMP", 4);
	length = t[4] | (unsigned)t[5] << 8;
	entries = t[34] | (unsigned)t[35] << 8;
	assert_non_null(ram_at(l->ram, get32(pointer + 4), length));
	assert_int_equal(sum(t, length), 0);
	assert_int_equal(get32(t + 36), 0xfee00000);
	p = t + 44;
	for (unsigned i = 0; i < entries; i++) {
		assert_true(p[0] < 5);
		seen[p[0]]++;
		if (p[0] == 0) {
			assert_int_equal(p[1], i);
			assert_int_equal(p[3] & 1, 1);
			boot += (p[3] & 2) != 0;
		}
		if (p[0] == 2) {
			assert_int_equal(get32(p + 4), 0xfec00000);
			assert_true(p[1] >= cpus);
		}
		if (p[0] == 3) {
			/* the timer comes in at pin 2, as on a PC */
			assert_int_equal(p[7], p[5] == 0 ? 2 : p[5]);
			irqs |= 1u << p[5];
		}
		p += p[0] == 0 ? 20 : 8;
	}
	assert_int_equal(p - t, length);
	assert_int_equal(seen[0], cpus);
	assert_int_equal(boot, 1);
	assert_int_equal(seen[1], 1);
	assert_int_equal(seen[2], 1);
	assert_int_equal(irqs, 0xfffb);
	assert_int_equal(seen[4], 2);
}

static void counts(void **state)
{
	static const unsigned cpus[] = {1, 2, 254};
	struct image image;
	struct loaded l;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const struct loader_request request = {.cpus = cpus[i]};

		image_elf(&image, false);
		image_load(&image, request, MEMORY, &l);
		assert_int_equal(l.rc, 0);
		check_table(&l, cpus[i]);
		loaded_free(&l);
	}
}

/* The image's own bytes stay, and a flat image finds nothing. */
static void not_over_the_image(void **state)
{
	const struct loader_request elf = {.cpus = 1};
	const struct loader_request flat = {
	    .cpus = 1, .flat = true, .flat_addr = 0x7c00};
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image.ph[0].p_paddr = image.eh.e_entry = 0xfff00;
	image_load(&image, elf, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_null(find_pointer(&l));
	loaded_free(&l);
	image_load_raw("\xf4", 1, flat, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_null(find_pointer(&l));
	loaded_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts),
	    cmocka_unit_test(not_over_the_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
