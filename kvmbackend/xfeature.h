/* SPDX-License-Identifier: MIT */
/*
 * The registers of XSAVE components beyond SSE: AVX, AVX-512, PKRU.  Pure but
 * for xfeature_layout(), which asks this CPU.
 *
 * KVM_GET_XSAVE has the standard format with the offsets of the host's CPUID
 * leaf 0Dh (KVM API, 4.42); which components the guest has says the guest's.
 */
#ifndef KVMBACKEND_XFEATURE_H
#define KVMBACKEND_XFEATURE_H

#include <kvmgdb/target.h>

#define XFEATURE_COUNT 10u /* up to PKRU, bit 9 */

/* Where each component lies; SIZE 0: not in the area. */
struct xfeature_layout {
	uint32_t offset[XFEATURE_COUNT], size[XFEATURE_COUNT];
};

/* Of an area of AREA bytes. */
void xfeature_layout(struct xfeature_layout *layout, size_t area);

/* Is it one of these registers? */
bool xfeature_has(enum kvmgdb_reg reg);

/* The components, as bits of XCR0, that a CPU must have for the register. */
uint64_t xfeature_needs(enum kvmgdb_reg reg);

/* BUF has kvmgdb_reg_size(REG) bytes.  False: the component is not in the
 * area.  A write sets the component's bit in XSTATE_BV. */
bool xfeature_read(const uint8_t *area, const struct xfeature_layout *layout,
		   enum kvmgdb_reg reg, void *buf);
bool xfeature_write(uint8_t *area, const struct xfeature_layout *layout,
		    enum kvmgdb_reg reg, const void *buf);

#endif
