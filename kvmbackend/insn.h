/* SPDX-License-Identifier: MIT */
/*
 * Just enough of an instruction decoder: the instructions that a debugger
 * must know before it steps them, or must carry out itself.  SDM vol. 2.
 */
#ifndef KVMBACKEND_INSN_H
#define KVMBACKEND_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSN_MAX 15u /* bytes, SDM vol. 3, 23.25: longer is #GP */

enum insn_class {
	INSN_OTHER, /* nothing special; its length is not known */
	INSN_MOV_FROM_DR,
	INSN_MOV_TO_DR,
	INSN_PUSHF,
	INSN_POPF,
	INSN_IRET,
	INSN_INT,   /* int n, int3, into: VECTOR */
	INSN_ICEBP, /* F1 */
	INSN_SYSCALL,
	INSN_SYSRET,
	INSN_SYSENTER,
	INSN_MOV_SS,   /* MOV SS, POP SS: debug traps wait for one more */
	INSN_JUMP_SELF /* a jump to its own first byte: moves nothing */
};

struct insn {
	enum insn_class cls;
	unsigned len;     /* bytes; 0 for INSN_OTHER */
	unsigned opsize;  /* bytes: 2, 4 or 8 */
	unsigned dr, gpr; /* MOV DR */
	uint8_t vector;   /* INT */
	bool overflow;    /* INT: INTO, if OF is set */
	bool lock;        /* a LOCK prefix: #UD for all of these */
};

/*
 * BITS: 16, 32 or 64, the default code size.  False if N bytes are too few to
 * tell; then INSN is INSN_OTHER.
 */
bool insn_decode(const uint8_t *bytes, size_t n, unsigned bits,
		 struct insn *insn);

#endif
