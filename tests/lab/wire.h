/* SPDX-License-Identifier: MIT */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <stdint.h>

/*
 * What host (lab.py) and lab (agent.c) say to each other over one serial line:
 * frames of a header and at most WIRE_PAYLOAD_MAX bytes. The lab greets, the
 * host greets back, then frames follow. Each side drops all that comes before
 * the greeting: the kernel's probing of the port may leave bytes on the line.
 */
#define WIRE_GREETING    "kvmgdb-lab-1\n"
#define WIRE_PAYLOAD_MAX 16384

struct wire_header {
	uint8_t type; /* enum wire_type */
	uint8_t zero;
	uint16_t channel; /* chosen by the host; numbers are used again */
	uint16_t length;  /* of the payload, little-endian as all numbers */
} __attribute__((packed));

enum wire_type {
	/* host to lab */
	WIRE_CONNECT = 1, /* u16 port on 127.0.0.1: a TCP channel */
	WIRE_SPAWN = 2,   /* arguments, each ended by NUL: a process channel */
	WIRE_STORE = 3,   /* path: a file channel; its DATA, then its END */
	WIRE_SIGNAL = 4,  /* u8 signal, to the process group of the channel */
	WIRE_QUIT = 5,    /* power off */
	WIRE_PING = 6,    /* comes back as WIRE_PONG with its payload */
	/* both ways */
	WIRE_DATA = 16,
	WIRE_END = 17,   /* no more data from this side (TCP: half closed) */
	WIRE_CLOSE = 18, /* channel is gone at once; no answer is sent */
	/* lab to host */
	WIRE_EXIT = 32, /* i32 status as wait() gives it; the channel is gone */
	WIRE_PONG = 33,
	WIRE_STORED = 34, /* i32 0 or -errno; the channel is gone */
};

#endif
