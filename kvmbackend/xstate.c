/* SPDX-License-Identifier: MIT */
#include "xstate.h"

#include <errno.h>
#include <string.h>

/* Offsets: SDM vol. 2A, FXSAVE, table "Layout of the 64-bit-mode FXSAVE64 Map";
 * vol. 1, 13.4.2 (header). */
enum {
	AT_FCW = 0,
	AT_FSW = 2,
	AT_FTW = 4, /* one bit a physical register: set = not empty */
	AT_FOP = 6,
	AT_FIP = 8,
	AT_FDP = 16,
	AT_MXCSR = 24,
	AT_MXCSR_MASK = 28,
	AT_ST = 32, /* 16 bytes each */
	AT_XMM = 160,
	XMM_SIZE = 256,
	AT_XSTATE_BV = 512
};

#define BV_X87 (UINT64_C(1) << 0)
#define BV_SSE (UINT64_C(1) << 1)
#define BV_AVX (UINT64_C(1) << 2)

#define FCW_INIT     0x37fu
#define FCW_KEPT     0x1f3fu
#define FCW_FIXED    0x40u
#define FSW_FLAGS    0x3fu /* IE..PE; their masks are FCW's bits 5:0 */
#define FSW_ES_B     0x8080u
#define FOP_BITS     0x7ffu
#define MXCSR_INIT   0x1f80u
#define MXCSR_NO_DAZ 0xffbfu /* a mask of 0: SDM vol. 1, 11.6.6 */

enum tag { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

static uint16_t get16(const uint8_t *area, size_t at)
{
	uint16_t value;

	memcpy(&value, area + at, sizeof(value));
	return value;
}

static uint32_t get32(const uint8_t *area, size_t at)
{
	uint32_t value;

	memcpy(&value, area + at, sizeof(value));
	return value;
}

static uint64_t get64(const uint8_t *area, size_t at)
{
	uint64_t value;

	memcpy(&value, area + at, sizeof(value));
	return value;
}

static void put16(uint8_t *area, size_t at, uint32_t value)
{
	uint16_t low = (uint16_t)value;

	memcpy(area + at, &low, sizeof(low));
}

static bool in_use(const uint8_t *area, uint64_t components)
{
	return get64(area, AT_XSTATE_BV) & components;
}

bool xstate_has(enum kvmgdb_reg reg)
{
	return reg >= KVMGDB_REG_ST0 && reg <= KVMGDB_REG_MXCSR;
}

/* SDM vol. 1, 8.1.7: the tag of a register that is not empty. */
static enum tag tag_of(const uint8_t *st)
{
	const unsigned exponent = get16(st, 8) & 0x7fff;
	const uint64_t significand = get64(st, 0);

