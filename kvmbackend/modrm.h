/* SPDX-License-Identifier: MIT */
/*
 * An x86 instruction taken apart: prefixes, map and opcode, the fields of the
 * ModRM and SIB bytes, the length.  SDM vol. 2, chapter 2.  Pure.
 */
#ifndef KVMBACKEND_MODRM_H
#define KVMBACKEND_MODRM_H

#include "operand.h"

/* How prefixes and opcode are encoded; a mask in tables. */
#define MODRM_LEGACY 1u
#define MODRM_VEX    2u
#define MODRM_EVEX   4u

/* Mandatory prefix, as the field pp of VEX has it. */
enum { MODRM_NP, MODRM_66, MODRM_F3, MODRM_F2 };

enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_DEFAULT };

#define MODRM_NONE 16u /* no such register */

struct modrm {
	unsigned bits;     /* code size */
	unsigned encoding; /* MODRM_LEGACY, _VEX or _EVEX */
	unsigned map;      /* 0, 1: 0F, 2: 0F38, 3: 0F3A, 5 and 6: EVEX */
	unsigned pp;
	uint8_t opcode;
	bool opsize66, rep, w;
	unsigned opsize;   /* bytes: 2, 4, 8 */
	unsigned addrbits; /* 16, 32, 64 */
	unsigned seg;      /* the override, or SEG_DEFAULT */
	unsigned vl;       /* bytes in a vector: 16, 32, 64 */
	bool b;            /* EVEX.b: broadcast, for operands in memory */

	bool present;          /* there is a ModRM byte */
	unsigned mod, reg, rm; /* reg and rm: three bits, not extended */
	unsigned reg_ext;      /* reg with R */
	/* rm with B; without a ModRM byte the opcode's low bits, with B */
	unsigned rm_ext;
	unsigned base, index; /* general register or MODRM_NONE */
	unsigned scale;       /* 1, 2, 4, 8 */
	int64_t disp;
	bool rip_relative;

	uint64_t imm; /* the first up to eight bytes of the immediates */
	unsigned len; /* of all */
};

/* False: truncated (or over 15 bytes), or nothing that is known. */
bool modrm_decode(const uint8_t *code, size_t n, unsigned bits,
		  struct modrm *m);

/* The low BITS bits of value. */
uint64_t modrm_truncate(uint64_t value, unsigned bits);

/* The base of a segment as the code size has it; SEG is not SEG_DEFAULT. */
uint64_t modrm_segment(const struct modrm *m, unsigned seg,
		       const struct operand_state *state);

/*
 * The linear address the ModRM byte tells (mod is not 3): disp8 times
 * DISP8_SCALE (EVEX; otherwise 1), plus DISPLACE bytes within the segment.
 */
uint64_t modrm_address(const struct modrm *m, const struct operand_state *state,
		       unsigned disp8_scale, int64_t displace);

#endif
