/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs, each with debug registers of its own: different breakpoints on
 * code and words that both use.  The second CPU tells what it finds in its
 * registers after INIT, at its first start and when it is started again with
 * all of them in use.  SDM vol. 3, table 10-1.
 */
#include "ap64.h"
#include "dr_log.h"

#define ROUNDS 3u

/* What the second CPU found in DR0-3, DR6, DR7. */
static uint64_t found[6];
static volatile uint32_t starts, asked, done;
volatile uint32_t sm_word0, sm_word1, sm_word2;

void sm_work(void);
void sm_a(void);
void sm_b(void);
__asm__(".text\n.globl sm_work, sm_a, sm_b\n"
	".globl after_word0, after_word1, after_word2\n"
	".type sm_work, @function\n"
	"sm_work: movl $7, %eax\n"
	" xorl %ecx, %ecx\n"
	" xorl %edx, %edx\n"
	"sm_a: nop\n"
	"sm_b: nop\n"
	" movl %eax, sm_word0\n"
	"after_word0: movl %eax, sm_word1\n"
	"after_word1: movl sm_word2, %ecx\n"
	"after_word2: xorl %ecx, %ecx\n"
	" ret\n.size sm_work, . - sm_work\n");

static void relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static void work(void)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		sm_work();
}

/* What the second CPU does when asked; each ends in an exit. */
enum { AP_WORK = 1, AP_ARM, AP_CROWD, AP_DISARM };

static void ap_do(uint32_t what)
{
	if (what == AP_WORK) {
		work();
	} else if (what == AP_ARM) {
		dr_set0((uint64_t)&sm_word1);
		dr_set3((uint64_t)sm_b);
		dr_set7(DR7_INIT | DR7_L(0) | DR7_KIND(0, DR7_W4) | DR7_G(3));
	} else if (what == AP_CROWD) {
		dr_set1((uint64_t)&sm_word2);
		dr_set2((uint64_t)&sm_word0);
		dr_set6(0xffffeff0);
		dr_set7(DR7_INIT | DR7_L(0) | DR7_KIND(0, DR7_W4) | DR7_L(1) |
			DR7_KIND(1, DR7_RW4) | DR7_G(2) | DR7_KIND(2, DR7_RW2) |
			DR7_G(3));
	} else {
		dr_reset();
	}
	dr_sync();
}

void ap_main(void)
{
	uint32_t seen = asked;

	found[0] = dr_get0();
	found[1] = dr_get1();
	found[2] = dr_get2();
	found[3] = dr_get3();
	found[4] = dr_get6();
	found[5] = dr_get7();
	dr_init_ap(ap_stack, sizeof(ap_stack));
	starts++;
	for (;;) {
		while (asked == seen)
			relax();
		seen = asked;
		ap_do(seen & 0xff);
		done = seen;
	}
}

static void ask(uint32_t what)
{
	asked = (asked & ~0xffu) + 0x100 + what;
}

static void ap_wait(void)
{
	while (done != asked)
		relax();
}

static void ap(uint32_t what)
{
	ask(what);
	ap_wait();
}

static void tell_found(void)
{
	dr_value("second dr0", found[0]);
	dr_value("second dr1", found[1]);
	dr_value("second dr2", found[2]);
	dr_value("second dr3", found[3]);
	dr_value("second dr6", found[4]);
	dr_value("second dr7", found[5]);
}

/* Both at the same time. */
static void both_work(const char *scene)
{
	dr_scene(scene);
	ask(AP_WORK);
	work();
	ap_wait();
}

void guest_main(void)
{
	dr_init();

	dr_scene("started");
	dr_set0((uint64_t)sm_a);
	dr_set1((uint64_t)&sm_word0);
	dr_arm(DR7_G(0) | DR7_L(1) | DR7_KIND(1, DR7_W4));
	start_ap(&starts);
	tell_found();
	both_work("only the first has breakpoints");
	ap(AP_ARM);
	both_work("each has its own");
	dr_reset();
	both_work("only the second has breakpoints");

	dr_scene("started again");
	ap(AP_CROWD);
	start_ap(&starts);
	tell_found();
	both_work("none is left");
	ap(AP_ARM);
	dr_set2((uint64_t)sm_b);
	dr_arm(DR7_L(2));
	both_work("the same one in different registers");
	ap(AP_DISARM);
	dr_reset();
	dr_scene("over");
}
