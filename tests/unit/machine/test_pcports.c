/* SPDX-License-Identifier: MIT */
/* The clock (MC146818) and ACPI's PM1 registers, by their ports. */
#include "test.h"

#include <stdbool.h>

#include "machine/acpipm.h"
#include "machine/rtc.h"

static uint32_t io(struct bus *bus, bool write, uint16_t port, unsigned size,
		   uint32_t value)
{
	uint8_t data[4] = {(uint8_t)value, (uint8_t)(value >> 8),
			   (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

	assert_true(bus_io(bus, write, port, size, 1, data));
	value = 0;
	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)data[i] << (8 * i);
	return value;
}

static uint32_t cmos(struct bus *bus, uint8_t index)
{
	io(bus, true, 0x70, 1, index);
	return io(bus, false, 0x71, 1, 0);
}

static time_t fixed(void *ctx)
{
	const time_t *now = ctx;

	return *now;
}

static void rtc_time(void **state)
{
	time_t now = 1795409281; /* Mon 2026-11-23 04:48:01 UTC */
	struct rtc rtc = {.now = fixed, .ctx = &now};
	struct bus bus = {.count = 0};

	(void)state;
	assert_int_equal(rtc_attach(&rtc, &bus), 0);
	assert_int_equal(cmos(&bus, 0), 0x01);
	assert_int_equal(cmos(&bus, 2), 0x48);
	assert_int_equal(cmos(&bus, 4), 0x04);
	assert_int_equal(cmos(&bus, 6), 2);
	assert_int_equal(cmos(&bus, 7), 0x23);
	assert_int_equal(cmos(&bus, 8), 0x11);
	assert_int_equal(cmos(&bus, 9), 0x26);
	assert_int_equal(cmos(&bus, 50), 0x20);
	assert_int_equal(cmos(&bus, 10) & 0x80, 0); /* no update under way */
	assert_int_equal(cmos(&bus, 11) & 0x07, 2); /* 24 hours, BCD */
	assert_int_equal(cmos(&bus, 13), 0x80);
	assert_int_equal(cmos(&bus, 0x8d), 0x80); /* bit 7 masks the NMI */
	/* The memory behind keeps what is written, the time does not. */
	io(&bus, true, 0x70, 1, 0x40);
	io(&bus, true, 0x71, 1, 0x5a);
	assert_int_equal(cmos(&bus, 0x40), 0x5a);
	io(&bus, true, 0x70, 1, 0);
	io(&bus, true, 0x71, 1, 0x30);
	now++;
	assert_int_equal(cmos(&bus, 0), 0x02);
}

static void count(void *ctx)
{
	unsigned *n = ctx;

	(*n)++;
}

static void pm_poweroff(void **state)
{
	unsigned offs = 0;
	struct acpipm pm = {.poweroff = count, .ctx = &offs};
	struct bus bus = {.count = 0};

	(void)state;
	assert_int_equal(acpipm_attach(&pm, &bus), 0);
	assert_int_equal(io(&bus, false, 0x604, 2, 0), 1); /* SCI_EN */
	assert_int_equal(io(&bus, false, 0x600, 2, 0), 0);
	io(&bus, true, 0x602, 2, 0x0120);
	assert_int_equal(io(&bus, false, 0x602, 2, 0), 0x0120);
	assert_int_equal(io(&bus, false, 0x600, 4, 0), 0x01200000);
	io(&bus, true, 0x600, 2, 0xffff); /* clears status, no more */
	assert_int_equal(io(&bus, false, 0x602, 2, 0), 0x0120);
	/* The type alone, then another type, then S5. */
	io(&bus, true, 0x604, 2, 5 << 10);
	io(&bus, true, 0x604, 2, 1 << 10 | 1 << 13);
	assert_int_equal(offs, 0);
	assert_int_equal(io(&bus, false, 0x604, 2, 0), 1 << 10 | 1);
	io(&bus, true, 0x604, 2, 5 << 10 | 1 << 13);
	assert_int_equal(offs, 1);
	acpipm_reset(&pm);
	assert_int_equal(io(&bus, false, 0x604, 2, 0), 1);
	assert_int_equal(io(&bus, false, 0x602, 2, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rtc_time),
	    cmocka_unit_test(pm_poweroff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
