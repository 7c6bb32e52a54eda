/* SPDX-License-Identifier: MIT */
/*
 * Sends back what comes in at COM1, with small letters made large: a line that
 * is polled for, and one that comes by interrupts.
 */
#include "desc64.h"
#include "guest.h"

#define PIC1_DATA    0x21
#define MASK_COM1    0xef /* all but IRQ 4 */
#define VECTOR_COM1  (VECTOR_TIMER + 4)
#define UART_IER     (COM1 + 1)
#define UART_FCR     (COM1 + 2)
#define UART_MCR     (COM1 + 4)
#define UART_LSR     (COM1 + 5)
#define IER_RECEIVED 0x01
#define FCR_ENABLE   0x07
#define MCR_OUT2     0x08
#define LSR_RECEIVED 0x01

volatile uint32_t bytes, irqs, lines;

/* All that is there. */
static void echo(void)
{
	while (inb(UART_LSR) & LSR_RECEIVED) {
		uint8_t c = inb(COM1);

		bytes = bytes + 1;
		if (c >= 'a' && c <= 'z')
			c = (uint8_t)(c - 'a' + 'A');
		outb(COM1, c);
		if (c == '\n') {
			lines = lines + 1;
			return;
		}
	}
}

__attribute__((interrupt)) static void on_com1(struct desc_frame *frame)
{
	(void)frame;
	irqs = irqs + 1;
	echo();
	timer_eoi();
}

void guest_main(void)
{
	__asm__ volatile("cli");
	desc_init();
	desc_gate(VECTOR_COM1, (void (*)(void))on_com1, 0);
	timer_start(100);
	outb(PIC1_DATA, MASK_COM1);
	__asm__ volatile("sti");
	guest_puts("echo: polled\n");
	while (lines < 1)
		echo();
	guest_report("bytes", bytes);
	guest_report("irqs", irqs);
	outb(UART_FCR, FCR_ENABLE);
	outb(UART_MCR, MCR_OUT2);
	outb(UART_IER, IER_RECEIVED);
	guest_puts("echo: interrupts\n");
	__asm__ volatile("cli");
	while (lines < 2)
		__asm__ volatile("sti; hlt; cli");
	guest_report("bytes", bytes);
	guest_report("irqs", irqs);
}