	if (exponent == 0x7fff)
		return TAG_SPECIAL;
	if (exponent == 0)
		return significand ? TAG_SPECIAL : TAG_ZERO;
	return significand >> 63 ? TAG_VALID : TAG_SPECIAL;
}

/* The tags go by physical register, the data by distance from TOP. */
static uint32_t full_tag_word(const uint8_t *area)
{
	const unsigned top = get16(area, AT_FSW) >> 11 & 7;
	uint32_t word = 0;
	unsigned phys;

	for (phys = 0; phys < 8; phys++) {
		const unsigned i = (phys - top) & 7;
		enum tag tag = TAG_EMPTY;

		if (area[AT_FTW] >> phys & 1)
			tag = tag_of(area + AT_ST + (size_t)16 * i);
		word |= (uint32_t)tag << (2 * phys);
	}
	return word;
}

static uint8_t abridged_tags(uint32_t word)
{
	uint8_t tags = 0;
	unsigned phys;

	for (phys = 0; phys < 8; phys++)
		if ((word >> (2 * phys) & 3) != TAG_EMPTY)
			tags |= (uint8_t)(1u << phys);
	return tags;
}

static uint32_t read_environment(const uint8_t *area, enum kvmgdb_reg reg)
{
	switch (reg) {
	case KVMGDB_REG_FCTRL:
		return get16(area, AT_FCW);
	case KVMGDB_REG_FSTAT:
		return get16(area, AT_FSW);
	case KVMGDB_REG_FTAG:
		return full_tag_word(area);
	/* In 64-bit mode's image there are no selectors: the pointers are 64
	 * bits long, and GDB's convention is to show their upper half here. */
	case KVMGDB_REG_FISEG:
		return get32(area, AT_FIP + 4);
	case KVMGDB_REG_FIOFF:
		return get32(area, AT_FIP);
	case KVMGDB_REG_FOSEG:
		return get32(area, AT_FDP + 4);
	case KVMGDB_REG_FOOFF:
		return get32(area, AT_FDP);
	default:
		return get16(area, AT_FOP) & FOP_BITS;
	}
}

static void init_x87(uint8_t *area)
{
	memset(area, 0, AT_MXCSR);
	memset(area + AT_ST, 0, AT_XMM - AT_ST);
	put16(area, AT_FCW, FCW_INIT);
}

static uint32_t read_mxcsr(const uint8_t *area)
{
	return in_use(area, BV_SSE | BV_AVX) ? get32(area, AT_MXCSR)
					     : MXCSR_INIT;
}

void xstate_read(const uint8_t *area, enum kvmgdb_reg reg, void *buf)
{
	uint8_t initial[AT_XMM];
	uint32_t value;

	if (reg == KVMGDB_REG_MXCSR) {
		value = read_mxcsr(area);
		memcpy(buf, &value, sizeof(value));
		return;
	}
	if (reg >= KVMGDB_REG_XMM0) {
		if (in_use(area, BV_SSE))
			memcpy(buf,
			       area + AT_XMM +
				   (size_t)16 * (reg - KVMGDB_REG_XMM0),
			       16);
		else
			memset(buf, 0, 16);
		return;
	}
	if (!in_use(area, BV_X87)) {
		init_x87(initial);
		area = initial;
	}
	if (reg <= KVMGDB_REG_ST7) {
		memcpy(buf, area + AT_ST + (size_t)16 * (reg - KVMGDB_REG_ST0),
		       10);
	} else {
		value = read_environment(area, reg);
		memcpy(buf, &value, sizeof(value));
	}
}

/* Set COMPONENT's bit; its bytes become the initial state if they were not
 * valid before.  KVM checks MXCSR even when only x87 is in use. */
static void touch(uint8_t *area, uint64_t component)
{
	const uint32_t mxcsr = read_mxcsr(area);
	const uint64_t bv = get64(area, AT_XSTATE_BV);
	const uint64_t now = bv | component;

	if (bv & component)
		return;
	memcpy(area + AT_MXCSR, &mxcsr, sizeof(mxcsr));
	if (component == BV_X87)
		init_x87(area);
	else
		memset(area + AT_XMM, 0, XMM_SIZE);
	memcpy(area + AT_XSTATE_BV, &now, sizeof(now));
}

static bool fits(enum kvmgdb_reg reg, uint32_t value)
{
	if (reg == KVMGDB_REG_FOP)
		return value <= FOP_BITS;
	if (reg <= KVMGDB_REG_FTAG)
		return value <= 0xffff;
	return true;
}

static void write_environment(uint8_t *area, enum kvmgdb_reg reg,
			      uint32_t value)
{
	switch (reg) {
	case KVMGDB_REG_FCTRL:
		put16(area, AT_FCW, (value & FCW_KEPT) | FCW_FIXED);
		break;
	case KVMGDB_REG_FSTAT:
		put16(area, AT_FSW, value);
		break;
	case KVMGDB_REG_FTAG:
		area[AT_FTW] = abridged_tags(value);
		break;
	case KVMGDB_REG_FISEG:
		memcpy(area + AT_FIP + 4, &value, sizeof(value));
		break;
	case KVMGDB_REG_FIOFF:
		memcpy(area + AT_FIP, &value, sizeof(value));
		break;
	case KVMGDB_REG_FOSEG:
		memcpy(area + AT_FDP + 4, &value, sizeof(value));
		break;
	case KVMGDB_REG_FOOFF:
		memcpy(area + AT_FDP, &value, sizeof(value));
		break;
	default:
		put16(area, AT_FOP, value);
		break;
	}
}

/* FXRSTOR and XRSTOR compute ES and B anew (seen on the CPU; SDM vol. 1, 8.1.3
 * has their meaning). */
static void update_error_summary(uint8_t *area)
{
	const uint32_t unmasked = ~(uint32_t)get16(area, AT_FCW) & FSW_FLAGS;
	uint32_t fsw = get16(area, AT_FSW) & ~FSW_ES_B;

	if (fsw & unmasked)
		fsw |= FSW_ES_B;
	put16(area, AT_FSW, fsw);
}

static int write_x87(uint8_t *area, enum kvmgdb_reg reg, const void *buf)
{
	uint32_t value;

	if (reg <= KVMGDB_REG_ST7) {
		touch(area, BV_X87);
		memcpy(area + AT_ST + (size_t)16 * (reg - KVMGDB_REG_ST0), buf,
		       10);
		return 0;
	}
	memcpy(&value, buf, sizeof(value));
	if (!fits(reg, value))
		return -EINVAL;
	touch(area, BV_X87);
	write_environment(area, reg, value);
	update_error_summary(area);
	return 0;
}

int xstate_write(uint8_t *area, uint32_t mxcsr_mask, enum kvmgdb_reg reg,
		 const void *buf)
{
	uint32_t value;

	if (reg < KVMGDB_REG_XMM0)
		return write_x87(area, reg, buf);
	if (reg < KVMGDB_REG_MXCSR) {
		touch(area, BV_SSE);
		memcpy(area + AT_XMM + (size_t)16 * (reg - KVMGDB_REG_XMM0),
		       buf, 16);
		return 0;
	}
	memcpy(&value, buf, sizeof(value));
	if (value & ~mxcsr_mask)
		return -EINVAL;
	touch(area, BV_SSE);
	memcpy(area + AT_MXCSR, &value, sizeof(value));
	return 0;
}

uint32_t xstate_mxcsr_mask(void)
{
	_Alignas(16) uint8_t image[512] = {0};
	uint32_t mask;

	__asm__ volatile("fxsave64 %0" : "=m"(image));
	mask = get32(image, AT_MXCSR_MASK);
	return mask ? mask : MXCSR_NO_DAZ;
}
