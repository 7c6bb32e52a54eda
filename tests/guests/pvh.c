/* SPDX-License-Identifier: MIT */
/* Started by its PVH note; lib/pvh64.S takes it to long mode. */
#include "guest.h"

#define START_INFO_MAGIC 0x336ec578u

extern uint64_t pvh_start_info;
volatile uint32_t word __attribute__((aligned(64)));

static void step_up(void)
{
	word = word + 5;
}

void guest_main(void)
{
	const uint32_t *info = (const uint32_t *)pvh_start_info;

	guest_puts("pvh: start\n");
	if (!info || info[0] != START_INFO_MAGIC)
		guest_end(GUEST_FAILED);
	for (int i = 0; i < 3; i++)
		step_up();
	guest_report("word", word);
	guest_puts("pvh: end\n");
}
