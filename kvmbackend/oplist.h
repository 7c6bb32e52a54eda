/* SPDX-License-Identifier: MIT */
/*
 * The list of operands while it is made: what the opcode maps put into it.
 * Pure, and for operand.c and operand_map*.c only.
 */
#ifndef KVMBACKEND_OPLIST_H
#define KVMBACKEND_OPLIST_H

#include "modrm.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

/* How an operand is accessed. */
enum { R = 1, W = 2, RW = R | W };

struct oplist {
	const struct modrm *m;
	const struct operand_state *state;
	struct operand *out;
	int count; /* -1: cannot tell, whatever is added */
};

void oplist_unknown(struct oplist *l);

/* LEN bytes at a linear address; unknown if they go around the end. */
void oplist_add(struct oplist *l, uint64_t addr, uint64_t len, unsigned access);

/* The same at an offset into a segment. */
void oplist_add_at(struct oplist *l, unsigned seg, uint64_t offset,
		   uint64_t len, unsigned access);

/* What ModRM tells; nothing if that is a register. */
void oplist_add_modrm(struct oplist *l, uint64_t len, unsigned access);

/* What ModRM tells, of an instruction that has no register form. */
void oplist_add_memory(struct oplist *l, uint64_t len, unsigned access);

/* What the tables of vector instructions tell. */
void oplist_vector(struct oplist *l);

/* MASKMOVQ, MASKMOVDQU. */
void oplist_mask_move(struct oplist *l);

/* DS, or what is in its place. */
unsigned oplist_data_segment(const struct modrm *m);

/* The low BITS of a general register. */
uint64_t oplist_reg(const struct oplist *l, unsigned number, unsigned bits);

/* Bytes that PUSH and POP move, and that near calls and returns do. */
unsigned oplist_stack_size(const struct modrm *m);
unsigned oplist_near_size(const struct modrm *m);

/* LEN bytes in one piece below the stack pointer, and above it. */
void oplist_push(struct oplist *l, unsigned len);
void oplist_pop(struct oplist *l, unsigned len);

/* At least MIN bytes at OFFSET of the stack, at most MAX. */
void oplist_stack_read(struct oplist *l, uint64_t offset, uint64_t min,
		       uint64_t max);

/* The maps. */
void operand_map0(struct oplist *l);
void operand_map1(struct oplist *l);

#endif
