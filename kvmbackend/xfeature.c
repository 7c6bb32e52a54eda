/* SPDX-License-Identifier: MIT */
/* SDM vol. 1, 13.1 (components) and 13.4 to 13.5 (what is in them). */
#include "xfeature.h"

#include "xstate.h"

#include <cpuid.h>
#include <string.h>

#define AT_MXCSR     24u
#define AT_XSTATE_BV 512u

enum { AVX = 2, OPMASK = 5, ZMM_HI256 = 6, HI16_ZMM = 7, PKRU = 9 };

#define BIT(n)  (UINT64_C(1) << (n))
#define AVX512  (BIT(OPMASK) | BIT(ZMM_HI256) | BIT(HI16_ZMM))
#define LEAF    0xdu
#define MIN_LOW 2u /* the components below are the FXSAVE image */

/* A register's component, and where it lies in it. */
struct where {
	unsigned component;
	size_t at;
};

void xfeature_layout(struct xfeature_layout *layout, size_t area)
{
	memset(layout, 0, sizeof(*layout));
	for (unsigned i = MIN_LOW; i < XFEATURE_COUNT; i++) {
		unsigned size, offset, flags, edx;

		if (!__get_cpuid_count(LEAF, i, &size, &offset, &flags, &edx))
			return;
		if (!size || offset > area || size > area - offset)
			continue;
		layout->offset[i] = offset;
		layout->size[i] = size;
	}
}

bool xfeature_has(enum kvmgdb_reg reg)
{
	return reg >= KVMGDB_REG_K0 && reg <= KVMGDB_REG_PKRU;
}

static struct where where_is(enum kvmgdb_reg reg)
{
	if (reg <= KVMGDB_REG_K7)
		return (struct where){OPMASK,
				      (size_t)8 * (reg - KVMGDB_REG_K0)};
	if (reg <= KVMGDB_REG_YMM15H)
		return (struct where){AVX,
				      (size_t)16 * (reg - KVMGDB_REG_YMM0H)};
	if (reg <= KVMGDB_REG_XMM31)
		return (struct where){HI16_ZMM,
				      (size_t)64 * (reg - KVMGDB_REG_XMM16)};
	if (reg <= KVMGDB_REG_YMM31H)
		return (struct where){
		    HI16_ZMM, (size_t)64 * (reg - KVMGDB_REG_YMM16H) + 16};
	if (reg < KVMGDB_REG_ZMM0H + 16)
		return (struct where){ZMM_HI256,
				      (size_t)32 * (reg - KVMGDB_REG_ZMM0H)};
	if (reg <= KVMGDB_REG_ZMM31H)
		return (struct where){
		    HI16_ZMM,
		    (size_t)64 * (reg - (KVMGDB_REG_ZMM0H + 16)) + 32};
	return (struct where){PKRU, 0};
}

uint64_t xfeature_needs(enum kvmgdb_reg reg)
{
	if (reg >= KVMGDB_REG_YMM0H && reg <= KVMGDB_REG_YMM15H)
		return BIT(AVX);
	return reg == KVMGDB_REG_PKRU ? BIT(PKRU) : BIT(AVX) | AVX512;
}

static uint64_t components(const uint8_t *area)
{
	uint64_t bv;

	memcpy(&bv, area + AT_XSTATE_BV, sizeof(bv));
	return bv;
}

static bool inside(const struct xfeature_layout *layout,
		   const struct where *where, enum kvmgdb_reg reg)
{
	return where->at + kvmgdb_reg_size(reg) <=
	       layout->size[where->component];
}

bool xfeature_read(const uint8_t *area, const struct xfeature_layout *layout,
		   enum kvmgdb_reg reg, void *buf)
{
	const struct where where = where_is(reg);

	if (!inside(layout, &where, reg))
		return false;
	if (components(area) & BIT(where.component))
		memcpy(buf, area + layout->offset[where.component] + where.at,
		       kvmgdb_reg_size(reg));
	else /* the initial state of all of them */
		memset(buf, 0, kvmgdb_reg_size(reg));
	return true;
}

/* MXCSR is valid as soon as AVX is in use: it must be what it was. */
static void use(uint8_t *area, const struct xfeature_layout *layout,
		unsigned component)
{
	const uint64_t bv = components(area);
	const uint64_t now = bv | BIT(component);
	uint32_t mxcsr;

	if (bv & BIT(component))
		return;
	xstate_read(area, KVMGDB_REG_MXCSR, &mxcsr);
	memcpy(area + AT_MXCSR, &mxcsr, sizeof(mxcsr));
	memset(area + layout->offset[component], 0, layout->size[component]);
	memcpy(area + AT_XSTATE_BV, &now, sizeof(now));
}

bool xfeature_write(uint8_t *area, const struct xfeature_layout *layout,
		    enum kvmgdb_reg reg, const void *buf)
{
	const struct where where = where_is(reg);

	if (!inside(layout, &where, reg))
		return false;
	use(area, layout, where.component);
	memcpy(area + layout->offset[where.component] + where.at, buf,
	       kvmgdb_reg_size(reg));
	return true;
}
