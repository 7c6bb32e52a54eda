/* SPDX-License-Identifier: MIT */
#include "modrm.h"

#include <string.h>

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

/* SDM vol. 2, 2.3.11: a longer instruction is #GP. */
#define LENGTH_MAX 15u

struct cursor {
	const uint8_t *code;
	unsigned n, pos;
	bool short_; /* something was taken from past the end */
	uint8_t rex; /* of VEX and EVEX too: 0100WRXB */
};

static uint8_t peek(const struct cursor *c, unsigned ahead)
{
	return c->pos + ahead < c->n ? c->code[c->pos + ahead] : 0;
}

static uint8_t take(struct cursor *c)
{
	if (c->pos >= c->n) {
		c->short_ = true;
		return 0;
	}
	return c->code[c->pos++];
}

/* Little endian, SIZE bytes of up to eight. */
static uint64_t take_le(struct cursor *c, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)take(c) << (8 * i);
	return value;
}

uint64_t modrm_truncate(uint64_t value, unsigned bits)
{
	return bits >= 64 ? value : value & ((UINT64_C(1) << bits) - 1);
}

/* The last of a group counts; in 64-bit mode ES, CS, SS and DS do nothing. */
static bool legacy_prefix(struct modrm *m, uint8_t byte, bool *addr67)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		if (m->bits != 64)
			m->seg = (byte >> 3) & 3u;
		return true;
	case 0x64:
	case 0x65:
		m->seg = byte == 0x64 ? SEG_FS : SEG_GS;
		return true;
	case 0x66:
		m->opsize66 = true;
		return true;
	case 0x67:
		*addr67 = true;
		return true;
	case 0xf2:
	case 0xf3:
		m->rep = true;
		m->pp = byte == 0xf2 ? MODRM_F2 : MODRM_F3;
		return true;
	default:
		return byte == 0xf0;
	}
}

static void take_prefixes(struct cursor *c, struct modrm *m)
{
	bool addr67 = false;

	while (!c->short_) {
		uint8_t byte = peek(c, 0);

		if (m->bits == 64 && (byte & 0xf0) == 0x40)
			c->rex = byte;
		else if (legacy_prefix(m, byte, &addr67))
			c->rex = 0; /* REX counts next to the opcode only */
		else
			break;
		take(c);
	}
	if (m->pp == MODRM_NP && m->opsize66)
		m->pp = MODRM_66;
	m->addrbits = m->bits;
	if (addr67)
		m->addrbits = m->bits == 32 ? 16 : 32;
}

/* 2.3.5 and 2.7: R, X and B are stored inverted, and are of no use outside
 * 64-bit mode. */
static void vex_rex(struct cursor *c, const struct modrm *m, uint8_t inverted)
{
	c->rex = m->bits == 64 ? (uint8_t)(~inverted >> 5) & 7u : 0;
}

static bool take_vex(struct cursor *c, struct modrm *m, bool three)
{
	uint8_t byte = take(c);

	m->encoding = MODRM_VEX;
	m->map = 1;
	if (three) {
		vex_rex(c, m, byte);
		m->map = byte & 0x1fu;
		byte = take(c);
		m->w = byte & 0x80;
	} else {
		vex_rex(c, m, byte | 0x60);
	}
	m->vl = byte & 4 ? 32 : 16;
	m->pp = byte & 3u;
	return m->map >= 1 && m->map <= 3;
}

static bool take_evex(struct cursor *c, struct modrm *m)
{
	uint8_t p0 = take(c), p1 = take(c), p2 = take(c);

	m->encoding = MODRM_EVEX;
	vex_rex(c, m, p0);
	m->map = p0 & 7u;
	m->w = p1 & 0x80;
	m->pp = p1 & 3u;
	m->vl = 16u << ((p2 >> 5) & 3);
	m->b = p2 & 0x10;
	/* The two fixed bits have a meaning under APX only. */
	return !(p0 & 8) && (p1 & 4) && m->vl <= 64 && m->map != 0 &&
	       m->map != 4 && m->map != 7;
}

static bool take_legacy(struct cursor *c, struct modrm *m, uint8_t byte)
{
	m->encoding = MODRM_LEGACY;
	m->vl = 16;
	m->w = c->rex & 8;
	if (byte == 0x0f) {
		m->map = 1;
		byte = take(c);
		if (byte == 0x38 || byte == 0x3a) {
			m->map = byte == 0x38 ? 2 : 3;
			byte = take(c);
		}
	}
	m->opcode = byte;
	return true;
}

