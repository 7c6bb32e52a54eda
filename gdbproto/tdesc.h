/* SPDX-License-Identifier: MIT */
/*
 * The target description: which register has which number on the wire.
 *
 * As i386:x86-64 (the default, whatever mode the guest is in: GDB follows a
 * change of the layout only by what gdbproto/modes.c does) numbers are those of
 * enum kvmgdb_reg; as i386 and i8086, those of GDB's own i386 descriptions and
 * then the system registers.
 * Everything up to the descriptor tables, which each CPU has, travels in `g`,
 * so that `info registers` is one packet; what XSAVE holds beyond SSE only in
 * `p`. GDB asks for `g` at few stops: what it needs at each comes with the
 * stop.
 */
#ifndef GDBPROTO_TDESC_H
#define GDBPROTO_TDESC_H

#include "buffer.h"

#include <kvmgdb/target.h>

enum tdesc_arch { TDESC_X86_64, TDESC_I386, TDESC_I8086 };

/* Those of registers 0 .. TDESC_G_REGS - 1 that the CPU has make up `g`: all
 * that `info registers` shows. */
#define TDESC_G_REGS    (KVMGDB_REG_K7 + 1u)
#define TDESC_G_REGS_32 71u

/* Their size in bytes at most, x86-64. */
#define TDESC_G_SIZE 840u

struct tdesc_reg {
	enum kvmgdb_reg reg;
	size_t size; /* on the wire; less than at the seam: the low bytes */
};

unsigned tdesc_g_regs(enum tdesc_arch arch);
unsigned tdesc_count(enum tdesc_arch arch);

/* False: no such number. */
bool tdesc_lookup(enum tdesc_arch arch, uint64_t number,
		  struct tdesc_reg *found);

/* UINT32_MAX: this description does not have it. */
unsigned tdesc_number(enum tdesc_arch arch, enum kvmgdb_reg reg);

/* The name of a register of the description. */
void tdesc_add_name(struct buffer *b, enum tdesc_arch arch, uint64_t number);

/* The XML document "target.xml", with what TARGET's CPU has; OPS NULL: with all
 * registers. */
void tdesc_add_xml(struct buffer *b, enum tdesc_arch arch,
		   const struct kvmgdb_target_ops *ops, void *target);

#endif
