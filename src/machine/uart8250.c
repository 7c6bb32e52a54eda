/* SPDX-License-Identifier: MIT */
#include "machine/uart8250.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* Register offsets. */
enum {
	REG_DATA,
	REG_IER,
	REG_IIR_FCR,
	REG_LCR,
	REG_MCR,
	REG_LSR,
	REG_MSR,
	REG_SCR
};

enum { IER_RDA = 0x1, IER_THRE = 0x2, IER_MASK = 0xf };
enum { IIR_NONE = 0x1, IIR_THRE = 0x2, IIR_RDA = 0x4, IIR_FIFO = 0xc0 };
enum { FCR_ENABLE = 0x1, FCR_CLEAR_RX = 0x2 };
enum { LCR_DLAB = 0x80 };
enum {
	MCR_DTR = 0x1,
	MCR_RTS = 0x2,
	MCR_OUT1 = 0x4,
	MCR_OUT2 = 0x8,
	MCR_LOOP = 0x10,
	MCR_MASK = 0x1f
};
enum { LSR_DR = 0x1, LSR_THRE = 0x20, LSR_TEMT = 0x40 };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80 };

#define FIFO_SIZE 16u

struct uart8250 {
	struct uart8250_config config;
	/* Held from a guest's write until its byte is out, so that bytes of
	 * several vCPUs leave in the order of their writes.  Taken before
	 * lock; uart8250_input() never takes it. */
	pthread_mutex_t write_lock;
	pthread_mutex_t lock;
	/* Under the lock. */
	uint8_t ier, lcr, mcr, scr, dll, dlm;
	bool fifo_on;
	bool thre_pending; /* set when THR empties or IER_THRE is set; cleared
			      by reading IIR while it is the reported cause */
	bool line;         /* level of the interrupt line */
	bool refused;      /* the sender waits for room() */
	uint8_t rx[FIFO_SIZE];
	unsigned rx_head, rx_count;
};

int uart8250_new(const struct uart8250_config *config, struct uart8250 **uart)
{
	struct uart8250 *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return -ENOMEM;
	u->config = *config;
	u->dll = 1; /* 115200 baud */
	pthread_mutex_init(&u->write_lock, NULL);
	pthread_mutex_init(&u->lock, NULL);
	*uart = u;
	return 0;
}

void uart8250_free(struct uart8250 *uart)
{
	if (uart == NULL)
		return;
	pthread_mutex_destroy(&uart->lock);
	pthread_mutex_destroy(&uart->write_lock);
	free(uart);
}

/* The cause of highest rank, as IIR has it. */
static uint8_t cause(const struct uart8250 *u)
{
	if ((u->ier & IER_RDA) != 0 && u->rx_count > 0)
		return IIR_RDA;
	if ((u->ier & IER_THRE) != 0 && u->thre_pending)
		return IIR_THRE;
	return IIR_NONE;
}

