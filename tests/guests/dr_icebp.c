/* SPDX-License-Identifier: MIT */
/* INT1 (ICEBP) and INT3, alone and with other causes. */
#include "dr_log.h"

void ic_run(void);
void ic_tf(void);
volatile uint32_t ic_cell __attribute__((aligned(4096)));

__asm__(".text\n.globl ic_run\n.type ic_run, @function\n"
	"ic_run: .byte 0xf1\n"
	".globl after_icebp, after_store_icebp, ic_on, after_ic_on, after_ic3\n"
	"after_icebp: incl %eax\n"
	" int3\n"
	"after_ic3: incl ic_cell\n"
	"after_store: .byte 0xf1\n"
	"after_store_icebp: nop\n"
	"ic_on: .byte 0xf1\n"
	"after_ic_on: ret\n"
	".size ic_run, . - ic_run\n"
	".globl after_store\n");

extern uint8_t ic_on[];

void guest_main(void)
{
	dr_init();
	dr_scene("alone");
	for (int i = 0; i < 3; i++)
		ic_run();
	dr_scene("with a watch and a breakpoint");
	dr_set0((uint64_t)ic_on);
	dr_set1((uint64_t)&ic_cell);
	dr_arm(DR7_G(0) | DR7_G(1) | DR7_KIND(1, DR7_W4));
	for (int i = 0; i < 3; i++)
		ic_run();
	dr_scene("with DR6 not set back");
	dr_keep_dr6 = 1;
	ic_run();
	dr_reset();
	dr_scene("over");
}
