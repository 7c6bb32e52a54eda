/* SPDX-License-Identifier: MIT */
#include "machine/exitport.h"

#include <stddef.h>

#define KEYBOARD_PORT      0x64
#define KEYBOARD_CMD_RESET 0xfe
#define PCI_ADDRESS_PORT   0xcf8
#define RESET_PORT         0xcf9
#define RESET_CPU          0x4

int exitport_status(uint32_t value)
{
	return (int)(((value << 1) | 1) & 0xff);
}

static void test_write(void *device, unsigned offset, unsigned size,
		       uint32_t value)
{
	const struct exitport_config *config = device;

	(void)offset;
	(void)size;
	config->exited(config->ctx, exitport_status(value));
}

static void keyboard_write(void *device, unsigned offset, unsigned size,
			   uint32_t value)
{
	const struct exitport_config *config = device;

	(void)offset;
	(void)size;
	if (value == KEYBOARD_CMD_RESET)
		config->reset(config->ctx);
}

/* A byte's write to exactly this port: a 32-bit one to 0xcf8 is PCI's
 * configuration address, as any guest that looks for PCI makes it. */
static void reset_write(void *device, unsigned offset, unsigned size,
			uint32_t value)
{
	const struct exitport_config *config = device;

	if (offset == RESET_PORT - PCI_ADDRESS_PORT && size == 1 &&
	    (value & RESET_CPU) != 0)
		config->reset(config->ctx);
}

int exitport_attach(struct exitport_config *config, struct bus *bus)
{
	const struct bus_device test = {.port = EXITPORT_TEST,
					.count = 1,
					.wide = true,
					.write = test_write,
					.device = config};
	const struct bus_device keyboard = {.port = KEYBOARD_PORT,
					    .count = 1,
					    .write = keyboard_write,
					    .device = config};
	const struct bus_device reset = {.port = PCI_ADDRESS_PORT,
					 .count = 4,
					 .wide = true,
					 .write = reset_write,
					 .device = config};
	int rc = 0;

	if (config->test_port)
		rc = bus_add(bus, &test);
	if (rc == 0)
		rc = bus_add(bus, &keyboard);
	if (rc == 0)
		rc = bus_add(bus, &reset);
	return rc;
}