/* On a PC, OUT2 gates the interrupt; in loopback it stays off the line. */
static void update_line(struct uart8250 *u)
{
	const bool level = cause(u) != IIR_NONE &&
			   (u->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;

	if (level == u->line)
		return;
	u->line = level;
	u->config.irq(u->config.ctx, level);
}

/* THR was filled and has emptied: the line falls and rises, so that an
 * edge-triggered PIC sees it. */
static void transmitted(struct uart8250 *u)
{
	u->thre_pending = false;
	update_line(u);
	u->thre_pending = true;
	update_line(u);
}

void uart8250_reset(struct uart8250 *uart)
{
	bool refused;

	pthread_mutex_lock(&uart->lock);
	uart->ier = uart->lcr = uart->mcr = uart->scr = uart->dlm = 0;
	uart->dll = 1;
	uart->fifo_on = uart->thre_pending = false;
	uart->rx_count = 0;
	update_line(uart);
	refused = uart->refused;
	uart->refused = false;
	pthread_mutex_unlock(&uart->lock);
	if (refused)
		uart->config.room(uart->config.ctx);
}

static bool receive(struct uart8250 *u, uint8_t byte)
{
	const unsigned room = u->fifo_on ? FIFO_SIZE : 1;

	if (u->rx_count >= room)
		return false;
	u->rx[(u->rx_head + u->rx_count) % FIFO_SIZE] = byte;
	u->rx_count++;
	return true;
}

static uint8_t take_received(struct uart8250 *u)
{
	uint8_t byte;

	if (u->rx_count == 0)
		return 0;
	byte = u->rx[u->rx_head];
	u->rx_head = (u->rx_head + 1) % FIFO_SIZE;
	u->rx_count--;
	return byte;
}

static uint8_t modem_status(const struct uart8250 *u)
{
	uint8_t msr = 0;

	if ((u->mcr & MCR_LOOP) == 0)
		return MSR_CTS | MSR_DSR | MSR_DCD;
	if ((u->mcr & MCR_RTS) != 0)
		msr |= MSR_CTS;
	if ((u->mcr & MCR_DTR) != 0)
		msr |= MSR_DSR;
	if ((u->mcr & MCR_OUT1) != 0)
		msr |= MSR_RI;
	if ((u->mcr & MCR_OUT2) != 0)
		msr |= MSR_DCD;
	return msr;
}

static uint8_t read_iir(struct uart8250 *u)
{
	const uint8_t iir = cause(u);

	if (iir == IIR_THRE)
		u->thre_pending = false;
	return u->fifo_on ? iir | IIR_FIFO : iir;
}

static uint8_t read_locked(struct uart8250 *u, unsigned reg)
{
	const bool dlab = (u->lcr & LCR_DLAB) != 0;

	switch (reg) {
	case REG_DATA:
		return dlab ? u->dll : take_received(u);
	case REG_IER:
		return dlab ? u->dlm : u->ier;
	case REG_IIR_FCR:
		return read_iir(u);
	case REG_LCR:
		return u->lcr;
	case REG_MCR:
		return u->mcr;
	case REG_LSR:
		return (uint8_t)(LSR_THRE | LSR_TEMT |
				 (u->rx_count > 0 ? LSR_DR : 0));
	case REG_MSR:
		return modem_status(u);
	default:
		return u->scr;
	}
}

static uint32_t uart_read(void *device, unsigned offset, unsigned size)
{
	struct uart8250 *u = device;
	bool room;
	uint8_t value;

	(void)size;
	pthread_mutex_lock(&u->lock);
	value = read_locked(u, offset);
	update_line(u);
	room = u->refused && u->rx_count == 0;
	if (room)
		u->refused = false;
	pthread_mutex_unlock(&u->lock);
	if (room)
		u->config.room(u->config.ctx);
	return value;
}

static void write_ier(struct uart8250 *u, uint8_t value)
{
	const bool was_on = (u->ier & IER_THRE) != 0;

	u->ier = value & IER_MASK;
	if (!was_on && (u->ier & IER_THRE) != 0)
		u->thre_pending = true;
}

static void write_fcr(struct uart8250 *u, uint8_t value)
{
	const bool on = (value & FCR_ENABLE) != 0;

	/* Changing FIFO mode clears the FIFOs. */
	if (on != u->fifo_on || (value & FCR_CLEAR_RX) != 0)
		u->rx_count = 0;
	u->fifo_on = on;
}

/* Returns true if VALUE goes out on the line. */
static bool write_locked(struct uart8250 *u, unsigned reg, uint8_t value)
{
	const bool dlab = (u->lcr & LCR_DLAB) != 0;

	switch (reg) {
	case REG_DATA:
		if (dlab) {
			u->dll = value;
			return false;
		}
		transmitted(u);
		if ((u->mcr & MCR_LOOP) == 0)
			return true;
		receive(u, value);
		return false;
	case REG_IER:
		if (dlab)
			u->dlm = value;
		else
			write_ier(u, value);
		return false;
	case REG_IIR_FCR:
		write_fcr(u, value);
		return false;
	case REG_LCR:
		u->lcr = value;
		return false;
	case REG_MCR:
		u->mcr = value & MCR_MASK;
		return false;
	case REG_SCR:
		u->scr = value;
		return false;
	default: /* LSR and MSR are read-only */
		return false;
	}
}

static void uart_write(void *device, unsigned offset, unsigned size,
		       uint32_t value)
{
	struct uart8250 *u = device;
	const uint8_t byte = (uint8_t)value;
	bool send, room;

	(void)size;
	pthread_mutex_lock(&u->write_lock);
	pthread_mutex_lock(&u->lock);
	send = write_locked(u, offset, byte);
	update_line(u);
	room = u->refused && u->rx_count == 0 && (u->mcr & MCR_LOOP) == 0;
	if (room)
		u->refused = false;
	pthread_mutex_unlock(&u->lock);
	if (send)
		u->config.output(u->config.ctx, &byte, 1);
	pthread_mutex_unlock(&u->write_lock);
	if (room)
		u->config.room(u->config.ctx);
}

int uart8250_attach(struct uart8250 *uart, uint16_t port, struct bus *bus)
{
	const struct bus_device device = {.port = port,
					  .count = UART8250_PORTS,
					  .read = uart_read,
					  .write = uart_write,
					  .device = uart};

	return bus_add(bus, &device);
}

size_t uart8250_input(struct uart8250 *uart, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t n = 0;

	pthread_mutex_lock(&uart->lock);
	/* In loopback the receiver is cut off the line. */
	if ((uart->mcr & MCR_LOOP) == 0) {
		while (n < len && receive(uart, bytes[n]))
			n++;
	}
	if (n < len)
		uart->refused = true;
	update_line(uart);
	pthread_mutex_unlock(&uart->lock);
	return n;
}
