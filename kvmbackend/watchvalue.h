/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a watch in debug registers as they were last seen: a hit tells
 * only that there was an access, and comes after it.
 *
 * What no exit tells of is not seen: after a device or KVM's emulator has
 * changed the bytes, a store that puts back what was last seen counts as none.
 *
 * Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_WATCHVALUE_H
#define KVMBACKEND_WATCHVALUE_H

#include "vm.h"

/* Look at the bytes of a watch now, through the page tables of V. */
void watch_snapshot(struct kvmgdb_vcpu *v, struct request *r);
void watch_forget(struct request *r);

/* The debugger has written memory. */
void watch_snapshot_all(struct kvmgdb_vcpu *v);

/*
 * A hit on V: did the bytes change since we last looked?  Looks anew.  Unknown
 * counts as yes for a write and as no for a read, so that nothing is lost:
 * where the bytes are others (another address space), and where another vCPU
 * has looked since V entered the guest, and may have seen V's store.
 */
bool watch_changed(struct kvmgdb_vcpu *v, struct request *r);

#endif
