/* SPDX-License-Identifier: MIT */
/* For C and assembler: instructions and which memory each touches. */
#ifndef OPERAND_CASES_H
#define OPERAND_CASES_H

/* The registers that the table's addresses are made of.  No two sums agree in
 * their low 16 or 32 bits; there is garbage above. */
#define RAX 0x1a0051001040
#define RCX 3
#define RDX 0x1a0252021185
#define RBX 0x1a0352032300
#define RSP 0x1a0453048800
#define RBP 0x1a0554059900
#define RSI 0x1a065506a600
#define RDI 0x1a075607b700
#define R8  0x1a0857080810
#define R9  0x1a0958090910
#define R10 0x1a0a590a0a10
#define R11 0x1a0b5a0b0b10
#define R12 0x1a0c5b0c0c10
#define R13 0x1a0d5c0d0d10
#define R14 0x1a0e5d0e0e10
#define R15 0x1a0f5e0f0f10
/* Of ES, CS, SS and DS outside 64-bit mode only. */
#define BASE_ES 0x1000000
#define BASE_CS 0x2000000
#define BASE_SS 0x3000000
#define BASE_DS 0x4000000
#define BASE_FS 0x5000000
#define BASE_GS 0x6000000

#define ACCESS_R  1
#define ACCESS_W  2
#define ACCESS_RW 3

#define CASE_ANY    1  /* the answer is -1 */
#define CASE_OPT    2  /* not every CPU has it */
#define CASE_ALIGN  4  /* #GP unless aligned to its length */
#define CASE_OVER   8  /* the length is more than what is touched */
#define CASE_JUMP   16 /* does not come to the next instruction */
#define CASE_STATIC 32 /* not to be run */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct operand_case_op {
	uint64_t addr, len, access;
};

struct operand_case {
	const uint8_t *code; /* with INT3 behind it */
	const char *text;
	const struct operand_case_op *ops;
	int32_t len, bits, count;
	uint32_t flags;
};

extern const struct operand_case operand_cases[], operand_cases_end[];
#endif

#endif
