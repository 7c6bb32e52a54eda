/* SPDX-License-Identifier: MIT */
/*
 * What every C guest has: COM1, the exit port, and how it starts.
 *
 * A guest's program is guest_main().  When that returns the machine ends with
 * GUEST_OK, which the host sees as status (v << 1) | 1 = 33; anything else
 * means that the guest itself saw something wrong, or never got to its end.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#define COM1         0x3f8
#define EXIT_PORT    0xf4
#define GUEST_OK     0x10
#define GUEST_FAILED 0x11 /* status 35 */

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

void guest_puts(const char *text);
void guest_put_dec(unsigned long value);
void guest_put_hex(unsigned long value);
/* "NAME=VALUE\n" in decimal. */
void guest_report(const char *name, unsigned long value);
_Noreturn void guest_end(uint8_t value);

/* The guest's program; called with interrupts on and the PICs masked. */
void guest_main(void);

/* Called by the boot code, on a stack. */
_Noreturn void guest_start(void);

#endif
