/* SPDX-License-Identifier: MIT */
#include "lines.h"

uint32_t lines_wait(uint32_t value)
{
	const uint32_t before = ticks;

	while (ticks == before)
		;
	return value + 1;
}

uint32_t lines_add(uint32_t a, uint32_t b)
{
	return b == 0 ? a : lines_add(a, b - 1) + 1;
}
