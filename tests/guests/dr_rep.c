/* SPDX-License-Identifier: MIT */
/* String instructions over watched bytes. */
#include "dr_log.h"

void rp_movs(volatile void *to, volatile void *from, uint64_t count);
void rp_stos(volatile void *to, uint64_t value, uint64_t count);
volatile uint8_t rp_from[64] __attribute__((aligned(4096)));
volatile uint8_t rp_to[64] __attribute__((aligned(4096)));

__asm__(".text\n.globl rp_movs\n.type rp_movs, @function\n"
	".globl at_movs, after_movs, at_stos, after_stos\n"
	"rp_movs: movq %rdx, %rcx\n"
	"at_movs: rep movsb\n"
	"after_movs: ret\n"
	".size rp_movs, . - rp_movs\n"
	".globl rp_stos\n.type rp_stos, @function\n"
	"rp_stos: movq %rdx, %rcx\n movq %rsi, %rax\n"
	"at_stos: rep stosb\n"
	"after_stos: ret\n"
	".size rp_stos, . - rp_stos\n");

void guest_main(void)
{
	dr_init();
	for (unsigned i = 0; i < sizeof(rp_from); i++)
		rp_from[i] = (uint8_t)(i + 1);
	dr_scene("movs, target");
	dr_set0((uint64_t)&rp_to[5]);
	dr_arm(DR7_G(0) | DR7_KIND(0, DR7_W1));
	rp_movs(rp_to, rp_from, 16);
	dr_scene("movs, source");
	dr_reset();
	dr_set1((uint64_t)&rp_from[6]);
	dr_arm(DR7_G(1) | DR7_KIND(1, DR7_RW1));
	rp_movs(rp_to, rp_from, 16);
	dr_scene("stos, last byte");
	dr_reset();
	dr_set2((uint64_t)&rp_to[7]);
	dr_arm(DR7_G(2) | DR7_KIND(2, DR7_W1));
	rp_stos(rp_to, 0x5a, 8);
	dr_scene("stos, beside it");
	rp_stos(rp_to + 8, 0x5b, 8);
	rp_stos(rp_to, 0x5c, 7);
	dr_reset();
	dr_scene("over");
}
