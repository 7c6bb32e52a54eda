/* SPDX-License-Identifier: MIT */
/* A translation with the entries that it went through.  Pure. */
#ifndef KVMBACKEND_WALKVIEW_H
#define KVMBACKEND_WALKVIEW_H

#include "pagewalk.h"

#include <kvmgdb/target.h>

/* Everything in VIEW but `memory`. */
void walkview(const struct pagewalk_mode *mode, pagewalk_read read, void *ctx,
	      uint64_t gva, struct kvmgdb_walk_view *view);

#endif
