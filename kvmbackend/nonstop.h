/* SPDX-License-Identifier: MIT */
/*
 * Non-stop: each vCPU stops, and is let go, for itself.  The lock is held in
 * all of these.
 *
 * A vCPU that was told to stand (go is false) has news until its stop is
 * fetched; from then on, with reports false, it belongs to the debugger.
 */
#ifndef KVMBACKEND_NONSTOP_H
#define KVMBACKEND_NONSTOP_H

#include "vm.h"

void nonstop_set(struct kvmgdb_vm *vm, bool on);

/* The contracts are those of the target operations. */
int nonstop_stop_vcpu(struct kvmgdb_vcpu *v);
bool nonstop_next_stop(struct kvmgdb_vm *vm, struct kvmgdb_stop *stop);

/* May the debugger let it go?  False: it runs, or its stop was not told. */
bool nonstop_is_told(const struct kvmgdb_vcpu *v);

/*
 * Visits: vCPUs that run are kept out of the guest while somebody looks at
 * what is theirs.  A step under way is given up and begun anew afterwards; an
 * exit that the VMM is handling is not waited for.
 */
void visit_vcpu(struct kvmgdb_vcpu *v);
void visit_all(struct kvmgdb_vm *vm);
void visit_end(struct kvmgdb_vm *vm);

#endif
