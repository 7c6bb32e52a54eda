/* SPDX-License-Identifier: MIT */
/*
 * RFLAGS.RF set by us lets one instruction run over its breakpoint, and the CPU
 * clears it behind that instruction.  Not so where the instruction exits: KVM
 * may skip it and leave RF set (kvm_amd, where the CPU gives the next RIP), so
 * that the breakpoint on the next one is missed.
 */
#ifndef KVMBACKEND_CLEARSRF_H
#define KVMBACKEND_CLEARSRF_H

#include "insn.h"

/*
 * Is this an instruction that no hypervisor intercepts, that is no string
 * instruction (RF means something else to those), and that stores no flags?
 * Unknown ones are not.  BITS: 16, 32, 64, the default code size.
 */
bool insn_clears_rf(const uint8_t *bytes, size_t n, unsigned bits);

#endif
