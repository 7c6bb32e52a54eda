/* SPDX-License-Identifier: MIT */
/*
 * A PC's clock with CMOS memory (MC146818) at ports 0x70 and 0x71: the time,
 * in UTC and BCD, which cannot be set; no alarm and no interrupt.
 */
#ifndef MACHINE_RTC_H
#define MACHINE_RTC_H

#include <pthread.h>
#include <time.h>

#include "machine/bus.h"

struct rtc {
	time_t (*now)(void *ctx); /* any thread */
	void *ctx;
	pthread_mutex_t lock;
	uint8_t index;       /* lock */
	uint8_t memory[128]; /* lock; what the guest wrote */
};

/* RTC must live as long as the bus.  0, -ENOSPC. */
int rtc_attach(struct rtc *rtc, struct bus *bus);

#endif
