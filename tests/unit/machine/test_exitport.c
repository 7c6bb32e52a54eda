/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "machine/exitport.h"

struct seen {
	int status; /* -1: none */
	unsigned resets;
};

static void on_exit_port(void *ctx, int status)
{
	struct seen *seen = ctx;

	seen->status = status;
}

static void on_reset(void *ctx)
{
	struct seen *seen = ctx;

	seen->resets++;
}

static void out(struct bus *bus, uint16_t port, unsigned size, uint32_t value)
{
	uint8_t data[4] = {(uint8_t)value, (uint8_t)(value >> 8),
			   (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

	bus_io(bus, true, port, size, 1, data);
}

static void statuses(void **state)
{
	struct seen seen = {.status = -1};
	struct exitport_config config = {.test_port = true,
					 .exited = on_exit_port,
					 .reset = on_reset,
					 .ctx = &seen};
	struct bus bus = {.count = 0};

	(void)state;
	assert_int_equal(exitport_attach(&config, &bus), 0);
	out(&bus, 0xf4, 1, 0);
	assert_int_equal(seen.status, 1);
	out(&bus, 0xf4, 1, 0x10);
	assert_int_equal(seen.status, 33);
	out(&bus, 0xf4, 4, 0x7f);
	assert_int_equal(seen.status, 255);
	out(&bus, 0xf4, 4, 0xffffff80); /* as a wait status would cut it */
	assert_int_equal(seen.status, 1);
	seen.status = -1;
	out(&bus, 0xf5, 1, 0x10);
	out(&bus, 0xf3, 1, 0x10);
	assert_int_equal(seen.status, -1);
	assert_int_equal(seen.resets, 0);
}

static void off(void **state)
{
	struct seen seen = {.status = -1};
	struct exitport_config config = {
	    .exited = on_exit_port, .reset = on_reset, .ctx = &seen};
	struct bus bus = {.count = 0};

	(void)state;
	assert_int_equal(exitport_attach(&config, &bus), 0);
	out(&bus, 0xf4, 1, 0x10);
	assert_int_equal(seen.status, -1);
	out(&bus, 0x64, 1, 0xd1);
	out(&bus, 0xcf9, 1, 0x2);
	assert_int_equal(seen.resets, 0);
	out(&bus, 0x64, 1, 0xfe);
	assert_int_equal(seen.resets, 1);
	out(&bus, 0xcf8, 4, 0x8000ff00); /* PCI's configuration address */
	out(&bus, 0xcf8, 2, 0xff00);
	out(&bus, 0xcf8, 1, 0xff);
	out(&bus, 0xcfa, 1, 0xff);
	assert_int_equal(seen.resets, 1);
	out(&bus, 0xcf9, 1, 0x6);
	assert_int_equal(seen.resets, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(statuses),
	    cmocka_unit_test(off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
