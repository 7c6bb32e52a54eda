/* SPDX-License-Identifier: MIT */
#include "machine/bus.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

int bus_add(struct bus *bus, const struct bus_device *device)
{
	if (bus->count == BUS_MAX_DEVICES)
		return -ENOSPC;
	bus->devices[bus->count++] = *device;
	return 0;
}

static const struct bus_device *find(const struct bus *bus, unsigned port)
{
	for (unsigned i = 0; i < bus->count; i++) {
		const struct bus_device *d = &bus->devices[i];

		if (port >= d->port && port - d->port < d->count)
			return d;
	}
	return NULL;
}

static bool access_one(const struct bus *bus, bool write, unsigned port,
		       unsigned size, uint8_t *data)
{
	const struct bus_device *d = find(bus, port & 0xffff);
	uint32_t value = 0;

	if (!write)
		memset(data, 0xff, size);
	if (d == NULL)
		return false;
	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)data[i] << (8 * i);
	if (write && d->write != NULL)
		d->write(d->device, port - d->port, size, value);
	if (!write && d->read != NULL) {
		value = d->read(d->device, port - d->port, size);
		for (unsigned i = 0; i < size; i++)
			data[i] = (uint8_t)(value >> (8 * i));
	}
	return true;
}

bool bus_io(const struct bus *bus, bool write, uint16_t port, unsigned size,
	    uint32_t count, uint8_t *data)
{
	const struct bus_device *d = find(bus, port);
	const bool whole = d != NULL && d->wide;
	bool known = false;

	for (uint32_t n = 0; n < count; n++, data += size) {
		if (whole || size == 1) {
			known |= access_one(bus, write, port, size, data);
			continue;
		}
		for (unsigned i = 0; i < size; i++)
			known |= access_one(bus, write, port + i, 1, data + i);
	}
	return known;
}
