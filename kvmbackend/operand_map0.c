/* SPDX-License-Identifier: MIT */
/* The one-byte opcodes: SDM vol. 2, table A-2. */
#include "oplist.h"

#define RFLAGS_DF (UINT64_C(1) << 10)

/* POP Ev: an address made of the stack pointer is made of the new one. */
static void pop_modrm(struct oplist *l)
{
	unsigned size = oplist_stack_size(l->m);

	if (l->m->reg != 0) { /* XOP */
		oplist_unknown(l);
		return;
	}
	oplist_pop(l, size);
	if (l->m->mod != 3)
		oplist_add(l,
			   modrm_address(l->m, l->state, 1,
					 l->m->base == RSP ? (int64_t)size : 0),
			   size, W);
}

/* Inwards it reads two words, outwards four, past the parameters. */
static void far_return(struct oplist *l, uint64_t parameters)
{
	uint64_t size = l->m->opsize;

	oplist_stack_read(l, l->state->gpr[RSP], size * 2,
			  size * 4 + parameters);
}

/* To the same ring: 3 words; in long mode 5; to virtual-8086 mode 9. */
static void interrupt_return(struct oplist *l)
{
	uint64_t size = l->m->opsize;

	if (l->m->bits == 64)
		oplist_stack_read(l, l->state->gpr[RSP], 5 * size, 40);
	else
		oplist_stack_read(l, l->state->gpr[RSP], 3 * size, 9 * size);
}

/* The display: frame pointers of the levels outside, copied. */
static void enter(struct oplist *l)
{
	unsigned size = oplist_stack_size(l->m), level = (l->m->imm >> 16) & 31;
	uint64_t bp = oplist_reg(l, RBP, l->state->stack_bits), display;

	oplist_push(l, size * (level + 1));
	if (level < 2)
		return;
	display = (uint64_t)size * (level - 1);
	if (bp < display)
		oplist_unknown(l);
	else
		oplist_stack_read(l, bp - display, display, display);
}

/*
 * One operand of a string instruction.  A repetition that reaches the end of
 * the address size goes on at its other end; in 64-bit mode it never comes
 * there (the address ceases to be canonical).
 */
static void add_string(struct oplist *l, unsigned seg, unsigned index,
		       unsigned size, unsigned access)
{
	unsigned bits = l->m->addrbits;
	uint64_t at = oplist_reg(l, index, bits),
		 mask = modrm_truncate(UINT64_MAX, bits);
	uint64_t more = l->m->rep ? oplist_reg(l, RCX, bits) : 1;
	bool down = l->state->rflags & RFLAGS_DF, wraps;
	uint64_t distance;

	if (!more)
		return;
	more--;
	wraps = __builtin_mul_overflow(more, size, &distance) ||
		distance > (down ? at : mask - at);
	if (wraps && bits != 64) {
		oplist_add_at(l, seg, 0, mask + 1, access);
		return;
	}
	if (wraps)
		distance = down ? at : mask - at;
	if (down)
		at -= distance;
	/* The last element may stick out of the 64-bit space. */
	if (__builtin_add_overflow(distance, size, &distance) ||
	    (bits == 64 && distance - 1 > mask - at))
		distance = at ? mask - at + 1 : mask;
	oplist_add_at(l, seg, at, distance, access);
}

static void add_source(struct oplist *l, unsigned size)
{
	add_string(l, oplist_data_segment(l->m), RSI, size, R);
}

/* ES cannot be overridden. */
static void add_destination(struct oplist *l, unsigned size, unsigned access)
{
	add_string(l, SEG_ES, RDI, size, access);
}

static void string(struct oplist *l)
{
	const struct modrm *m = l->m;
	unsigned size = m->opcode & 1 ? m->opsize : 1;
	unsigned io_size = size == 8 ? 4 : size;

	switch (m->opcode & 0xfe) {
	case 0x6c:
		add_destination(l, io_size, W);
		break;
	case 0x6e:
		add_source(l, io_size);
		break;
	case 0xa4:
		add_source(l, size);
		add_destination(l, size, W);
		break;
	case 0xa6:
		add_source(l, size);
		add_destination(l, size, R);
		break;
	case 0xaa:
		add_destination(l, size, W);
		break;
	case 0xac:
		add_source(l, size);
		break;
	default:
		add_destination(l, size, R);
		break;
	}
}

/* SDM vol. 2, table A-7 and on: a row each of D8 to DF, by reg.  The sizes 14
 * and 94 are those of 16 bits, otherwise 28 and 108. */
