/* SPDX-License-Identifier: MIT */
/*
 * The x87 and SSE registers in an XSAVE area of the standard format, as
 * KVM_GET_XSAVE gives it (SDM vol. 1, 13.4): the FXSAVE image of 64-bit mode,
 * then the header with XSTATE_BV.  Pure.
 *
 * A component whose bit in XSTATE_BV is clear is in its initial state, whatever
 * the bytes say; writing to it fills it in and sets the bit, or KVM_SET_XSAVE
 * would pass it over.  MXCSR belongs to SSE and to AVX: either bit makes it
 * valid.
 */
#ifndef KVMBACKEND_XSTATE_H
#define KVMBACKEND_XSTATE_H

#include <kvmgdb/target.h>

#define XSTATE_MIN_SIZE 576u /* bytes: FXSAVE image and header */

/* ST0..MXCSR of enum kvmgdb_reg. */
bool xstate_has(enum kvmgdb_reg reg);

/*
 * BUF has kvmgdb_reg_size(REG) bytes.  ST0..ST7 are relative to TOP, which is
 * how the image holds them: no write of FSTAT moves them, so a set of saved
 * registers can be put back in any order.
 */
void xstate_read(const uint8_t *area, enum kvmgdb_reg reg, void *buf);

/*
 * 0, or -EINVAL and nothing changed: bits that the register does not have
 * (MXCSR: MXCSR_MASK).  Kept as the CPU would keep it: fixed bits of FCTRL;
 * FSTAT.ES and B follow the exception flags and their masks; of FTAG only
 * empty or not.
 */
int xstate_write(uint8_t *area, uint32_t mxcsr_mask, enum kvmgdb_reg reg,
		 const void *buf);

/* The bits of MXCSR that this CPU has, which is what KVM checks against. */
uint32_t xstate_mxcsr_mask(void);

#endif
