// SPDX-License-Identifier: MIT
#include "test.h"

#include "rig.h"

#include <gdbproto/packet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 64u

/* Push TEXT; the events but PACKET_NOTHING, a letter each. */
static const char *push(struct packet_in *in, const void *text, size_t len)
{
	static const char letters[] = {[PACKET_ACK] = '+',
				       [PACKET_NAK] = '-',
				       [PACKET_INTERRUPT] = 'i',
				       [PACKET_COMPLETE] = 'p',
				       [PACKET_FOREIGN] = 'F'};
	static char events[32];
	const uint8_t *p = text;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		enum packet_event event = packet_in_push(in, p[i]);

		if (event != PACKET_NOTHING && n + 1 < sizeof(events))
			events[n++] = letters[event];
	}
	events[n] = '\0';
	return events;
}

#define PUSH(in, text) push(in, text, sizeof(text) - 1)

static int setup(void **state)
{
	static struct packet_in in;

	*state = &in;
	return packet_in_init(&in, LIMIT) ? 0 : -1;
}

static int teardown(void **state)
{
	packet_in_free(*state);
	return 0;
}

static void assert_packet(const struct packet_in *in, const char *payload)
{
	assert_int_equal(in->len, strlen(payload));
	assert_memory_equal(in->data, payload, in->len);
	assert_true(in->sum_ok);
	assert_false(in->bad);
	assert_false(in->oversize);
}

static void test_plain(void **state)
{
	struct packet_in *in = *state;

	assert_string_equal(PUSH(in, "+$g#67"), "+p");
	assert_packet(in, "g");
	assert_string_equal(PUSH(in, "$#00"), "p");
	assert_packet(in, "");
	assert_string_equal(PUSH(in, "$m1000,4#8E"), "p");
	assert_packet(in, "m1000,4");
	assert_string_equal(PUSH(in, "-+-"), "-+-");
}

static void test_checksum(void **state)
{
	struct packet_in *in = *state;

	assert_string_equal(PUSH(in, "$g#68"), "p");
	assert_false(in->sum_ok);
	assert_false(in->bad);
	assert_string_equal(PUSH(in, "$g#6"), "");
	assert_string_equal(PUSH(in, "x"), "p");
	assert_true(in->bad);
	assert_false(in->sum_ok);
	/* A packet that is cut short does not eat the next one. */
	assert_string_equal(PUSH(in, "$g#$?#3f"), "pp");
	assert_packet(in, "?");
	assert_string_equal(PUSH(in, "$m12$?#3f"), "p");
	assert_packet(in, "?");
}

static void test_escapes(void **state)
{
	struct packet_in *in = *state;

	/* The checksum is that of the escaped bytes. */
	assert_string_equal(PUSH(in, "$X}\x03}\x04}\x5d}\x0a#ba"), "p");
	assert_packet(in, "X#$}*");
	assert_string_equal(PUSH(in, "$g}#e4"), "p");
	assert_true(in->bad);
	assert_true(in->sum_ok);
	assert_string_equal(PUSH(in, "$g#67"), "p");
	assert_packet(in, "g");
}

static void test_interrupts(void **state)
{
	struct packet_in *in = *state;

	assert_string_equal(PUSH(in, "\x03+\x03$g#67\x03"), "i+ipi");
	assert_string_equal(PUSH(in, "\xff\xf3g"), "i");
	assert_string_equal(PUSH(in, "\xff\xff\xf3"), "i");
	assert_string_equal(PUSH(in, "\xff$g#67"), "p");
	assert_packet(in, "g");
	/* Inside a packet it is data. */
	assert_string_equal(PUSH(in, "$X\x03\xff\xf3#4d"), "p");
	assert_packet(in, "X\x03\xff\xf3");
}

static void test_limit(void **state)
{
	struct packet_in *in = *state;
	char text[LIMIT + 8];
	unsigned sum = LIMIT * 'a';

	memset(text, 'a', sizeof(text));
	text[0] = '$';
	snprintf(text + 1 + LIMIT, 4, "#%02x", sum & 0xff);
	assert_string_equal(push(in, text, LIMIT + 4), "p");
	assert_true(in->sum_ok);
	assert_false(in->oversize);
	assert_int_equal(in->len, LIMIT);

	memset(text + 1 + LIMIT, 'a', 3);
	sum += 'a';
	snprintf(text + 2 + LIMIT, 4, "#%02x", sum & 0xff);
	assert_string_equal(push(in, text, LIMIT + 5), "p");
	assert_true(in->sum_ok);
	assert_true(in->oversize);
	assert_int_equal(in->len, LIMIT);

	assert_string_equal(PUSH(in, "$g#67"), "p");
	assert_packet(in, "g");
}

