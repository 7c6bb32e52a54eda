/* SPDX-License-Identifier: MIT */
/* Fixed bits, aliases and faults of DR4-DR7.  SDM vol. 3, 18.2. */
#include "dr_log.h"
#include "dr_move.h"

static void cr4_de(uint64_t on)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 = (cr4 & ~CR4_DE) | on;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
}

static void six_seven(uint64_t v6, uint64_t v7)
{
	dr_value("write dr6", v6);
	dr_sync();
	write6(v6);
	dr_value("dr6", dr_get6());
	dr_value("write dr7", v7);
	dr_sync();
	write7(v7);
	dr_value("dr7", dr_get7());
	dr_set7(DR7_INIT);
	dr_sync();
}

void guest_main(void)
{
	dr_init();
	dr_set0(0x7000000);
	dr_set1(0x7000008);
	dr_set2(0x7000010);
	dr_set3(0x7000018);
	dr_scene("fixed bits");
	six_seven(0, 0);
	six_seven(0xffffffff, 0xffffdfff);
	six_seven(0x0000f00f, 0x00ff0000);
	dr_scene("high bits");
	dr_set6(DR6_INIT);
	six_seven(0x100000000, 0x100000400);
	six_seven(0x8000000000000000 | DR6_INIT, 0x8000000000000400);
	dr_scene("alias");
	cr4_de(0);
	dr_set6(DR6_INIT);
	dr_value("write4", write4(0xffff4ff0));
	dr_value("dr6", dr_get6());
	dr_value("dr4", read4(0));
	dr_value("write5", write5(0x00000455));
	dr_value("dr7", dr_get7());
	dr_value("dr5", read5(0));
	dr_reset();
	dr_scene("no alias");
	cr4_de(CR4_DE);
	dr_value("write4", write4(0xffff4ff0));
	dr_value("dr4", read4(0));
	dr_value("write5", write5(0x00000455));
	dr_value("dr5", read5(0));
	dr_value("dr6", dr_get6());
	dr_value("dr7", dr_get7());
	cr4_de(0);
	dr_scene("no such register");
	dr_value("dr8", read8(0));
	dr_value("lock", lock_read0(0));
	dr_scene("over");
}
