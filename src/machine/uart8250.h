/* SPDX-License-Identifier: MIT */
/*
 * A 16550A serial port (National Semiconductor PC16550D data sheet), without
 * line timing: what is written is sent at once, so the transmitter is always
 * empty.  Any thread.
 */
#ifndef MACHINE_UART8250_H
#define MACHINE_UART8250_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/bus.h"

#define UART8250_COM1_PORT 0x3f8
#define UART8250_COM1_IRQ  4u
#define UART8250_PORTS     8u

struct uart8250;

struct uart8250_config {
	/* The interrupt line's new level; called with the port's lock held. */
	void (*irq)(void *ctx, bool level);
	/* Bytes sent by the guest, in order; may take its time: input goes on
	 * meanwhile. */
	void (*output)(void *ctx, const void *data, size_t len);
	/* The receive queue has room again after uart8250_input() took less
	 * than it was given; called without the lock. */
	void (*room)(void *ctx);
	void *ctx;
};

/* 0, -ENOMEM. */
int uart8250_new(const struct uart8250_config *config, struct uart8250 **uart);

/* As after power-on; what was received and not read is lost. */
void uart8250_reset(struct uart8250 *uart);

/* NULL is allowed. */
void uart8250_free(struct uart8250 *uart);

/* 0, -ENOSPC. */
int uart8250_attach(struct uart8250 *uart, uint16_t port, struct bus *bus);

/* Bytes for the guest; returns how many were taken. */
size_t uart8250_input(struct uart8250 *uart, const void *data, size_t len);

#endif
