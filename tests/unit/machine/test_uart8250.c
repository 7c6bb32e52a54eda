/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "machine/uart8250.h"

#define PORT UART8250_COM1_PORT

struct rig {
	struct uart8250 *uart;
	struct bus bus;
	bool line;
	unsigned edges; /* rising */
	char out[64];
	size_t out_len;
	unsigned rooms;
};

static void on_irq(void *ctx, bool level)
{
	struct rig *r = ctx;

	assert_true(level != r->line);
	r->line = level;
	r->edges += level;
}

static void on_output(void *ctx, const void *data, size_t len)
{
	struct rig *r = ctx;

	assert_true(r->out_len + len < sizeof(r->out));
	memcpy(r->out + r->out_len, data, len);
	r->out_len += len;
}

static void on_room(void *ctx)
{
	struct rig *r = ctx;

	r->rooms++;
}

static void start(struct rig *r)
{
	const struct uart8250_config config = {
	    .irq = on_irq, .output = on_output, .room = on_room, .ctx = r};

	memset(r, 0, sizeof(*r));
	assert_int_equal(uart8250_new(&config, &r->uart), 0);
	assert_int_equal(uart8250_attach(r->uart, PORT, &r->bus), 0);
}

static void out(struct rig *r, unsigned reg, uint8_t value)
{
	assert_true(
	    bus_io(&r->bus, true, (uint16_t)(PORT + reg), 1, 1, &value));
}

static uint8_t in(struct rig *r, unsigned reg)
{
	uint8_t value;

	assert_true(
	    bus_io(&r->bus, false, (uint16_t)(PORT + reg), 1, 1, &value));
	return value;
}

static void reset_values(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	assert_int_equal(in(&r, 1), 0);
	assert_int_equal(in(&r, 2), 0x01);
	assert_int_equal(in(&r, 3), 0);
	assert_int_equal(in(&r, 4), 0);
	assert_int_equal(in(&r, 5), 0x60);
	assert_int_equal(in(&r, 6), 0xb0);
	assert_false(r.line);
	uart8250_free(r.uart);
	uart8250_free(NULL);
}

static void output(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	out(&r, 0, 'h');
	out(&r, 0, 'i');
	assert_int_equal(in(&r, 5), 0x60);
	assert_int_equal(r.out_len, 2);
	assert_memory_equal(r.out, "hi", 2);
	assert_int_equal(r.edges, 0);
	uart8250_free(r.uart);
}

static void divisor_latch(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	out(&r, 3, 0x83);
	out(&r, 0, 0x0c);
	out(&r, 1, 0x34);
	assert_int_equal(in(&r, 0), 0x0c);
	assert_int_equal(in(&r, 1), 0x34);
	out(&r, 3, 0x03);
	assert_int_equal(in(&r, 3), 0x03);
	assert_int_equal(in(&r, 1), 0);
	assert_int_equal(r.out_len, 0);
	uart8250_free(r.uart);
}

static void transmit_interrupt(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	out(&r, 1, 0x02); /* without OUT2 the line stays low */
	assert_int_equal(r.edges, 0);
	out(&r, 4, 0x08);
	assert_true(r.line);
	assert_int_equal(in(&r, 2), 0x02);
	assert_false(r.line); /* reading IIR took the cause back */
	assert_int_equal(in(&r, 2), 0x01);
	out(&r, 0, 'x');
	assert_true(r.line);
	out(&r, 0, 'y'); /* an edge for each, for an edge-triggered PIC */
	assert_int_equal(r.edges, 3);
	out(&r, 1, 0);
	assert_false(r.line);
	out(&r, 1, 0x02); /* enabling while THR is empty interrupts */
	assert_int_equal(r.edges, 4);
	uart8250_free(r.uart);
}

static void receive_interrupt(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	out(&r, 4, 0x0b);
	out(&r, 1, 0x03);
	in(&r, 2); /* the transmitter's */
	assert_false(r.line);
	assert_int_equal(uart8250_input(r.uart, "k", 1), 1);
	assert_true(r.line);
	assert_int_equal(in(&r, 5), 0x61);
	out(&r, 0, 'z');
	assert_int_equal(in(&r, 2), 0x04); /* data goes before THRE */
	assert_int_equal(in(&r, 0), 'k');
	assert_int_equal(in(&r, 5), 0x60);
	assert_true(r.line);
	assert_int_equal(in(&r, 2), 0x02);
	assert_false(r.line);
	assert_int_equal(in(&r, 0), 0);
	uart8250_free(r.uart);
}