static void x87(struct oplist *l)
{
	static const struct {
		uint8_t len, access;
	} forms[8][8] = {
	    {{4, R}, {4, R}, {4, R}, {4, R}, {4, R}, {4, R}, {4, R}, {4, R}},
	    {{4, R}, {0, 0}, {4, W}, {4, W}, {14, R}, {2, R}, {14, W}, {2, W}},
	    {{4, R}, {4, R}, {4, R}, {4, R}, {4, R}, {4, R}, {4, R}, {4, R}},
	    {{4, R}, {4, W}, {4, W}, {4, W}, {0, 0}, {10, R}, {0, 0}, {10, W}},
	    {{8, R}, {8, R}, {8, R}, {8, R}, {8, R}, {8, R}, {8, R}, {8, R}},
	    {{8, R}, {8, W}, {8, W}, {8, W}, {94, R}, {0, 0}, {94, W}, {2, W}},
	    {{2, R}, {2, R}, {2, R}, {2, R}, {2, R}, {2, R}, {2, R}, {2, R}},
	    {{2, R}, {2, W}, {2, W}, {2, W}, {10, R}, {8, R}, {10, W}, {8, W}},
	};
	unsigned row = l->m->opcode & 7u;
	unsigned len = forms[row][l->m->reg].len;

	if (l->m->mod == 3)
		return;
	if (len >= 14 && l->m->opsize != 2)
		len += 14;
	if (len)
		oplist_add_modrm(l, len, forms[row][l->m->reg].access);
	else
		oplist_unknown(l);
}

static void group5(struct oplist *l)
{
	const struct modrm *m = l->m;

	switch (m->reg) {
	case 0:
	case 1:
		oplist_add_modrm(l, m->opsize, RW);
		break;
	case 2:
		oplist_add_modrm(l, oplist_near_size(m), R);
		oplist_push(l, oplist_near_size(m));
		break;
	case 3:
		oplist_add_memory(l, m->opsize + 2, R);
		oplist_push(l, 2 * m->opsize);
		break;
	case 4:
		oplist_add_modrm(l, oplist_near_size(m), R);
		break;
	case 5:
		oplist_add_memory(l, m->opsize + 2, R);
		break;
	case 6:
		oplist_add_modrm(l, oplist_stack_size(m), R);
		oplist_push(l, oplist_stack_size(m));
		break;
	default:
		oplist_unknown(l);
		break;
	}
}

/* The rows of ADD, OR, ADC, SBB, AND, SUB, XOR, CMP. */
static void arithmetic(struct oplist *l)
{
	const struct modrm *m = l->m;
	unsigned size = m->opcode & 1 ? m->opsize : 1;

	switch (m->opcode & 7) {
	case 0:
	case 1:
		oplist_add_modrm(l, size, m->opcode >= 0x38 ? R : RW);
		break;
	case 2:
	case 3:
		oplist_add_modrm(l, size, R);
		break;
	case 6:
	case 7:
		/* PUSH and POP of a segment register; DAA and the like. */
		if (m->bits == 64)
			oplist_unknown(l);
		else if (m->opcode < 0x20 && m->opcode & 1)
			oplist_pop(l, m->opsize);
		else if (m->opcode < 0x20)
			oplist_push(l, m->opsize);
		break;
	default:
		break;
	}
}

/* Those that 64-bit mode lacks. */
static void not_in_long_mode(struct oplist *l)
{
	const struct modrm *m = l->m;

	if (m->bits == 64) {
		oplist_unknown(l);
		return;
	}
	switch (m->opcode) {
	case 0x60:
		oplist_push(l, 8 * m->opsize);
		break;
	case 0x61:
		oplist_pop(l, 8 * m->opsize);
		break;
	case 0x62:
		oplist_add_memory(l, 2 * (uint64_t)m->opsize, R);
		break;
	case 0x82:
		oplist_add_modrm(l, 1, m->reg == 7 ? R : RW);
		break;
	case 0x9a:
		oplist_push(l, 2 * m->opsize);
		break;
	case 0xc4:
	case 0xc5:
		oplist_add_memory(l, m->opsize + 2, R);
		break;
	default: /* AAM, AAD, SALC, JMP far */
		break;
	}
}

