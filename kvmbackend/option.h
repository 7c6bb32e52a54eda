/* SPDX-License-Identifier: MIT */
/*
 * Options that a client may change at run time (`monitor set`).  The VM's lock
 * is held.
 */
#ifndef KVMBACKEND_OPTION_H
#define KVMBACKEND_OPTION_H

#include "vm.h"

/* The contracts of kvmgdb_target_ops.option_set and option_view. */
int option_set(struct kvmgdb_vm *vm, const char *name, const char *value);
int option_view(struct kvmgdb_vm *vm, unsigned index,
		struct kvmgdb_option_view *view);

#endif
