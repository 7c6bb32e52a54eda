/* SPDX-License-Identifier: MIT */
/*
 * Objects of every size, each written by a function of its own in a known
 * order, with a rest between two of them where nothing is touched.
 */
#include "guest.h"

struct pair {
	uint64_t first, second;
};

struct __attribute__((packed)) odd {
	uint8_t pad[3];
	uint32_t word; /* at +3 */
	uint8_t pad2[3];
	uint64_t quad; /* at +10 */
};

volatile uint8_t v1 __attribute__((aligned(8)));
volatile uint16_t v2 __attribute__((aligned(8)));
volatile uint32_t v4 __attribute__((aligned(8)));
volatile uint64_t v8 __attribute__((aligned(8)));
volatile struct pair pair __attribute__((aligned(16)));
volatile struct odd odd __attribute__((aligned(16)));
volatile uint32_t same = 7;
volatile uint32_t seen; /* what the reads saw, so that they stay */
volatile uint32_t other __attribute__((aligned(64)));
volatile uint64_t neighbour[2] __attribute__((aligned(16)));
volatile uint8_t big[100] __attribute__((aligned(64)));
volatile unsigned rounds = 1; /* GDB may ask for more */

static void write_1(void)
{
	v1 = (uint8_t)(v1 + 0x11);
}

static void write_2(void)
{
	v2 = (uint16_t)(v2 + 0x2222);
}

static void write_4(void)
{
	v4 = v4 + 0x44444444;
}

static void write_8(void)
{
	v8 = v8 + 0x8888888888888888;
}

static void write_pair(void)
{
	pair.first = pair.first + 1;
	pair.second = pair.second + 2;
}

static void write_odd(void)
{
	odd.pad[2] = 1; /* the byte below .word */
	odd.word = odd.word + 0x01020304;
	odd.pad2[0] = 2; /* the byte above */
	odd.quad = odd.quad + 0x0102030405060708;
}

static void write_same(void)
{
	same = 7;
}

static void read_4(void)
{
	seen = v4;
}

static void write_other(void)
{
	other = other + 1;
	neighbour[0] = neighbour[0] + 1;
}

static void write_big(void)
{
	big[3] = 1;
	big[77] = 2;
}

static void rest(void)
{
	__asm__ volatile("nop");
}

void guest_main(void)
{
	guest_puts("watch: start\n");
	for (unsigned i = 0; i < rounds; i++) {
		write_1();
		write_2();
		write_4();
		read_4();
		write_8();
		write_pair();
		write_odd();
		write_same();
		write_other();
		write_big();
		rest();
	}
	guest_report("v4", v4);
	guest_report("seen", seen);
	guest_puts("watch: end\n");
}
