/* SPDX-License-Identifier: MIT */
#include "machine/acpipm.h"

/* Offsets of 16-bit registers. */
enum { STATUS, ENABLE = 2, CONTROL = ACPIPM_CONTROL, REGISTERS_END = 6 };

#define SCI_EN        0x0001u
#define SLP_TYP_SHIFT 10
#define SLP_TYP_MASK  0x7u
#define SLP_EN        0x2000u

static uint32_t pm_read(void *device, unsigned offset, unsigned size)
{
	struct acpipm *pm = device;
	const uint64_t all =
	    (uint64_t)atomic_load(&pm->enable) << (8 * ENABLE) |
	    (uint64_t)atomic_load(&pm->control) << (8 * CONTROL);

	(void)size;
	return (uint32_t)(all >> (8 * offset));
}

static void write_control(struct acpipm *pm, uint32_t value)
{
	/* SLP_EN reads as 0; we are always in ACPI mode. */
	atomic_store(&pm->control,
		     (uint_least16_t)((value & 0xffff & ~SLP_EN) | SCI_EN));
	if ((value & SLP_EN) != 0 &&
	    (value >> SLP_TYP_SHIFT & SLP_TYP_MASK) == ACPIPM_S5)
		pm->poweroff(pm->ctx);
}

static void pm_write(void *device, unsigned offset, unsigned size,
		     uint32_t value)
{
	struct acpipm *pm = device;

	if (offset == CONTROL && size >= 2)
		write_control(pm, value);
	else if (offset == ENABLE && size >= 2)
		atomic_store(&pm->enable, (uint_least16_t)value);
	else if (offset == STATUS && size == 4)
		atomic_store(&pm->enable, (uint_least16_t)(value >> 16));
}

void acpipm_reset(struct acpipm *pm)
{
	atomic_store(&pm->enable, 0);
	atomic_store(&pm->control, SCI_EN);
}

int acpipm_attach(struct acpipm *pm, struct bus *bus)
{
	const struct bus_device device = {.port = ACPIPM_PORT,
					  .count = REGISTERS_END,
					  .wide = true,
					  .read = pm_read,
					  .write = pm_write,
					  .device = pm};

	acpipm_reset(pm);
	return bus_add(bus, &device);
}
