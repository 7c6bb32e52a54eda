/* SPDX-License-Identifier: MIT */
/*
 * Instructions of ring 0 that KVM's emulator lacks.
 *
 * A KVM that runs ring 0 in its emulator gives up on them
 * (KVM_EXIT_INTERNAL_ERROR).  Those that a kernel cannot do without, and that
 * touch no memory, are carried out here: INT3, INT n and FWAIT.
 */
#ifndef KVMBACKEND_EMUGAP_H
#define KVMBACKEND_EMUGAP_H

#include "vm.h"

/* After an emulation failure: is one of them at RIP?  Then it is done, or will
 * be by the next entry.  Owner of the vCPU, with the VM's lock. */
bool emugap_take(struct kvmgdb_vcpu *v);

#endif
