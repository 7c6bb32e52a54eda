/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "machine/bus.h"

struct recorder {
	unsigned count, offset[8], size[8];
	uint32_t value[8], answer;
};

static uint32_t record_read(void *device, unsigned offset, unsigned size)
{
	struct recorder *r = device;

	r->offset[r->count] = offset;
	r->size[r->count++] = size;
	return r->answer++;
}

static void record_write(void *device, unsigned offset, unsigned size,
			 uint32_t value)
{
	struct recorder *r = device;

	r->offset[r->count] = offset;
	r->size[r->count] = size;
	r->value[r->count++] = value;
}

static void add(struct bus *bus, struct recorder *r, uint16_t port, bool wide)
{
	const struct bus_device device = {.port = port,
					  .count = 8,
					  .wide = wide,
					  .read = record_read,
					  .write = record_write,
					  .device = r};

	assert_int_equal(bus_add(bus, &device), 0);
}

static void nobody(void **state)
{
	struct bus bus = {.count = 0};
	uint8_t data[4] = {1, 2, 3, 4};

	(void)state;
	assert_false(bus_io(&bus, true, 0x80, 1, 1, data));
	assert_int_equal(data[0], 1);
	assert_false(bus_io(&bus, false, 0x80, 4, 1, data));
	assert_memory_equal(data, "\xff\xff\xff\xff", 4);
}

static void bytes(void **state)
{
	struct recorder r = {.answer = 0x20};
	struct bus bus = {.count = 0};
	uint8_t data[3] = {'a', 'b', 'c'};

	(void)state;
	add(&bus, &r, 0x3f8, false);
	assert_true(bus_io(&bus, true, 0x3f9, 1, 3, data)); /* rep outsb */
	assert_int_equal(r.count, 3);
	assert_int_equal(r.value[0], 'a');
	assert_int_equal(r.value[2], 'c');
	assert_int_equal(r.offset[2], 1);
	assert_true(bus_io(&bus, false, 0x3ff, 1, 2, data));
	assert_memory_equal(data, "\x20\x21", 2);
	assert_false(bus_io(&bus, true, 0x400, 1, 1, data));
	assert_false(bus_io(&bus, true, 0x3f7, 1, 1, data));
	assert_int_equal(r.count, 5);
}

static void split_and_whole(void **state)
{
	struct recorder split = {.count = 0}, whole = {.count = 0};
	struct bus bus = {.count = 0};
	uint8_t data[4] = {0x11, 0x22, 0x33, 0x44};

	(void)state;
	add(&bus, &split, 0x100, false);
	add(&bus, &whole, 0x200, true);
	assert_true(bus_io(&bus, true, 0x102, 2, 2, data));
	assert_int_equal(split.count, 4);
	assert_int_equal(split.offset[0], 2);
	assert_int_equal(split.offset[1], 3);
	assert_int_equal(split.offset[2], 2);
	assert_int_equal(split.value[3], 0x44);
	assert_true(bus_io(&bus, true, 0x200, 4, 1, data));
	assert_int_equal(whole.count, 1);
	assert_int_equal(whole.size[0], 4);
	assert_int_equal(whole.value[0], 0x44332211);
	/* The last port of the space, and beyond. */
	assert_false(bus_io(&bus, false, 0xffff, 4, 1, data));
	/* Half of the access hits the device. */
	assert_true(bus_io(&bus, false, 0xff, 2, 1, data));
	assert_int_equal(data[0], 0xff);
	assert_int_equal(split.count, 5);
}

static void full(void **state)
{
	struct bus bus = {.count = 0};
	const struct bus_device device = {.port = 1, .count = 1};
	uint8_t data[1];

	(void)state;
	for (unsigned i = 0; i < BUS_MAX_DEVICES; i++)
		assert_int_equal(bus_add(&bus, &device), 0);
	assert_int_equal(bus_add(&bus, &device), -ENOSPC);
	assert_true(bus_io(&bus, false, 1, 1, 1, data));
	assert_int_equal(data[0], 0xff);
	assert_true(bus_io(&bus, true, 1, 1, 1, data));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody),
	    cmocka_unit_test(bytes),
	    cmocka_unit_test(split_and_whole),
	    cmocka_unit_test(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