static bool take_opcode(struct cursor *c, struct modrm *m)
{
	bool prefixed = m->pp != MODRM_NP || m->opsize66 || c->rex;
	uint8_t byte = take(c);

	/* Outside 64-bit mode these are LES, LDS and BOUND, which have no
	 * register form. */
	bool vector = (byte == 0xc4 || byte == 0xc5 || byte == 0x62) &&
		      (m->bits == 64 || peek(c, 0) >= 0xc0);

	if (!vector)
		return take_legacy(c, m, byte);
	if (prefixed) /* #UD */
		return false;
	if (!(byte == 0x62 ? take_evex(c, m) : take_vex(c, m, byte == 0xc4)))
		return false;
	m->opcode = take(c);
	return true;
}

static bool has_modrm(const struct modrm *m)
{
	/* A bit each for the opcodes of a row of sixteen. */
	static const uint16_t one_byte[16] = {
	    0x0f0f, 0x0f0f, 0x0f0f, 0x0f0f, 0,      0,      0x0a0c, 0,
	    0xffff, 0,      0,      0,      0x00f3, 0xff0f, 0,      0xc0c0,
	};
	static const uint16_t two_byte[16] = {
	    0xa00f, 0xffff, 0xffff, 0,      0xffff, 0xffff, 0xffff, 0xff7f,
	    0,      0xffff, 0xf8f8, 0xffff, 0x00ff, 0xffff, 0xffff, 0xffff,
	};
	unsigned row = m->opcode >> 4, bit = m->opcode & 15u;

	if (m->map == 0)
		return (one_byte[row] >> bit) & 1;
	if (m->map == 1 && m->encoding != MODRM_EVEX)
		return (two_byte[row] >> bit) & 1;
	return true;
}

/* Table 2-1. */
static void take_address16(struct cursor *c, struct modrm *m)
{
	static const uint8_t base[8] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
	static const uint8_t index[4] = {RSI, RDI, RSI, RDI};

	m->base = base[m->rm];
	if (m->rm < 4)
		m->index = index[m->rm];
	if (m->mod == 0 && m->rm == 6) {
		m->base = MODRM_NONE;
		m->disp = (int16_t)take_le(c, 2);
	} else if (m->mod == 2) {
		m->disp = (int16_t)take_le(c, 2);
	}
}

/* Tables 2-2 and 2-3, and 2.2.1.6. */
static void take_address(struct cursor *c, struct modrm *m)
{
	unsigned low = m->rm;

	if (m->rm == 4) {
		uint8_t sib = take(c);

		m->scale = 1u << (sib >> 6);
		m->index = ((sib >> 3) & 7u) | (c->rex & 2u) << 2;
		if (m->index == RSP)
			m->index = MODRM_NONE;
		low = sib & 7u;
	}
	m->base = low | (c->rex & 1u) << 3;
	if (m->mod == 0 && low == 5) {
		m->base = MODRM_NONE;
		m->rip_relative = m->rm == 5 && m->bits == 64;
		m->disp = (int32_t)take_le(c, 4);
	} else if (m->mod == 2) {
		m->disp = (int32_t)take_le(c, 4);
	}
}

static void take_modrm(struct cursor *c, struct modrm *m)
{
	uint8_t byte = take(c);

	m->present = true;
	m->mod = byte >> 6;
	m->reg = (byte >> 3) & 7u;
	m->rm = byte & 7u;
	m->reg_ext = m->reg | (c->rex & 4u) << 1;
	m->rm_ext = m->rm | (c->rex & 1u) << 3;
	/* MOV to and from CRn and DRn takes any mod for 3. */
	if (m->map == 1 && m->encoding == MODRM_LEGACY &&
	    (m->opcode & 0xfc) == 0x20)
		m->mod = 3;
	if (m->mod == 3)
		return;
	if (m->addrbits == 16)
		take_address16(c, m);
	else
		take_address(c, m);
	if (m->mod == 1)
		m->disp = (int64_t)(take(c) ^ 0x80) - 0x80;
}

