// SPDX-License-Identifier: MIT
/* The framing: any bytes in, and any payload out. */
#include "rig.h"

#include <gdbproto/packet.h>

#include <stdlib.h>
#include <string.h>

#define LIMIT 512u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever came before, the next packet is understood. */
static void check_input(const uint8_t *data, size_t size)
{
	static const char probe[] = "$qC#b4";
	enum packet_event event = PACKET_NOTHING;
	struct packet_in in;

	if (!packet_in_init(&in, LIMIT))
		return;
	for (size_t i = 0; i < size; i++) {
		event = packet_in_push(&in, data[i]);
		if (event == PACKET_FOREIGN)
			break;
		if (event == PACKET_COMPLETE && in.len > LIMIT)
			abort();
	}
	if (event != PACKET_FOREIGN) {
		for (size_t i = 0; i < sizeof(probe) - 1; i++)
			event = packet_in_push(&in, (uint8_t)probe[i]);
		if (event != PACKET_COMPLETE || !in.sum_ok || in.bad ||
		    in.len != 2 || memcmp(in.data, "qC", 2) != 0)
			abort();
	}
	packet_in_free(&in);
}

/* What is encoded decodes to itself, and is never longer than it must be. */
static void check_output(const uint8_t *data, size_t size)
{
	struct buffer out = {0};
	char *back = malloc(size + 1);

	packet_encode(&out, data, size);
	if (!back || out.failed)
		abort();
	if (out.len > 2 * size + 4 || out.data[0] != '$' ||
	    out.data[out.len - 3] != '#')
		abort();
	if (rig_decode((char *)out.data + 1, out.len - 4, back, size + 1) !=
		(long)size ||
	    (size && memcmp(back, data, size) != 0))
		abort();
	free(back);
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_input(data, size);
	check_output(data, size);
	return 0;
}
