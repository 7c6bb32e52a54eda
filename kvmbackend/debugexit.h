/* SPDX-License-Identifier: MIT */
/*
 * KVM_EXIT_DEBUG: whose is it?  The debugger's hit becomes a pending stop, the
 * guest's becomes owed to it, an artefact is forgotten.  Owner of the vCPU,
 * with the VM's lock.
 */
#ifndef KVMBACKEND_DEBUGEXIT_H
#define KVMBACKEND_DEBUGEXIT_H

#include "vm.h"

void debug_exit(struct kvmgdb_vcpu *v);

#endif
