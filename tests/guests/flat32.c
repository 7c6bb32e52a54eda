/* SPDX-License-Identifier: MIT */
/* 32-bit protected mode, no paging. */
#include "common32.h"

void guest_main(void)
{
	common32_run("flat32");
}
