/* SPDX-License-Identifier: MIT */
/*
 * A range step (`vCont;r`, GDB's `next`) that has come to a loop: the guest
 * runs on at full speed, with execution breakpoints where it can leave the
 * range (flow.h).  Interrupts and what their handlers do come in between as
 * they would without a debugger.  Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_RANGERUN_H
#define KVMBACKEND_RANGERUN_H

#include "vm.h"

/* A step of a range has ended in it, where it had been before. */
void rangerun_begin(struct kvmgdb_vcpu *v);

/* Does it run, and still have its registers? */
bool rangerun_goes(struct kvmgdb_vcpu *v);

/* What it has to stop at: at most ROOM pieces into OUT, and their number. */
unsigned rangerun_pieces(const struct kvmgdb_vcpu *v, struct dr_piece *out,
			 unsigned room);

/* At an execution breakpoint.  True: it was a way out, and is dealt with. */
bool rangerun_hit(struct kvmgdb_vcpu *v);

#endif
