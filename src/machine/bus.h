/* SPDX-License-Identifier: MIT */
/*
 * The I/O ports: which device answers.  A port of nobody reads as ones and
 * swallows writes, as on a PC.  Set up before the vCPUs run, constant after.
 */
#ifndef MACHINE_BUS_H
#define MACHINE_BUS_H

#include <stdbool.h>
#include <stdint.h>

struct bus_device {
	uint16_t port, count; /* the first port, and how many */
	bool wide; /* takes 16- and 32-bit accesses whole; others are split
		      into bytes at successive ports */
	/* OFFSET from the first port; SIZE 1, 2 or 4.  Any vCPU's thread.
	 * Either may be NULL. */
	uint32_t (*read)(void *device, unsigned offset, unsigned size);
	void (*write)(void *device, unsigned offset, unsigned size,
		      uint32_t value);
	void *device;
};

#define BUS_MAX_DEVICES 16u

struct bus {
	struct bus_device devices[BUS_MAX_DEVICES];
	unsigned count;
};

/* 0, -ENOSPC. */
int bus_add(struct bus *bus, const struct bus_device *device);

/* COUNT accesses of SIZE bytes each to PORT; DATA is little-endian.  False if
 * no device has the port. */
bool bus_io(const struct bus *bus, bool write, uint16_t port, unsigned size,
	    uint32_t count, uint8_t *data);

#endif
