/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include <errno.h>

#include "machine/ram.h"

#define PAGE ((size_t)RAM_PAGE)

#define GIB (UINT64_C(1) << 30)

static void sizes(void **state)
{
	struct ram *ram;

	(void)state;
	assert_int_equal(ram_new(0, &ram), -EINVAL);
	assert_int_equal(ram_new(RAM_MIN - RAM_PAGE, &ram), -EINVAL);
	assert_int_equal(ram_new(RAM_MIN + 1, &ram), -EINVAL);
	assert_int_equal(ram_new(RAM_MIN, &ram), 0);
	assert_int_equal(ram_size(ram), RAM_MIN);
	ram_free(ram);
	ram_free(NULL);
}

static void one_part(void **state)
{
	struct ram *ram;
	uint64_t gpa, size;
	uint8_t *p;

	(void)state;
	assert_int_equal(ram_new(RAM_MIN, &ram), 0);
	p = ram_at(ram, 0, RAM_MIN);
	assert_non_null(p);
	assert_int_equal(p[0] | p[RAM_MIN - 1], 0);
	assert_ptr_equal(ram_at(ram, 0x1000, 1), p + 0x1000);
	assert_non_null(ram_at(ram, RAM_MIN - 1, 1));
	assert_null(ram_at(ram, RAM_MIN - 1, 2));
	assert_null(ram_at(ram, RAM_MIN, 0));
	assert_null(ram_at(ram, 0, RAM_MIN + 1));
	assert_null(ram_at(ram, UINT64_MAX, 2));
	assert_null(ram_at(ram, 1, UINT64_MAX));
	assert_ptr_equal(ram_part(ram, 0, &gpa, &size), p);
	assert_int_equal(gpa, 0);
	assert_int_equal(size, RAM_MIN);
	assert_null(ram_part(ram, 1, &gpa, &size));
	ram_free(ram);
}

static void with_a_hole(void **state)
{
	struct ram_map_entry map[RAM_MAP_MAX];
	struct ram *ram;
	uint64_t gpa, size;
	uint8_t *low, *high;
	unsigned n;

	(void)state;
	assert_int_equal(ram_new(4 * GIB, &ram), 0);
	low = ram_part(ram, 0, &gpa, &size);
	assert_int_equal(size, 3 * GIB);
	high = ram_part(ram, 1, &gpa, &size);
	assert_non_null(high);
	assert_int_equal(gpa, 4 * GIB);
	assert_int_equal(size, GIB);
	assert_ptr_equal(high, low + 3 * GIB);
	assert_null(ram_part(ram, 2, &gpa, &size));

	assert_non_null(ram_at(ram, 3 * GIB - 1, 1));
	assert_null(ram_at(ram, 3 * GIB - 1, 2));
	assert_null(ram_at(ram, 3 * GIB, 1));
	assert_null(ram_at(ram, 4 * GIB - 1, 1));
	assert_ptr_equal(ram_at(ram, 4 * GIB, GIB), high);
	assert_null(ram_at(ram, 4 * GIB, GIB + 1));
	assert_null(ram_at(ram, 5 * GIB, 1));
	assert_int_equal(ram_room(ram, 5 * GIB - 7), 7);

	n = ram_map(ram, map);
	assert_int_equal(n, 4);
	assert_int_equal(map[1].type, RAM_MAP_RESERVED);
	assert_int_equal(map[3].addr, 4 * GIB);
	for (unsigned i = 0; i + 1 < n; i++)
		assert_true(map[i].addr + map[i].size <= map[i + 1].addr);
	ram_free(ram);
}

/* Both mappings, and in each page. */
static void clear(void **state)
{
	const uint64_t size = 8 << 20;
	uint8_t *host, *kvm;
	uint64_t gpa, part;
	struct ram *ram;

	(void)state;
	assert_int_equal(ram_new(size, &ram), 0);
	host = ram_part(ram, 0, &gpa, &part);
	kvm = ram_kvm_part(ram, 0);
	memset(host, 0x5a, size);
	assert_int_equal(kvm[size - 1], 0x5a);
	ram_clear(ram);
	for (uint64_t i = 0; i < size; i++)
		if (host[i] || kvm[i])
			fail();
	kvm[12345] = 1;
	assert_int_equal(host[12345], 1);
	ram_free(ram);
}

/* Any stretch, and nothing beside it; whole pages take no memory. */
static void zero(void **state)
{
	static const struct {
		size_t at, len;
	} parts[] = {{0, 0},
		     {1, 10},
		     {100, PAGE},
		     {PAGE - 1, 2},
		     {PAGE, 2 * PAGE},
		     {5, 5 * PAGE},
		     {PAGE - 7, 2 * PAGE + 9}};
	const size_t all = 8 * PAGE;
	struct ram *ram;
	uint8_t *p;

	(void)state;
	assert_int_equal(ram_new(RAM_MIN, &ram), 0);
	p = ram_at(ram, 0, all);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		memset(p, 0xa5, all);
		ram_zero(p + parts[i].at, parts[i].len);
		for (size_t k = 0; k < all; k++)
			assert_int_equal(
			    p[k], k - parts[i].at < parts[i].len ? 0 : 0xa5);
	}
	ram_free(ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes),       cmocka_unit_test(one_part),
	    cmocka_unit_test(with_a_hole), cmocka_unit_test(clear),
	    cmocka_unit_test(zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
