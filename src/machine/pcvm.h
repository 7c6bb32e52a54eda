/* SPDX-License-Identifier: MIT */
/* A VM of KVM with what a PC has beside CPUs: PICs, I/O APIC, timer, and the
 * interrupts' routes to them. */
#ifndef MACHINE_PCVM_H
#define MACHINE_PCVM_H

#include <kvmgdb/target.h>

/* 0 or -errno with WHY.  VM_FD, if it is not -1 then, is the caller's to close
 * in both cases. */
int pcvm_create(int kvm_fd, int *vm_fd, struct kvmgdb_reason *why);

#endif
