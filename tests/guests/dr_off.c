/* SPDX-License-Identifier: MIT */
/* Slots that match and are not enabled, and two slots on one address. */
#include "dr_log.h"

void of_exec(void);
void of_store(void);
volatile uint32_t of_cell __attribute__((aligned(4096)));

__asm__(".text\n.globl of_exec\n.type of_exec, @function\n"
	"of_exec: nop\n ret\n.size of_exec, . - of_exec\n"
	".globl of_store\n.type of_store, @function\n"
	"of_store: incl of_cell\n.globl after_of_store\n"
	"after_of_store: nop\n ret\n.size of_store, . - of_store\n");

void guest_main(void)
{
	const uint64_t w4 = DR7_KIND(0, DR7_W4) | DR7_KIND(1, DR7_W4);

	dr_init();
	dr_scene("disabled execution slot");
	dr_set1((uint64_t)of_exec);
	dr_set2((uint64_t)of_exec);
	dr_arm(DR7_G(1));
	of_exec();
	dr_scene("two execution slots");
	dr_arm(DR7_G(1) | DR7_G(2));
	of_exec();
	dr_reset();
	dr_scene("disabled data slot");
	dr_set0((uint64_t)&of_cell);
	dr_set1((uint64_t)&of_cell);
	dr_arm(DR7_G(0) | w4);
	of_store();
	dr_scene("two data slots");
	dr_arm(DR7_G(0) | DR7_G(1) | w4);
	of_store();
	dr_reset();
	dr_scene("over");
}
