/* SPDX-License-Identifier: MIT */
/*
 * A guest's MOV to or from a debug register that DR7.GD stopped before it was
 * carried out (SDM vol. 3, 18.2.4; vol. 2, MOV DR): done here, on the guest's
 * own registers, as the CPU would have.  Owner of the vCPU, lock.
 */
#ifndef KVMBACKEND_DRTRAP_H
#define KVMBACKEND_DRTRAP_H

#include "vm.h"

/* Before the vCPU runs first: learn which bits of DR6 its CPUID makes fixed. */
void drtrap_init(struct kvmgdb_vcpu *v);

/* True if this debug exit was one of those (or an ICEBP, which leaves no trace
 * in DR6 either), and has been dealt with. */
bool drtrap_exit(struct kvmgdb_vcpu *v, const struct dr_hits *hits);

/*
 * A data breakpoint was hit, and RIP is at an ICEBP.  Behind a MOV SS, which
 * holds that trap back, the exit is the ICEBP's as well (Bochs): it is carried
 * out here, and one #DB is owed for both.
 */
void drtrap_join_icebp(struct kvmgdb_vcpu *v);

#endif
