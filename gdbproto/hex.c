// SPDX-License-Identifier: MIT
#include "hex.h"

#include <string.h>

int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_number(struct hex_in *in, uint64_t *value)
{
	const uint8_t *p = in->p;
	uint64_t v = 0;

	for (; p < in->end && hex_digit(*p) >= 0; p++) {
		if (v >> 60)
			return false;
		v = v << 4 | (uint64_t)hex_digit(*p);
	}
	if (p == in->p)
		return false;
	in->p = p;
	*value = v;
	return true;
}

bool hex_char(struct hex_in *in, char c)
{
	if (in->p == in->end || *in->p != (uint8_t)c)
		return false;
	in->p++;
	return true;
}

bool hex_text(struct hex_in *in, const char *text)
{
	const uint8_t *p = in->p;

	for (; *text; p++, text++)
		if (p == in->end || *p != (uint8_t)*text)
			return false;
	in->p = p;
	return true;
}

bool hex_bytes(struct hex_in *in, void *out, size_t len)
{
	const uint8_t *p = in->p;
	uint8_t *to = out;

	if (len > hex_left(in) / 2)
		return false;
	for (size_t i = 0; i < 2 * len; i++)
		if (hex_digit(p[i]) < 0)
			return false;
	for (size_t i = 0; i < len; i++, p += 2)
		to[i] = (uint8_t)((unsigned)hex_digit(p[0]) << 4 |
				  (unsigned)hex_digit(p[1]));
	in->p = p;
	return true;
}

bool hex_range(struct hex_in *in, uint64_t *addr, uint64_t *len)
{
	struct hex_in try = *in;

	if (!hex_number(&try, addr) || !hex_char(&try, ',') ||
	    !hex_number(&try, len))
		return false;
	*in = try;
	return true;
}

void hex_split(struct hex_in *in, char c, struct hex_in *part)
{
	const uint8_t *at = NULL;

	if (hex_left(in))
		at = memchr(in->p, c, hex_left(in));
	part->p = in->p;
	part->end = at ? at : in->end;
	in->p = at ? at + 1 : in->end;
}
