/* SPDX-License-Identifier: MIT */
/*
 * The target description: which register has which number on the wire.
 *
 * Always i386:x86-64, whatever mode the guest is in: GDB cannot follow a
 * change of the layout.  Numbers are those of enum kvmgdb_reg: up to GS_BASE
 * the order of GDB's own amd64 descriptions.
 * Everything up to the descriptor tables, which each CPU has, travels in `g`, so
 * that `info registers` is one packet; what XSAVE holds beyond SSE only in `p`.
 * GDB asks for `g` at few stops: what it needs at each comes with the stop.
 */
#ifndef GDBPROTO_TDESC_H
#define GDBPROTO_TDESC_H

#include "buffer.h"

#include <kvmgdb/target.h>

/* Registers 0 .. TDESC_G_REGS - 1 make up `g`. */
#define TDESC_G_REGS (KVMGDB_REG_TR_LIMIT + 1u)

/* Their size in bytes. */
#define TDESC_G_SIZE 768u

unsigned tdesc_count(void);

/* False: no such number. */
bool tdesc_lookup(uint64_t number, enum kvmgdb_reg *reg);

/* The name of a register of the description. */
void tdesc_add_name(struct buffer *b, uint64_t number);

/* The XML document "target.xml", with what TARGET's CPU has; OPS NULL: with all
 * registers. */
void tdesc_add_xml(struct buffer *b, const struct kvmgdb_target_ops *ops,
		   void *target);

#endif
