/* SPDX-License-Identifier: MIT */
#include "oplist.h"

#include "vecoperand.h"

void oplist_unknown(struct oplist *l)
{
	l->count = -1;
}

void oplist_add(struct oplist *l, uint64_t addr, uint64_t len, unsigned access)
{
	struct operand *o;

	if (l->count < 0 || !len)
		return;
	/* Around the end of the address space: two pieces. */
	if (l->count == OPERAND_MAX ||
	    (l->m->bits == 64 ? len - 1 > UINT64_MAX - addr
			      : len > (UINT64_C(1) << 32) - addr)) {
		oplist_unknown(l);
		return;
	}
	o = &l->out[l->count++];
	o->addr = addr;
	o->len = len;
	o->read = access & R;
	o->write = access & W;
}

/* At an offset into a segment. */
void oplist_add_at(struct oplist *l, unsigned seg, uint64_t offset,
		   uint64_t len, unsigned access)
{
	offset += modrm_segment(l->m, seg, l->state);
	oplist_add(l, modrm_truncate(offset, l->m->bits == 64 ? 64 : 32), len,
		   access);
}

/* What ModRM tells; nothing if that is a register. */
void oplist_add_modrm(struct oplist *l, uint64_t len, unsigned access)
{
	if (l->m->mod != 3)
		oplist_add(l, modrm_address(l->m, l->state, 1, 0), len, access);
}

/* For instructions with no register form. */
void oplist_add_memory(struct oplist *l, uint64_t len, unsigned access)
{
	if (l->m->mod == 3)
		oplist_unknown(l);
	else
		oplist_add_modrm(l, len, access);
}

uint64_t oplist_reg(const struct oplist *l, unsigned number, unsigned bits)
{
	return modrm_truncate(l->state->gpr[number], bits);
}

/* Bytes that PUSH and POP move: in 64-bit mode there is no 4. */
unsigned oplist_stack_size(const struct modrm *m)
{
	if (m->bits == 64)
		return m->opsize == 2 ? 2 : 8;
	return m->opsize;
}

/* Near calls and returns: Intel ignores 66 in 64-bit mode, AMD doesn't. */
unsigned oplist_near_size(const struct modrm *m)
{
	return m->bits == 64 ? 8 : m->opsize;
}

/* LEN bytes below the stack pointer, in one piece. */
void oplist_push(struct oplist *l, unsigned len)
{
	uint64_t sp = oplist_reg(l, RSP, l->state->stack_bits);

	if (!sp) /* the top of the segment */
		sp = modrm_truncate(UINT64_MAX, l->state->stack_bits) + 1;
	if (sp && sp < len)
		oplist_unknown(l);
	else
		oplist_add_at(l, SEG_SS, sp - len, len, W);
}

/* At least MIN bytes at OFFSET of the stack, at most MAX. */
void oplist_stack_read(struct oplist *l, uint64_t offset, uint64_t min,
		       uint64_t max)
{
	uint64_t last = modrm_truncate(UINT64_MAX, l->state->stack_bits);

	offset = modrm_truncate(offset, l->state->stack_bits);
	if (min - 1 > last - offset) {
		oplist_unknown(l);
		return;
	}
	if (max - 1 > last - offset)
		max = last - offset + 1;
	oplist_add_at(l, SEG_SS, offset, max, R);
}

void oplist_pop(struct oplist *l, unsigned len)
{
	oplist_stack_read(l, l->state->gpr[RSP], len, len);
}

unsigned oplist_data_segment(const struct modrm *m)
{
	return m->seg == SEG_DEFAULT ? SEG_DS : m->seg;
}

void oplist_vector(struct oplist *l)
{
	struct vecoperand v;

	if (!l->m->present || !vecoperand_find(l->m, &v)) {
		oplist_unknown(l);
		return;
	}
	if (l->m->mod != 3)
		oplist_add(l, modrm_address(l->m, l->state, v.disp8_scale, 0),
			   v.len, (v.read ? R : 0u) | (v.write ? W : 0u));
}

void oplist_mask_move(struct oplist *l)
{
	const struct modrm *m = l->m;

	if (m->mod != 3 || m->pp > MODRM_66 || m->vl != 16)
		oplist_unknown(l);
	else
		oplist_add_at(l, oplist_data_segment(m),
			      oplist_reg(l, RDI, m->addrbits),
			      m->pp == MODRM_66 ? 16 : 8, W);
}
