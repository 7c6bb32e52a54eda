/* SPDX-License-Identifier: MIT */
/* A breakpoint that was taken away, without any exit since, must not hit. */
#include "dr_log.h"

void sl_exec(void);
void sl_other(void);
volatile uint32_t sl_cell __attribute__((aligned(4096)));

__asm__(".text\n.globl sl_exec\n.type sl_exec, @function\n"
	"sl_exec: nop\n ret\n.size sl_exec, . - sl_exec\n"
	".globl sl_other\n.type sl_other, @function\n"
	"sl_other: nop\n ret\n.size sl_other, . - sl_other\n");

static void disable(struct dr_frame *frame, uint64_t dr6)
{
	(void)frame, (void)dr6;
	dr_set7(DR7_INIT);
}

static void store(void)
{
	sl_cell = sl_cell + 1;
}

void guest_main(void)
{
	dr_init();
	dr_on_event = disable;
	for (int i = 0; i < 3; i++) {
		dr_scene("handler disables");
		dr_set0((uint64_t)sl_exec);
		dr_arm(DR7_G(0));
		sl_exec();
		sl_exec();
	}
	dr_scene("disabled before");
	dr_set0((uint64_t)sl_exec);
	dr_set1((uint64_t)&sl_cell);
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_KIND(1, DR7_W4));
	dr_set7(DR7_INIT);
	sl_exec();
	store();
	dr_scene("moved before");
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_KIND(1, DR7_W4));
	dr_set0((uint64_t)sl_other);
	dr_set1((uint64_t)&sl_cell + 64);
	sl_exec();
	store();
	dr_reset();
	dr_scene("over");
}
