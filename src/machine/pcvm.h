/* SPDX-License-Identifier: MIT */
/* A VM of KVM with what a PC has beside CPUs: PICs, I/O APIC, timer, and the
 * interrupts' routes to them. */
#ifndef MACHINE_PCVM_H
#define MACHINE_PCVM_H

#include <kvmgdb/target.h>

/* Without the chips.  0 or -errno with WHY.  VM_FD, if it is not -1 then, is
 * the caller's to close in both cases. */
int pcvm_create(int kvm_fd, int *vm_fd, struct kvmgdb_reason *why);

/*
 * After the memory's slots and before the vCPUs.  KVM frees what the chips
 * replace after a grace period, and a slot that is made meanwhile waits for
 * that: some 10 ms on Linux 6.18.  0 or -errno with WHY.
 */
int pcvm_add_chips(int vm_fd, struct kvmgdb_reason *why);

#endif
