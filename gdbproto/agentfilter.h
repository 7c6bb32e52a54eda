/* SPDX-License-Identifier: MIT */
/* A breakpoint's conditions and commands, as a filter of the seam's. */
#ifndef GDBPROTO_AGENTFILTER_H
#define GDBPROTO_AGENTFILTER_H

#include "agent.h"
#include "hex.h"

/*
 * What follows the KIND of a Z0 or Z1, from the first ';' on:
 *   [;X<LEN>,<BYTES>...][;cmds:<PERSIST>,X<LEN>,<BYTES>...]
 * The conditions are ORed; without any, each hit counts.  If there are commands
 * a hit that counts carries them out and the guest runs on; else it stops.
 * What cannot be evaluated stops.  Registers are those of ARCH's description.
 * VARS is held by the filter.
 *
 * 0, and *OUT is NULL if nothing follows; -ENOMEM; -EINVAL with WHY.
 */
int agent_filter_parse(struct hex_in args, enum tdesc_arch arch,
		       struct agent_vars *vars, struct kvmgdb_filter **out,
		       struct kvmgdb_reason *why);

#endif
