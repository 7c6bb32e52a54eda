/* SPDX-License-Identifier: MIT */
/*
 * What the debugger asks of the vCPUs together: to go, to stand, and what has
 * happened.  The contracts are those of the target operations; the lock is
 * held in all of these.
 */
#ifndef KVMBACKEND_RESUME_H
#define KVMBACKEND_RESUME_H

#include "vm.h"

int resume_vcpus(struct kvmgdb_vm *vm, const struct kvmgdb_action *actions);
int resume_interrupt(struct kvmgdb_vm *vm);
bool resume_next_stop(struct kvmgdb_vm *vm, struct kvmgdb_stop *stop);

#endif