static void fifo(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	assert_int_equal(uart8250_input(r.uart, "ab", 2), 1);
	assert_int_equal(r.rooms, 0);
	assert_int_equal(in(&r, 0), 'a');
	assert_int_equal(r.rooms, 1);
	out(&r, 2, 0x01);
	assert_int_equal(in(&r, 2), 0xc1);
	assert_int_equal(uart8250_input(r.uart, "0123456789abcdefgh", 18), 16);
	for (unsigned i = 0; i < 16; i++) {
		assert_int_equal(r.rooms, 1);
		assert_int_equal(in(&r, 0), "0123456789abcdef"[i]);
	}
	assert_int_equal(r.rooms, 2);
	/* Cleared by the guest: what waited outside can come. */
	assert_int_equal(uart8250_input(r.uart, "0123456789abcdefg", 17), 16);
	out(&r, 2, 0x03);
	assert_int_equal(in(&r, 5) & 1, 0);
	assert_int_equal(r.rooms, 3);
	out(&r, 2, 0x00);
	assert_int_equal(in(&r, 2), 0x01);
	uart8250_free(r.uart);
}

/* As Linux looks for a port: 8250_core's autoconfig. */
static void loopback(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	out(&r, 7, 0x5a);
	assert_int_equal(in(&r, 7), 0x5a);
	out(&r, 1, 0xff);
	assert_int_equal(in(&r, 1), 0x0f);
	out(&r, 4, 0x1a);
	assert_int_equal(in(&r, 6) & 0xf0, 0x90);
	out(&r, 4, 0x15);
	assert_int_equal(in(&r, 6) & 0xf0, 0x60);
	out(&r, 0, 'q');
	assert_int_equal(r.out_len, 0);
	assert_int_equal(uart8250_input(r.uart, "k", 1), 0);
	assert_int_equal(in(&r, 0), 'q');
	assert_false(r.line);
	out(&r, 4, 0x00);
	assert_int_equal(r.rooms, 1); /* the line is back */
	assert_int_equal(in(&r, 4), 0x00);
	out(&r, 4, 0xff);
	assert_int_equal(in(&r, 4), 0x1f);
	uart8250_free(r.uart);
}

/* As after power-on, and whoever has input is told that there is room. */
static void reset(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	out(&r, 1, 0x1);
	out(&r, 3, 0x80);
	out(&r, 0, 12);
	out(&r, 3, 0x03);
	out(&r, 4, 0x0b);
	out(&r, 7, 0x99);
	assert_int_equal(uart8250_input(r.uart, "ab", 2), 1);
	assert_true(r.line);
	uart8250_reset(r.uart);
	assert_false(r.line);
	assert_int_equal(r.rooms, 1);
	assert_int_equal(in(&r, 1), 0);
	assert_int_equal(in(&r, 3), 0);
	assert_int_equal(in(&r, 4), 0);
	assert_int_equal(in(&r, 5), 0x60);
	assert_int_equal(in(&r, 7), 0);
	out(&r, 3, 0x80);
	assert_int_equal(in(&r, 0), 1);
	assert_int_equal(in(&r, 1), 0);
	uart8250_free(r.uart);
}

static void read_only_registers(void **state)
{
	struct rig r;

	(void)state;
	start(&r);
	out(&r, 5, 0xff);
	out(&r, 6, 0xff);
	assert_int_equal(in(&r, 5), 0x60);
	assert_int_equal(in(&r, 6), 0xb0);
	uart8250_free(r.uart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reset_values),
	    cmocka_unit_test(output),
	    cmocka_unit_test(divisor_latch),
	    cmocka_unit_test(transmit_interrupt),
	    cmocka_unit_test(receive_interrupt),
	    cmocka_unit_test(fifo),
	    cmocka_unit_test(loopback),
	    cmocka_unit_test(reset),
	    cmocka_unit_test(read_only_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
