/* SPDX-License-Identifier: MIT */
#include "clearsrf.h"

struct range {
	uint8_t first, last;
};

static bool in_ranges(const struct range *r, size_t count, uint8_t op)
{
	for (size_t i = 0; i < count; i++)
		if (op >= r[i].first && op <= r[i].last)
			return true;
	return false;
}

/* 0F xx: hint NOPs (ENDBR too), CMOV, Jcc, SETcc, BT and its like, double
 * shifts, IMUL, MOVZX, MOVSX, BSWAP. */
static bool two_byte(uint8_t op)
{
	static const struct range plain[] = {
	    {0x18, 0x19}, {0x1c, 0x1f}, {0x40, 0x4f}, {0x80, 0x9f},
	    {0xa3, 0xa5}, {0xab, 0xad}, {0xaf, 0xaf}, {0xb3, 0xb3},
	    {0xb6, 0xb7}, {0xba, 0xbb}, {0xbe, 0xbf}, {0xc8, 0xcf}};

	return in_ranges(plain, sizeof(plain) / sizeof(plain[0]), op);
}

/* Opcodes 00-3F in groups of eight: six forms of ADD, OR, ADC, ..., then
 * segment registers, BCD, prefixes. */
static bool one_byte(uint8_t op, unsigned bits)
{
	static const struct range plain[] = {
	    {0x50, 0x5f}, /* PUSH, POP */
	    {0x63, 0x63}, /* MOVSXD; ARPL */
	    {0x68, 0x6b}, /* PUSH imm, IMUL */
	    {0x70, 0x8b}, /* Jcc, ALU, TEST, XCHG, MOV */
	    {0x8d, 0x8d}, /* LEA */
	    {0x90, 0x99}, /* NOP, XCHG, CBW, CWD */
	    {0xa0, 0xa3}, /* MOV */
	    {0xa8, 0xa9}, /* TEST */
	    {0xb0, 0xc3}, /* MOV imm, shifts, RET */
	    {0xc9, 0xc9}, /* LEAVE */
	    {0xd0, 0xd3}, /* shifts */
	    {0xe0, 0xe3}, /* LOOP, JCXZ */
	    {0xe8, 0xe9}, /* CALL, JMP */
	    {0xeb, 0xeb}, /* JMP */
	    {0xf5, 0xf9}, /* CMC, TEST..DIV, CLC, STC */
	    {0xfc, 0xfe}, /* CLD, STD, INC, DEC */
	};

	if (op < 0x40)
		return (op & 7) < 6;
	if (op < 0x50)
		return bits != 64; /* INC, DEC; REX there */
	return in_ranges(plain, sizeof(plain) / sizeof(plain[0]), op);
}

bool insn_clears_rf(const uint8_t *bytes, size_t n, unsigned bits)
{
	bool repeat = false;
	uint8_t op, reg;
	size_t i = 0;

	for (; i < n; i++) {
		uint8_t b = bytes[i];

		if (b == 0xf2 || b == 0xf3)
			repeat = true;
		else if (b != 0x26 && b != 0x2e && b != 0x36 && b != 0x3e &&
			 b != 0x64 && b != 0x65 && b != 0x66 && b != 0x67 &&
			 !(bits == 64 && (b & 0xf0) == 0x40))
			break;
	}
	/* the longest has its ModRM byte here */
	if (i + 2 >= n)
		return false;
	op = bytes[i];
	reg = bytes[i + 1] >> 3 & 7;
	if (op == 0x0f)
		return two_byte(bytes[i + 1]);
	if (op == 0x90 && repeat) /* PAUSE */
		return false;
	/* XABORT, XBEGIN */
	if (op == 0xc6 || op == 0xc7)
		return reg == 0;
	if (op == 0xff) /* not far */
		return reg == 0 || reg == 1 || reg == 2 || reg == 4 || reg == 6;
	return one_byte(op, bits);
}
