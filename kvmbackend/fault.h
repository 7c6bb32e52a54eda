/* SPDX-License-Identifier: MIT */
/*
 * What the instruction at RIP is about to run into, so far as that shows
 * beforehand: in its opcode, in the page tables, in the control registers.
 * Owner of the vCPU, lock.
 */
#ifndef KVMBACKEND_FAULT_H
#define KVMBACKEND_FAULT_H

#include "vm.h"

/*
 * The likely vectors, a bit each.  OPERANDS and COUNT (-1: not known) are its
 * memory operands.  0: it will probably run; nothing is certain either way.
 */
uint32_t fault_likely(struct kvmgdb_vcpu *v, const uint8_t *code, size_t n,
		      const struct operand *operands, int count);

#endif
