/* SPDX-License-Identifier: MIT */
#include "machine/rtc.h"

enum { PORT_INDEX = 0x70, PORT_COUNT = 2 };

enum {
	SECONDS = 0,
	MINUTES = 2,
	HOURS = 4,
	WEEKDAY = 6,
	DAY = 7,
	MONTH = 8,
	YEAR = 9,
	STATUS_A = 10,
	STATUS_B = 11,
	STATUS_C = 12,
	STATUS_D = 13,
	CENTURY = 50
};

#define A_32768_HZ 0x26u /* divider and rate as a BIOS leaves them */
#define B_24_HOURS 0x02u
#define D_VALID    0x80u
#define INDEX_MASK 0x7fu /* bit 7 of the port masks the NMI */

static uint8_t bcd(int value)
{
	return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

static uint8_t read_time(const struct rtc *rtc)
{
	const time_t now = rtc->now(rtc->ctx);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL)
		return 0;
	switch (rtc->index) {
	case SECONDS:
		return bcd(tm.tm_sec);
	case MINUTES:
		return bcd(tm.tm_min);
	case HOURS:
		return bcd(tm.tm_hour);
	case WEEKDAY:
		return bcd(tm.tm_wday + 1);
	case DAY:
		return bcd(tm.tm_mday);
	case MONTH:
		return bcd(tm.tm_mon + 1);
	case YEAR:
		return bcd(tm.tm_year % 100);
	default:
		return bcd((tm.tm_year + 1900) / 100);
	}
}

static uint8_t read_locked(const struct rtc *rtc)
{
	switch (rtc->index) {
	case SECONDS:
	case MINUTES:
	case HOURS:
	case WEEKDAY:
	case DAY:
	case MONTH:
	case YEAR:
	case CENTURY:
		return read_time(rtc);
	case STATUS_A:
		return A_32768_HZ;
	case STATUS_B:
		return B_24_HOURS;
	case STATUS_C:
		return 0;
	case STATUS_D:
		return D_VALID;
	default:
		return rtc->memory[rtc->index];
	}
}

static uint32_t rtc_read(void *device, unsigned offset, unsigned size)
{
	struct rtc *rtc = device;
	uint8_t value;

	(void)size;
	if (offset == 0) /* the index cannot be read */
		return 0xff;
	pthread_mutex_lock(&rtc->lock);
	value = read_locked(rtc);
	pthread_mutex_unlock(&rtc->lock);
	return value;
}

static void rtc_write(void *device, unsigned offset, unsigned size,
		      uint32_t value)
{
	struct rtc *rtc = device;

	(void)size;
	pthread_mutex_lock(&rtc->lock);
	if (offset == 0)
		rtc->index = value & INDEX_MASK;
	else
		rtc->memory[rtc->index] = (uint8_t)value;
	pthread_mutex_unlock(&rtc->lock);
}

int rtc_attach(struct rtc *rtc, struct bus *bus)
{
	const struct bus_device device = {.port = PORT_INDEX,
					  .count = PORT_COUNT,
					  .read = rtc_read,
					  .write = rtc_write,
					  .device = rtc};

	pthread_mutex_init(&rtc->lock, NULL);
	return bus_add(bus, &device);
}
