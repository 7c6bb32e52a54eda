/* SPDX-License-Identifier: MIT */
/*
 * Where an INT n or a SYSCALL goes, by the guest's descriptor tables and MSRs,
 * and an IRET or a SYSRET, by the stack and RCX.
 * SDM vol. 3, 6.10-6.14 (IDT), vol. 2, SYSCALL.  Owner of the vCPU, lock.
 */
#ifndef KVMBACKEND_HANDLER_H
#define KVMBACKEND_HANDLER_H

#include "vm.h"

/* The linear address of the instruction after INSN, for these; false for
 * others, or if it cannot be told. */
bool handler_target(struct kvmgdb_vcpu *v, const struct insn *insn,
		    uint64_t *target);

/* The same for the gate of VECTOR in protected mode. */
bool handler_gate(struct kvmgdb_vcpu *v, uint8_t vector, uint64_t *target);

/* At the first instruction of a handler without error code: the distance from
 * the top of the stack to the flags image, bytes. */
unsigned handler_flags_offset(struct kvmgdb_vcpu *v);

#endif
