/* SPDX-License-Identifier: MIT */
/* The guest reads back what it wrote, at once and later. */
#include "dr_log.h"

static const uint64_t patterns[] = {
    0, ~0ul, 0x1000, 0x8000000000000000, 0x0000800000000000, 0x123456789abcdef0,
};

static void tell(void)
{
	dr_value("dr0", dr_get0());
	dr_value("dr1", dr_get1());
	dr_value("dr2", dr_get2());
	dr_value("dr3", dr_get3());
	dr_value("dr6", dr_get6());
	dr_value("dr7", dr_get7());
}

void guest_main(void)
{
	uint64_t a, b, c, d;

	dr_value("first dr0", dr_get0());
	dr_value("first dr3", dr_get3());
	dr_value("first dr6", dr_get6());
	dr_value("first dr7", dr_get7());
	dr_init();
	for (unsigned i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		dr_scene("at once");
		dr_set0(patterns[i]);
		dr_set1(patterns[i] + 1);
		dr_set2(patterns[i] + 2);
		dr_set3(patterns[i] + 3);
		a = dr_get0();
		b = dr_get1();
		c = dr_get2();
		d = dr_get3();
		dr_value("0", a);
		dr_value("1", b);
		dr_value("2", c);
		dr_value("3", d);
		dr_scene("later");
		tell();
	}
	dr_scene("dr7");
	/* all enables, but of slots that nothing reaches */
	dr_set0(0x7000000);
	dr_set1(0x7000008);
	dr_set2(0x7000010);
	dr_set3(0x7000018);
	dr_set7(0xffff07ff);
	a = dr_get7();
	dr_value("at once", a);
	tell();
	dr_set7(0x33330455);
	a = dr_get7();
	dr_value("at once", a);
	tell();
	dr_scene("dr6");
	dr_set7(DR7_INIT);
	dr_set6(0xffff6fff);
	a = dr_get6();
	dr_value("at once", a);
	tell();
	dr_set6(DR6_INIT);
	dr_reset();
	tell();
	dr_scene("over");
}
