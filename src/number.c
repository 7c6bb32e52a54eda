/* SPDX-License-Identifier: MIT */
#include "number.h"

#include <ctype.h>
#include <string.h>

bool number_uint(const char *text, unsigned min, unsigned max, unsigned *value)
{
	uint64_t v = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (uint64_t)(*text - '0');
		if (v > max)
			return false;
	}
	if (v < min)
		return false;
	*value = (unsigned)v;
	return true;
}

bool number_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMGT";
	uint64_t v = 0;
	unsigned digits = 0;

	for (; *text >= '0' && *text <= '9'; text++, digits++) {
		const uint64_t digit = (uint64_t)(*text - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (digits == 0)
		return false;
	if (*text != '\0') {
		const char *unit = strchr(units, toupper((unsigned char)*text));
		unsigned shift;

		if (unit == NULL || text[1] != '\0')
			return false;
		shift = 10u * (unsigned)(unit - units + 1);
		if (v > UINT64_MAX >> shift)
			return false;
		v <<= shift;
	}
	*size = v;
	return true;
}

bool number_hex(const char *text, uint64_t *value)
{
	uint64_t v = 0;
	unsigned digits = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	for (; *text != '\0'; text++, digits++) {
		unsigned digit;

		if (*text >= '0' && *text <= '9')
			digit = (unsigned)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			digit = (unsigned)(*text - 'a') + 10;
		else if (*text >= 'A' && *text <= 'F')
			digit = (unsigned)(*text - 'A') + 10;
		else
			return false;
		if (v >> 60 != 0)
			return false;
		v = v << 4 | digit;
	}
	*value = v;
	return digits > 0;
}