void operand_map0(struct oplist *l)
{
	const struct modrm *m = l->m;
	unsigned size = m->opcode & 1 ? m->opsize : 1;

	if (m->opcode < 0x40) {
		arithmetic(l);
		return;
	}
	switch (m->opcode) {
	case 0x50:
	case 0x51:
	case 0x52:
	case 0x53:
	case 0x54:
	case 0x55:
	case 0x56:
	case 0x57:
	case 0x68:
	case 0x6a:
	case 0x9c:
		oplist_push(l, oplist_stack_size(m));
		break;
	case 0x58:
	case 0x59:
	case 0x5a:
	case 0x5b:
	case 0x5c:
	case 0x5d:
	case 0x5e:
	case 0x5f:
	case 0x9d:
		oplist_pop(l, oplist_stack_size(m));
		break;
	case 0x60:
	case 0x61:
	case 0x62:
	case 0x82:
	case 0x9a:
	case 0xc4:
	case 0xc5:
	case 0xd4:
	case 0xd5:
	case 0xd6:
	case 0xea:
		not_in_long_mode(l);
		break;
	case 0x63: /* MOVSXD, ARPL */
		if (m->bits == 64)
			oplist_add_modrm(l, m->opsize == 2 ? 2 : 4, R);
		else
			oplist_add_modrm(l, 2, RW);
		break;
	case 0x69:
	case 0x6b:
		oplist_add_modrm(l, m->opsize, R);
		break;
	case 0x6c:
	case 0x6d:
	case 0x6e:
	case 0x6f:
	case 0xa4:
	case 0xa5:
	case 0xa6:
	case 0xa7:
	case 0xaa:
	case 0xab:
	case 0xac:
	case 0xad:
	case 0xae:
	case 0xaf:
		string(l);
		break;
	case 0x80:
	case 0x81:
	case 0x83:
		oplist_add_modrm(l, size, m->reg == 7 ? R : RW);
		break;
	case 0x84:
	case 0x85:
	case 0x8a:
	case 0x8b:
		oplist_add_modrm(l, size, R);
		break;
	case 0x86:
	case 0x87:
		oplist_add_modrm(l, size, RW);
		break;
	case 0x88:
	case 0x89:
		oplist_add_modrm(l, size, W);
		break;
	case 0x8c: /* of a segment register, 16 bits whatever the prefixes */
		oplist_add_modrm(l, 2, W);
		break;
	case 0x8e:
		oplist_add_modrm(l, 2, R);
		break;
	case 0x8f:
		pop_modrm(l);
		break;
	case 0xa0:
	case 0xa1:
	case 0xa2:
	case 0xa3:
		oplist_add_at(l, oplist_data_segment(m), m->imm, size,
			      m->opcode & 2 ? W : R);
		break;
	case 0xc0:
	case 0xc1:
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3:
		oplist_add_modrm(l, size, RW);
		break;
	case 0xc2:
	case 0xc3:
		oplist_pop(l, oplist_near_size(m));
		break;
	case 0xc6:
	case 0xc7:
		if (m->reg == 0)
			oplist_add_modrm(l, size, W);
		else if (m->mod != 3 || m->reg != 7) /* XABORT, XBEGIN */
			oplist_unknown(l);
		break;
	case 0xc8:
		enter(l);
		break;
	case 0xc9:
		oplist_stack_read(l, l->state->gpr[RBP], oplist_stack_size(m),
				  oplist_stack_size(m));
		break;
	case 0xca:
		far_return(l, m->imm);
		break;
	case 0xcb:
		far_return(l, 0);
		break;
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xf1:
		oplist_unknown(l); /* by the IDT */
		break;
	case 0xcf:
		interrupt_return(l);
		break;
	case 0xd7:
		oplist_add_at(l, oplist_data_segment(m),
			      modrm_truncate(l->state->gpr[RBX] +
						 (l->state->gpr[RAX] & 0xff),
					     m->addrbits),
			      1, R);
		break;
	case 0xd8:
	case 0xd9:
	case 0xda:
	case 0xdb:
	case 0xdc:
	case 0xdd:
	case 0xde:
	case 0xdf:
		x87(l);
		break;
	case 0xe8:
		oplist_push(l, oplist_near_size(m));
		break;
	case 0xf6:
	case 0xf7:
		oplist_add_modrm(l, size, m->reg == 2 || m->reg == 3 ? RW : R);
		break;
	case 0xfe:
		if (m->reg < 2)
			oplist_add_modrm(l, 1, RW);
		else
			oplist_unknown(l);
		break;
	case 0xff:
		group5(l);
		break;
	case 0x8d:
		if (m->mod == 3)
			oplist_unknown(l);
		break;
	default:
		/* Every other of this map stays in registers: INC, DEC, Jcc,
		 * MOV, XCHG, CBW, flags, loops, I/O, jumps, HLT. */
		break;
	}
}
