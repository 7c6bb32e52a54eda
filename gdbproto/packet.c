// SPDX-License-Identifier: MIT
#include "packet.h"

#include "hex.h"

#include <stdlib.h>
#include <string.h>

/* More garbage than this between packets is no line noise any more. */
#define JUNK_MAX 65536u

/*
 * In "c*N", N - 29 is how often c is repeated; N is printable, at most 126.
 * Three repeats would save a byte already, but people read these packets:
 * "PacketSize=20000" stays what it is.
 */
#define RLE_BIAS 29u
#define RLE_MIN  7u
#define RLE_MAX  97u

bool packet_in_init(struct packet_in *in, size_t limit)
{
	*in = (struct packet_in){.limit = limit};
	in->data = malloc(limit + 1);
	return in->data;
}

void packet_in_free(struct packet_in *in)
{
	free(in->data);
	in->data = NULL;
}

static void begin(struct packet_in *in)
{
	in->state = PACKET_DATA;
	in->len = 0;
	in->sum = 0;
	in->sum_ok = in->oversize = in->bad = false;
	in->spoken = true;
	in->junk = 0;
}

static enum packet_event complete(struct packet_in *in)
{
	in->state = PACKET_IDLE;
	return PACKET_COMPLETE;
}

static void store(struct packet_in *in, uint8_t byte)
{
	if (in->len < in->limit)
		in->data[in->len++] = byte;
	else
		in->oversize = true;
}

/*
 * A web page can make a browser send a request to a local port, with packets
 * in its body that write guest memory.  So a peer that begins like HTTP is
 * not listened to.
 */
static bool is_foreign(const struct packet_in *in)
{
	static const char methods[][sizeof(in->head) + 1] = {
	    "GET /", "POST ", "PUT /", "HEAD ", "OPTIO", "CONNE", "PATCH"};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!memcmp(in->head, methods[i], sizeof(in->head)))
			return true;
	return false;
}

static enum packet_event junk(struct packet_in *in, uint8_t byte)
{
	if (!in->spoken && in->junk < sizeof(in->head)) {
		in->head[in->junk] = byte;
		if (in->junk + 1 == sizeof(in->head) && is_foreign(in))
			return PACKET_FOREIGN;
	}
	return ++in->junk > JUNK_MAX ? PACKET_FOREIGN : PACKET_NOTHING;
}

static enum packet_event idle(struct packet_in *in, uint8_t byte)
{
	in->state = PACKET_IDLE;
	switch (byte) {
	case '$':
		begin(in);
		return PACKET_NOTHING;
	case '+':
		return PACKET_ACK;
	case '-':
		return PACKET_NAK;
	case 0x03:
		return PACKET_INTERRUPT;
	case 0xff:
		in->state = PACKET_TELNET;
		return PACKET_NOTHING;
	default:
		return junk(in, byte);
	}
}

static enum packet_event in_data(struct packet_in *in, uint8_t byte)
{
	bool escaped = in->state == PACKET_ESCAPE;

	/* Clients always escape '#' and '$' in data: here they are framing. */
	if (byte == '#') {
		in->bad = escaped;
		in->state = PACKET_SUM_HIGH;
		return PACKET_NOTHING;
	}
	if (byte == '$') {
		begin(in);
		return PACKET_NOTHING;
	}
	in->sum = (uint8_t)(in->sum + byte);
	if (!escaped && byte == '}') {
		in->state = PACKET_ESCAPE;
		return PACKET_NOTHING;
	}
	in->state = PACKET_DATA;
	store(in, escaped ? byte ^ 0x20 : byte);
	return PACKET_NOTHING;
}

static enum packet_event in_sum(struct packet_in *in, uint8_t byte)
{
	int digit = hex_digit(byte);
	enum packet_event event;

	if (digit < 0) {
		in->bad = true;
		event = complete(in);
		if (byte == '$')
			in->state = PACKET_BEGUN;
		return event;
	}
	if (in->state == PACKET_SUM_HIGH) {
		in->sum_sent = (uint8_t)(digit << 4);
		in->state = PACKET_SUM_LOW;
		return PACKET_NOTHING;
	}
	in->sum_ok = (in->sum_sent | digit) == in->sum;
	return complete(in);
}

