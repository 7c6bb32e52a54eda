/* SPDX-License-Identifier: MIT */
#include "guest.h"

#define PIC1_DATA 0x21
#define PIC2_DATA 0xa1

void guest_puts(const char *text)
{
	for (; *text; text++)
		outb(COM1, (uint8_t)*text);
}

void guest_put_dec(unsigned long value)
{
	if (value >= 10)
		guest_put_dec(value / 10);
	outb(COM1, (uint8_t)('0' + value % 10));
}

void guest_put_hex(unsigned long value)
{
	if (value >= 16)
		guest_put_hex(value / 16);
	outb(COM1, (uint8_t)("0123456789abcdef"[value % 16]));
}

void guest_report(const char *name, unsigned long value)
{
	guest_puts(name);
	guest_puts("=");
	guest_put_dec(value);
	guest_puts("\n");
}

_Noreturn void guest_end(uint8_t value)
{
	for (;;)
		outb(EXIT_PORT, value);
}

/*
 * Interrupts are on in every guest, with every source masked: on an emulated
 * VT-x a spin with IF=0 cannot be left by the host.
 */
_Noreturn void guest_start(void)
{
	outb(PIC1_DATA, 0xff);
	outb(PIC2_DATA, 0xff);
	__asm__ volatile("sti");
	guest_main();
	guest_end(GUEST_OK);
}
