/* SPDX-License-Identifier: MIT */
/*
 * ACPI's fixed power management registers, as far as power-off needs them:
 * ACPI 4.0, 4.7.3.1 and 4.7.3.2.  No event ever happens, so SCI stays quiet.
 */
#ifndef MACHINE_ACPIPM_H
#define MACHINE_ACPIPM_H

#include <stdatomic.h>

#include "machine/bus.h"

#define ACPIPM_PORT    0x600
#define ACPIPM_CONTROL 4 /* PM1 control, behind the events */
#define ACPIPM_S5      5 /* SLP_TYP for power-off */

struct acpipm {
	void (*poweroff)(void *ctx);
	void *ctx;
	atomic_uint_least16_t enable, control; /* as the guest wrote them */
};

/* PM must live as long as the bus.  0, -ENOSPC. */
int acpipm_attach(struct acpipm *pm, struct bus *bus);

/* As after power-on.  No vCPU runs. */
void acpipm_reset(struct acpipm *pm);

#endif
