/* SPDX-License-Identifier: MIT */
/* Armed and hit with no exit between: who cannot trap MOV DR is too late. */
#include "dr_log.h"

void ti_exec(void);
void ti_gd(void);
void ti_store(void);
volatile uint32_t ti_cell __attribute__((aligned(4096)));

__asm__(".text\n.globl ti_exec\n.type ti_exec, @function\n"
	"ti_exec: nop\n ret\n.size ti_exec, . - ti_exec\n"
	".globl ti_store\n.type ti_store, @function\n"
	"ti_store: incl ti_cell\n.globl after_ti_store\n"
	"after_ti_store: nop\n ret\n.size ti_store, . - ti_store\n"
	".globl ti_gd\n.type ti_gd, @function\n"
	"ti_gd: movl $0x2400, %eax\n movq %rax, %dr7\n"
	".globl at_ti_gd\n"
	"at_ti_gd: movq %dr0, %rax\n ret\n.size ti_gd, . - ti_gd\n");

void guest_main(void)
{
	dr_init();
	dr_scene("breakpoint");
	dr_set0((uint64_t)ti_exec);
	dr_set7(DR7_INIT | DR7_G(0));
	ti_exec();
	dr_set7(DR7_INIT);
	ti_exec();
	dr_set7(DR7_INIT | DR7_L(0));
	ti_exec();
	dr_scene("watch");
	dr_set7(DR7_INIT);
	dr_set3((uint64_t)&ti_cell);
	dr_set7(DR7_INIT | DR7_G(3) | DR7_KIND(3, DR7_W4));
	ti_store();
	dr_set3((uint64_t)&ti_cell + 64);
	ti_store();
	dr_set3((uint64_t)&ti_cell);
	ti_store();
	dr_set7(DR7_INIT);
	ti_store();
	dr_scene("guard");
	ti_gd();
	ti_gd();
	dr_scene("four");
	dr_set0((uint64_t)ti_exec);
	dr_set1((uint64_t)&ti_cell);
	dr_set2((uint64_t)&ti_cell + 64);
	dr_set3((uint64_t)&ti_cell + 128);
	dr_set7(DR7_INIT | DR7_G(0) | DR7_G(1) | DR7_KIND(1, DR7_RW4) |
		DR7_G(2) | DR7_KIND(2, DR7_W4) | DR7_G(3) |
		DR7_KIND(3, DR7_W4));
	ti_exec();
	ti_store();
	dr_set7(DR7_INIT);
	ti_exec();
	dr_reset();
	dr_scene("over");
}