enum packet_event packet_in_push(struct packet_in *in, uint8_t byte)
{
	switch (in->state) {
	case PACKET_IDLE:
		break;
	case PACKET_TELNET:
		if (byte == 0xf3) {
			in->state = PACKET_IDLE;
			return PACKET_INTERRUPT;
		}
		break;
	case PACKET_BEGUN:
		begin(in);
		return in_data(in, byte);
	case PACKET_DATA:
	case PACKET_ESCAPE:
		return in_data(in, byte);
	case PACKET_SUM_HIGH:
	case PACKET_SUM_LOW:
		return in_sum(in, byte);
	}
	return idle(in, byte);
}

size_t packet_in_bulk(struct packet_in *in, const uint8_t *p, size_t len)
{
	uint8_t *to = in->data + in->len;
	uint8_t sum = in->sum;
	size_t n;

	if (in->state != PACKET_DATA)
		return 0;
	if (len > in->limit - in->len)
		len = in->limit - in->len;
	for (n = 0; n < len && p[n] != '#' && p[n] != '$' && p[n] != '}'; n++) {
		to[n] = p[n];
		sum = (uint8_t)(sum + p[n]);
	}
	in->len += n;
	in->sum = sum;
	return n;
}

/* How often the first byte of P is repeated right after it. */
static size_t count_repeats(const uint8_t *p, size_t len)
{
	size_t n = 1;

	if (len > RLE_MAX + 1)
		len = RLE_MAX + 1;
	/* zeros in registers and memory make long runs */
	while (len - n >= 8 && !memcmp(p + n, p + n - 1, 8))
		n += 8;
	while (n < len && p[n] == p[0])
		n++;
	return n - 1;
}

/* The largest count up to REPEATS whose character is allowed: '#' and '$' are
 * framing, and old clients take '+' and '-' for acknowledgements. */
static size_t usable_count(size_t repeats)
{
	size_t c = repeats + RLE_BIAS;

	while (c == '#' || c == '$' || c == '+' || c == '-')
		c--;
	return c - RLE_BIAS;
}

/* What is sent as '}' and another byte. */
static const bool special[256] = {
    ['#'] = true, ['$'] = true, ['}'] = true, ['*'] = true};

/* Encode the first run of P, whose byte is not special, at *TO; returns how
 * many bytes of P it was. */
static size_t encode_run(uint8_t **to, const uint8_t *p, size_t len)
{
	size_t repeats = count_repeats(p, len);
	uint8_t *out = *to;

	if (repeats < RLE_MIN) {
		memset(out, p[0], 1 + repeats);
		*to = out + 1 + repeats;
		return 1 + repeats;
	}
	repeats = usable_count(repeats);
	out[0] = p[0];
	out[1] = '*';
	out[2] = (uint8_t)(repeats + RLE_BIAS);
	*to = out + 3;
	return 1 + repeats;
}

/* No run starts at an escaped byte: clients disagree on whether the escape or
 * its result would be repeated. */
static uint8_t *encode(uint8_t *to, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len;) {
		if (special[p[i]]) {
			*to++ = '}';
			*to++ = p[i++] ^ 0x20;
		} else if (i + 1 < len && p[i + 1] == p[i]) {
			i += encode_run(&to, p + i, len - i);
		} else {
			*to++ = p[i++];
		}
	}
	return to;
}

void packet_encode(struct buffer *out, const void *payload, size_t len)
{
	uint8_t *start, *to;
	uint8_t sum = 0;

	/* In one go, so that no packet is ever queued in part. */
	if (len > SIZE_MAX / 8 || !buffer_reserve(out, 2 * len + 4)) {
		out->failed = true;
		return;
	}
	buffer_add_char(out, '$');
	start = out->data + out->len;
	to = encode(start, payload, len);
	for (const uint8_t *at = start; at < to; at++)
		sum = (uint8_t)(sum + *at);
	out->len += (size_t)(to - start);
	buffer_add_char(out, '#');
	buffer_add_hex(out, &sum, 1);
}
