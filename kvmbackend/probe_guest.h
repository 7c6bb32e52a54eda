/* SPDX-License-Identifier: MIT */
/*
 * The built-in guest of the probe: position-independent 64-bit code, run at
 * CPL 0 and 3.  Labels are byte offsets into it.
 */
#ifndef KVMBACKEND_PROBE_GUEST_H
#define KVMBACKEND_PROBE_GUEST_H

#include "probe_ports.h"

#include <stdint.h>

extern const uint8_t probe_guest_start[], probe_guest_end[];

extern const uint32_t probe_nops, probe_nop2, probe_nop3;
/* of 1, 2, 4 and 8 bytes to (rbx), and the instruction after each */
extern const uint32_t probe_store[4], probe_store_after[4];
extern const uint32_t probe_load, probe_load_after; /* a byte from (rbx) */
extern const uint32_t probe_int3, probe_mov_dr;
extern const uint32_t probe_h_db, probe_h_irq, probe_h_other;

#endif
