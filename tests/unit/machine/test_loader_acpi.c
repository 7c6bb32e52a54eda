/* SPDX-License-Identifier: MIT */
/* Walk the tables as an operating system does, by ACPI 4.0. */
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

static uint64_t get(const uint8_t *p, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)p[i] << (8 * i);
	return value;
}

/* 5.2.5.1: on a 16-byte boundary between 0xe0000 and 0xfffff. */
static const uint8_t *find_rsdp(const struct loaded *l)
{
	for (uint64_t gpa = 0xe0000; gpa < 0x100000; gpa += 16) {
		const uint8_t *p = ram_at(l->ram, gpa, 36);

		if (p != NULL && memcmp(p, "RSD PTR ", 8) == 0 &&
		    sum(p, 20) == 0 && sum(p, 36) == 0)
			return p;
	}
	return NULL;
}

static const uint8_t *table(const struct loaded *l, uint64_t gpa,
			    const char *signature)
{
	const uint8_t *p = ram_at(l->ram, gpa, 36);

	assert_non_null(p);
	assert_memory_equal(p, signature, 4);
	assert_non_null(ram_at(l->ram, gpa, get(p + 4, 4)));
	assert_int_equal(sum(p, (unsigned)get(p + 4, 4)), 0);
	return p;
}

static void check_fadt(const struct loaded *l, const uint8_t *fadt)
{
	static const uint8_t s5[] = {0x08, '_',  'S', '5',  '_', 0x12, 0x08,
				     0x04, 0x0a, 5,   0x0a, 5,   0,    0};
	const uint8_t *dsdt = table(l, get(fadt + 140, 8), "DSDT");
	const uint8_t *facs = ram_at(l->ram, get(fadt + 36, 4), 64);

	assert_int_equal(get(fadt + 4, 4), 244);
	assert_int_equal(get(fadt + 40, 4), get(fadt + 140, 8));
	assert_int_equal(get(fadt + 36, 4) % 64, 0);
	assert_memory_equal(facs, "FACS", 4);
	assert_int_equal(get(facs + 4, 4), 64);
	assert_int_equal(get(fadt + 46, 2), 9);
	assert_int_equal(get(fadt + 56, 4), 0x600);
	assert_int_equal(get(fadt + 64, 4), 0x604);
	assert_int_equal(get(fadt + 152, 8), 0x600); /* X_PM1a_EVT_BLK */
	assert_int_equal(get(fadt + 176, 8), 0x604); /* X_PM1a_CNT_BLK */
	assert_int_equal(get(fadt + 120, 8), 0xcf9); /* RESET_REG */
	assert_int_equal(fadt[128], 6);
	assert_int_equal(get(fadt + 112, 4) >> 10 & 1, 1);
	assert_int_equal(get(dsdt + 4, 4), 36 + sizeof(s5));
	assert_memory_equal(dsdt + 36, s5, sizeof(s5));
}

static void check_madt(const uint8_t *madt, unsigned cpus)
{
	const uint8_t *p = madt + 44, *end = madt + get(madt + 4, 4);
	unsigned lapics = 0, ioapics = 0, timers = 0;

	assert_int_equal(get(madt + 36, 4), 0xfee00000);
	assert_int_equal(get(madt + 40, 4), 1);
	for (; p < end; p += p[1]) {
		assert_true(p[1] >= 2 && p + p[1] <= end);
		if (p[0] == 0) {
			assert_int_equal(p[3], lapics);
			assert_int_equal(get(p + 4, 4), 1);
			lapics++;
		}
		if (p[0] == 1) {
			assert_int_equal(get(p + 4, 4), 0xfec00000);
			ioapics++;
		}
		if (p[0] == 2 && p[3] == 0) {
			assert_int_equal(get(p + 4, 4), 2);
			timers++;
		}
	}
	assert_ptr_equal(p, end);
	assert_int_equal(lapics, cpus);
	assert_int_equal(ioapics, 1);
	assert_int_equal(timers, 1);
}

static void counts(void **state)
{
	static const unsigned cpus[] = {1, 2, 254};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const struct loader_request request = {.cpus = cpus[i]};
		const uint8_t *rsdp, *xsdt;
		struct image image;
		struct loaded l;

		image_elf(&image, false);
		image_load(&image, request, MEMORY, &l);
		assert_int_equal(l.rc, 0);
		rsdp = find_rsdp(&l);
		assert_non_null(rsdp);
		xsdt = table(&l, get(rsdp + 24, 8), "XSDT");
		assert_int_equal(get(xsdt + 4, 4), 36 + 2 * 8);
		check_fadt(&l, table(&l, get(xsdt + 36, 8), "FACP"));
		check_madt(table(&l, get(xsdt + 44, 8), "APIC"), cpus[i]);
		loaded_free(&l);
	}
}

static void not_over_the_image(void **state)
{
	const struct loader_request request = {.cpus = 1};
	struct image image;
	struct loaded l;

	(void)state;
	image_elf(&image, false);
	image.ph[0].p_paddr = image.eh.e_entry = 0xe0800;
	image_load(&image, request, MEMORY, &l);
	assert_int_equal(l.rc, 0);
	assert_null(find_rsdp(&l));
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
