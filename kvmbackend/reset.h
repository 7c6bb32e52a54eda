/* SPDX-License-Identifier: MIT */
/* The machine starts again.  The lock is held in these. */
#ifndef KVMBACKEND_RESET_H
#define KVMBACKEND_RESET_H

#include "vm.h"

/* The contract is that of the target operation. */
int reset_by_debugger(struct kvmgdb_vm *vm);

/* kvmgdb_vm_hold() was called, and all vCPUs are parked. */
bool reset_settled(const struct kvmgdb_vm *vm);

#endif
