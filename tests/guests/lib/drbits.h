/* SPDX-License-Identifier: MIT */
/* Debug registers of guests of either width. */
#ifndef DRBITS_H
#define DRBITS_H

#define DR6_INIT 0xffff0ff0ul
#define DR7_INIT 0x400ul
#define DR7_L(i) (1ul << 2 * (i))
#define DR7_G(i) (2ul << 2 * (i))
#define DR7_GD   0x2000ul
/* R/W and LEN of slot I; KIND is one of W1..RW8, 0 is execution */
#define DR7_KIND(i, kind) ((unsigned long)(kind) << (16 + 4 * (i)))
#define DR7_W1            0x1
#define DR7_W2            0x5
#define DR7_W4            0xd
#define DR7_W8            0x9
#define DR7_RW1           0x3
#define DR7_RW2           0x7
#define DR7_RW4           0xf
#define DR7_RW8           0xb

#define DR_ACCESSORS(n)                                                        \
	static inline unsigned long dr_get##n(void)                            \
	{                                                                      \
		unsigned long value;                                           \
		__asm__ volatile("mov %%dr" #n ", %0" : "=r"(value));          \
		return value;                                                  \
	}                                                                      \
	static inline void dr_set##n(unsigned long value)                      \
	{                                                                      \
		__asm__ volatile("mov %0, %%dr" #n : : "r"(value) : "memory"); \
	}
DR_ACCESSORS(0)
DR_ACCESSORS(1)
DR_ACCESSORS(2)
DR_ACCESSORS(3)
DR_ACCESSORS(6)
DR_ACCESSORS(7)

#endif
