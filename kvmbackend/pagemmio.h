/* SPDX-License-Identifier: MIT */
/*
 * KVM's emulator has made an MMIO exit of an access to a trapped page: it is
 * carried out here.  Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_PAGEMMIO_H
#define KVMBACKEND_PAGEMMIO_H

#include "vm.h"

/* An MMIO exit for memory that is trapped: carry out the access, note what it
 * hits.  False: not ours. */
bool pagemmio_access(struct kvmgdb_vcpu *v);

/* KVM has completed that access: post what was noted. */
void pagemmio_done(struct kvmgdb_vcpu *v);

#endif