static unsigned immediates_one_byte(const struct modrm *m)
{
	unsigned full = m->opsize == 2 ? 2 : 4;
	uint8_t op = m->opcode;

	if (op < 0x40)
		return (op & 7) == 4 ? 1 : (op & 7) == 5 ? full : 0;
	if ((op & 0xf0) == 0x70 || (op & 0xf8) == 0xb0)
		return 1;
	if ((op & 0xf8) == 0xb8)
		return m->opsize;
	switch (op) {
	case 0x6a:
	case 0x6b:
	case 0x80:
	case 0x82:
	case 0x83:
	case 0xa8:
	case 0xc0:
	case 0xc1:
	case 0xc6:
	case 0xcd:
	case 0xd4:
	case 0xd5:
	case 0xe0:
	case 0xe1:
	case 0xe2:
	case 0xe3:
	case 0xe4:
	case 0xe5:
	case 0xe6:
	case 0xe7:
	case 0xeb:
		return 1;
	case 0x68:
	case 0x69:
	case 0x81:
	case 0xa9:
	case 0xc7:
		return full;
	case 0xe8:
	case 0xe9:
		return m->bits == 64 ? 4 : full;
	case 0x9a:
	case 0xea:
		return full + 2;
	case 0xa0:
	case 0xa1:
	case 0xa2:
	case 0xa3:
		return m->addrbits / 8;
	case 0xc2:
	case 0xca:
		return 2;
	case 0xc8:
		return 3;
	case 0xf6:
		return m->reg < 2 ? 1 : 0;
	case 0xf7:
		return m->reg < 2 ? full : 0;
	default:
		return 0;
	}
}

static unsigned immediates(const struct modrm *m)
{
	uint8_t op = m->opcode;

	if (m->map == 0)
		return immediates_one_byte(m);
	if (m->map == 3)
		return 1;
	if (m->map != 1)
		return 0;
	if ((op & 0xfc) == 0x70 || op == 0xc2 || (op >= 0xc4 && op <= 0xc6))
		return 1;
	if (m->encoding != MODRM_LEGACY)
		return 0;
	if ((op & 0xf0) == 0x80)
		return m->opsize == 2 && m->bits != 64 ? 2 : 4;
	/* 3DNow! has the rest of its opcode there. */
	return op == 0x0f || op == 0xa4 || op == 0xac || op == 0xba;
}

bool modrm_decode(const uint8_t *code, size_t n, unsigned bits, struct modrm *m)
{
	struct cursor c = {.code = code,
			   .n = n < LENGTH_MAX ? (unsigned)n : LENGTH_MAX};

	memset(m, 0, sizeof(*m));
	m->bits = bits;
	m->seg = SEG_DEFAULT;
	m->base = m->index = MODRM_NONE;
	m->scale = 1;
	take_prefixes(&c, m);
	if (!take_opcode(&c, m))
		return false;
	m->opsize = (bits == 16) != m->opsize66 ? 2 : 4;
	if (m->w && bits == 64)
		m->opsize = 8;
	m->rm_ext = (m->opcode & 7u) | (c.rex & 1u) << 3;
	if (has_modrm(m))
		take_modrm(&c, m);
	m->imm = take_le(&c, immediates(m));
	m->len = c.pos;
	return !c.short_;
}

uint64_t modrm_segment(const struct modrm *m, unsigned seg,
		       const struct operand_state *state)
{
	return m->bits == 64 && seg < SEG_FS ? 0 : state->base[seg];
}

uint64_t modrm_address(const struct modrm *m, const struct operand_state *state,
		       unsigned disp8_scale, int64_t displace)
{
	uint64_t offset = (uint64_t)m->disp;
	unsigned seg = m->seg;

	if (m->mod == 1)
		offset *= disp8_scale;
	if (m->rip_relative)
		offset += state->rip + m->len;
	if (m->base != MODRM_NONE)
		offset += state->gpr[m->base];
	if (m->index != MODRM_NONE)
		offset += state->gpr[m->index] * m->scale;
	offset = modrm_truncate(offset + (uint64_t)displace, m->addrbits);
	if (seg == SEG_DEFAULT)
		seg = m->base == RSP || m->base == RBP ? SEG_SS : SEG_DS;
	offset += modrm_segment(m, seg, state);
	return modrm_truncate(offset, m->bits == 64 ? 64 : 32);
}
