/* SPDX-License-Identifier: MIT */
/*
 * An int3 is in a byte of guest-physical memory.  Where the guest maps other
 * memory at the address of the breakpoint, the int3 goes there, at the next
 * look (see pagefollow_look()).
 *
 * The vCPU's own thread; lock.
 */
#ifndef KVMBACKEND_PATCHFOLLOW_H
#define KVMBACKEND_PATCHFOLLOW_H

#include "vm.h"

/* R is served by an int3, in the address space that V is in. */
void patch_follow(struct kvmgdb_vcpu *v, struct request *r);

#endif
