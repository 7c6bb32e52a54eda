/* SPDX-License-Identifier: MIT */
/*
 * A stepped instruction that faults.  The CPU enters the handler with the
 * step's TF in the frame, for the handler to see.  So while an instruction is
 * stepped, registers that are free watch the first instruction of the handlers
 * that it may enter; there the image is cleaned, and an access watch on it
 * tells when IRET has brought the guest back to the instruction, to be stepped
 * once more.  (An execution breakpoint could not tell: the frame of a fault has
 * RF set.)  Without free registers, or where KVM reports no data breakpoint,
 * TF stays in the frame and brings the guest back by itself.
 *
 * Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_GUARD_H
#define KVMBACKEND_GUARD_H

#include "vm.h"

/* At the start of a step of the instruction at CODE (N bytes): which handlers?
 */
void guard_begin(struct kvmgdb_vcpu *v, const uint8_t *code, size_t n);

/* At a debug exit of a step: is the vCPU at one of them?  Then its frame has
 * been dealt with and the guest runs on, without TF; or, if no register is left
 * to see it return by (not in_handler), the step ends there. */
bool guard_entered(struct kvmgdb_vcpu *v);

enum guard_return {
	GUARD_NOTHING,  /* not what happened */
	GUARD_INSIDE,   /* the handler looked at its frame; run on */
	GUARD_BACK,     /* back at the instruction: step it */
	GUARD_ELSEWHERE /* the handler went on somewhere else: the step ends */
};

/* At a debug exit with hits in HOST slots while the handler runs. */
enum guard_return guard_returned(struct kvmgdb_vcpu *v, uint8_t host);

/* The handlers' pieces to arm, those that are likely to be entered or the
 * others; at most ROOM.  Returns how many. */
unsigned guard_pieces(const struct kvmgdb_vcpu *v, bool likely,
		      struct dr_piece *out, unsigned room);

#endif
