/* SPDX-License-Identifier: MIT */
/*
 * The ways by which a guest ends the machine: the test exit port (as QEMU's
 * isa-debug-exit at 0xf4), and a PC's reset ports.
 */
#ifndef MACHINE_EXITPORT_H
#define MACHINE_EXITPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "machine/bus.h"

#define EXITPORT_TEST 0xf4

/* What a write of VALUE to it ends with: (v << 1) | 1, of 8 bits. */
int exitport_status(uint32_t value);

struct exitport_config {
	bool test_port; /* a write to EXITPORT_TEST ends the machine */
	void (*exited)(void *ctx, int status); /* 0..255, odd */
	void (*reset)(void *ctx); /* 0xfe to port 0x64, or bit 2 at 0xcf9 */
	void *ctx;
};

/* CONFIG must live as long as the bus.  0, -ENOSPC. */
int exitport_attach(struct exitport_config *config, struct bus *bus);

#endif