static void test_garbage(void **state)
{
	struct packet_in *in = *state;
	char noise[1000];

	memset(noise, 'g', sizeof(noise));
	assert_string_equal(push(in, noise, sizeof(noise)), "");
	assert_string_equal(PUSH(in, "#67$g#67"), "p");
	assert_packet(in, "g");
	for (unsigned i = 0; i < 65; i++)
		assert_string_equal(push(in, noise, sizeof(noise)), "");
	assert_true(strchr(push(in, noise, sizeof(noise)), 'F'));
}

static void test_http(void **state)
{
	static const char *const requests[] = {
	    "GET / HTTP/1.1\r\n", "POST /$g#67", "OPTIONS * HTTP/1.1",
	    "HEAD /x", "PUT /x"};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct packet_in *in = *state;

		packet_in_free(in);
		assert_true(packet_in_init(in, LIMIT));
		assert_int_equal(push(in, requests[i], strlen(requests[i]))[0],
				 'F');
	}
}

/* A GDB client that is past its first packet cannot be one. */
static void test_http_later_is_noise(void **state)
{
	assert_string_equal(PUSH(*state, "$g#67GET / $g#67"), "pp");
}

/* ---- the other direction ---- */

static void assert_encodes(const void *payload, size_t len, const char *wire)
{
	struct buffer out = {0};

	packet_encode(&out, payload, len);
	assert_false(out.failed);
	assert_int_equal(out.len, strlen(wire));
	assert_memory_equal(out.data, wire, out.len);
	buffer_free(&out);
}

static void test_encode(void **state)
{
	(void)state;
	assert_encodes("", 0, "$#00");
	assert_encodes("OK", 2, "$OK#9a");
	assert_encodes("#$}*", 4, "$}\x03}\x04}\x5d}\x0a#62");
	assert_encodes("0000000", 7, "$0000000#50");
	/* A count of 7 would be '$', one of 6 '#'. */
	assert_encodes("00000000", 8, "$0*\"00#dc");
	assert_encodes("000000000", 9, "$0*%#7f");
}

static void test_run_lengths(void **state)
{
	(void)state;
	for (size_t len = 1; len < 700; len++) {
		struct buffer out = {0};
		char payload[700], back[700];

		memset(payload, 'x', len);
		packet_encode(&out, payload, len);
		assert_int_equal(rig_decode((char *)out.data + 1, out.len - 4,
					    back, sizeof(back)),
				 (long)len);
		assert_memory_equal(back, payload, len);
		/* Counts that are not allowed as characters. */
		for (size_t i = 1; i + 4 < out.len; i++)
			if (out.data[i] == '*')
				assert_null(strchr("#$+-", out.data[i + 1]));
		if (len > 7)
			assert_true(out.len - 4 < len);
		buffer_free(&out);
	}
}

static void test_random_round_trip(void **state)
{
	unsigned seed = 12345;

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		static const char alphabet[] = "00000xx#$}*+-\x03\x1d\xff";
		struct buffer out = {0};
		char payload[200], back[200];
		size_t len = 0;

		while (len < sizeof(payload)) {
			char c;
			size_t run;

			seed = seed * 1103515245u + 12345u;
			c = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
			run = (seed >> 24) % 12 + 1;
			while (run-- && len < sizeof(payload))
				payload[len++] = c;
		}
		packet_encode(&out, payload, len);
		assert_int_equal(rig_decode((char *)out.data + 1, out.len - 4,
					    back, sizeof(back)),
				 (long)len);
		assert_memory_equal(back, payload, len);
		buffer_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_checksum, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_interrupts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_http, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_http_later_is_noise, setup,
					    teardown),
	    cmocka_unit_test(test_encode),
	    cmocka_unit_test(test_run_lengths),
	    cmocka_unit_test(test_random_round_trip),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
