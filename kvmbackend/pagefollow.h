/* SPDX-License-Identifier: MIT */
/*
 * The guest maps other memory where page traps hold a request: they follow.
 * Owner of the vCPU, with the VM's lock.
 */
#ifndef KVMBACKEND_PAGEFOLLOW_H
#define KVMBACKEND_PAGEFOLLOW_H

#include "vm.h"

/*
 * Has the guest mapped other memory where requests are?  Looks once in a while,
 * through the page tables that V runs with, and follows; what has been stored
 * there meanwhile is told now.  Before V enters the guest.
 */
void pagefollow_look(struct kvmgdb_vcpu *v);

#endif
