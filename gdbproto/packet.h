/* SPDX-License-Identifier: MIT */
/*
 * Framing: `$data#cc`, acknowledgements and interrupts (GDB manual, appendix
 * "Remote Protocol": Overview, Interrupts).
 */
#ifndef GDBPROTO_PACKET_H
#define GDBPROTO_PACKET_H

#include "buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one byte from the client completed. */
enum packet_event {
	PACKET_NOTHING,
	PACKET_ACK,       /* '+' */
	PACKET_NAK,       /* '-' */
	PACKET_INTERRUPT, /* 0x03, or a telnet BREAK, ff f3 */
	PACKET_COMPLETE,  /* data, len; see the flags */
	PACKET_FOREIGN    /* some other protocol: give up */
};

enum packet_state {
	PACKET_IDLE,
	PACKET_TELNET,
	PACKET_BEGUN, /* after a '$' that cut the packet before it short */
	PACKET_DATA,
	PACKET_ESCAPE,
	PACKET_SUM_HIGH,
	PACKET_SUM_LOW
};

struct packet_in {
	/* Valid after PACKET_COMPLETE until the next byte; with room for one
	 * byte more.  Escapes are undone. */
	uint8_t *data;
	size_t len;
	bool sum_ok;   /* two digits, and right */
	bool oversize; /* data is cut off at the limit */
	bool bad;      /* ends in the middle of an escape, or of the checksum */

	enum packet_state state;
	size_t limit;
	uint8_t sum;      /* of the bytes as sent, modulo 256 */
	uint8_t sum_sent; /* its first digit */
	bool spoken;      /* a packet has begun: this is a GDB client */
	size_t junk;      /* bytes outside packets since the last packet */
	uint8_t head[5];  /* the first of them, before any packet */
};

/* Packets of up to LIMIT bytes, escapes undone. False: no memory. */
bool packet_in_init(struct packet_in *in, size_t limit);
void packet_in_free(struct packet_in *in);

/* Take one byte.  Any byte is allowed at any time; after any garbage the next
 * `$` starts a packet. */
enum packet_event packet_in_push(struct packet_in *in, uint8_t byte);

/* The same for many bytes at once, as long as they are plain data: returns how
 * many were taken, 0..LEN.  What follows is packet_in_push()'s. */
size_t packet_in_bulk(struct packet_in *in, const uint8_t *p, size_t len);

/* Add PAYLOAD as a packet: escaped, run-length encoded where that is shorter,
 * with its checksum. */
void packet_encode(struct buffer *out, const void *payload, size_t len);

#endif
