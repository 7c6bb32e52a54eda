/* SPDX-License-Identifier: MIT */
/*
 * Target operations that tell what the debugger has in force and what it has
 * cost: debug registers, requests, counts.  See struct kvmgdb_target_ops for
 * the contracts.
 */
#ifndef KVMBACKEND_VIEW_H
#define KVMBACKEND_VIEW_H

#include <kvmgdb/target.h>

int view_dr(void *target, unsigned vcpu, struct kvmgdb_dr_view *view);
int view_request(void *target, unsigned index,
		 struct kvmgdb_request_view *view);
int view_count(void *target, unsigned vcpu, unsigned index,
	       struct kvmgdb_count_view *view);

#endif
