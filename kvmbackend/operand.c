/* SPDX-License-Identifier: MIT */
#include "operand.h"

#include "modrm.h"
#include "vecoperand.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

enum { R = 1, W = 2, RW = R | W };

#define RFLAGS_DF (UINT64_C(1) << 10)

/* SDM vol. 1, 13.5: what there is of states fits in by far. */
#define XSAVE_SIZE 16384u

struct list {
	const struct modrm *m;
	const struct operand_state *state;
	struct operand *out;
	int count; /* -1: cannot tell */
};

static void unknown(struct list *l)
{
	l->count = -1;
}

static void add(struct list *l, uint64_t addr, uint64_t len, unsigned access)
{
	struct operand *o;

	if (l->count < 0 || !len)
		return;
	/* Around the end of the address space: two pieces. */
	if (l->count == OPERAND_MAX ||
	    (l->m->bits == 64 ? len - 1 > UINT64_MAX - addr
			      : len > (UINT64_C(1) << 32) - addr)) {
		unknown(l);
		return;
	}
	o = &l->out[l->count++];
	o->addr = addr;
	o->len = len;
	o->read = access & R;
	o->write = access & W;
}

/* At an offset into a segment. */
static void add_at(struct list *l, unsigned seg, uint64_t offset, uint64_t len,
		   unsigned access)
{
	offset += modrm_segment(l->m, seg, l->state);
	add(l, modrm_truncate(offset, l->m->bits == 64 ? 64 : 32), len, access);
}

/* What ModRM tells; nothing if that is a register. */
static void add_modrm(struct list *l, uint64_t len, unsigned access)
{
	if (l->m->mod != 3)
		add(l, modrm_address(l->m, l->state, 1, 0), len, access);
}

/* For instructions with no register form. */
static void add_memory(struct list *l, uint64_t len, unsigned access)
{
	if (l->m->mod == 3)
		unknown(l);
	else
		add_modrm(l, len, access);
}

static uint64_t reg(const struct list *l, unsigned number, unsigned bits)
{
	return modrm_truncate(l->state->gpr[number], bits);
}

/* Bytes that PUSH and POP move: in 64-bit mode there is no 4. */
static unsigned stack_size(const struct modrm *m)
{
	if (m->bits == 64)
		return m->opsize == 2 ? 2 : 8;
	return m->opsize;
}

/* Near calls and returns: Intel ignores 66 in 64-bit mode, AMD doesn't. */
static unsigned near_size(const struct modrm *m)
{
	return m->bits == 64 ? 8 : m->opsize;
}

/* LEN bytes below the stack pointer, in one piece. */
static void push(struct list *l, unsigned len)
{
	uint64_t sp = reg(l, RSP, l->state->stack_bits);

	if (!sp) /* the top of the segment */
		sp = modrm_truncate(UINT64_MAX, l->state->stack_bits) + 1;
	if (sp && sp < len)
		unknown(l);
	else
		add_at(l, SEG_SS, sp - len, len, W);
}

/* At least MIN bytes at OFFSET of the stack, at most MAX. */
static void stack_read(struct list *l, uint64_t offset, uint64_t min,
		       uint64_t max)
{
	uint64_t last = modrm_truncate(UINT64_MAX, l->state->stack_bits);

	offset = modrm_truncate(offset, l->state->stack_bits);
	if (min - 1 > last - offset) {
		unknown(l);
		return;
	}
	if (max - 1 > last - offset)
		max = last - offset + 1;
	add_at(l, SEG_SS, offset, max, R);
}

static void pop(struct list *l, unsigned len)
{
	stack_read(l, l->state->gpr[RSP], len, len);
}

/* POP Ev: an address made of the stack pointer is made of the new one. */
static void pop_modrm(struct list *l)
{
	unsigned size = stack_size(l->m);

	if (l->m->reg != 0) { /* XOP */
		unknown(l);
		return;
	}
	pop(l, size);
	if (l->m->mod != 3)
		add(l,
		    modrm_address(l->m, l->state, 1,
				  l->m->base == RSP ? (int64_t)size : 0),
		    size, W);
}

/* Inwards it reads two words, outwards four, past the parameters. */
static void far_return(struct list *l, uint64_t parameters)
{
	unsigned size = l->m->opsize;

	stack_read(l, l->state->gpr[RSP], size * 2u, size * 4u + parameters);
}

/* To the same ring: 3 words; in long mode 5; to virtual-8086 mode 9. */
static void interrupt_return(struct list *l)
{
	unsigned size = l->m->opsize;

	if (l->m->bits == 64)
		stack_read(l, l->state->gpr[RSP], 5 * size, 40);
	else
		stack_read(l, l->state->gpr[RSP], 3 * size, 9 * size);
}

/* The display: frame pointers of the levels outside, copied. */
static void enter(struct list *l)
{
	unsigned size = stack_size(l->m), level = (l->m->imm >> 16) & 31u;
	uint64_t bp = reg(l, RBP, l->state->stack_bits);

	push(l, size * (level + 1));
	if (level < 2)
		return;
	if (bp < size * (level - 1))
		unknown(l);
	else
		stack_read(l, bp - size * (level - 1), size * (level - 1),
			   size * (level - 1));
}

/*
 * One operand of a string instruction.  A repetition that reaches the end of
 * the address size goes on at its other end; in 64-bit mode it never comes
 * there (the address ceases to be canonical).
 */
static void add_string(struct list *l, unsigned seg, unsigned index,
		       unsigned size, unsigned access)
{
	unsigned bits = l->m->addrbits;
	uint64_t at = reg(l, index, bits),
		 mask = modrm_truncate(UINT64_MAX, bits);
	uint64_t more = l->m->rep ? reg(l, RCX, bits) : 1;
	bool down = l->state->rflags & RFLAGS_DF, wraps;
	uint64_t distance;

	if (!more)
		return;
	more--;
	wraps = __builtin_mul_overflow(more, size, &distance) ||
		distance > (down ? at : mask - at);
	if (wraps && bits != 64) {
		add_at(l, seg, 0, mask + 1, access);
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
	add_at(l, seg, at, distance, access);
}

static unsigned data_segment(const struct modrm *m)
{
	return m->seg == SEG_DEFAULT ? SEG_DS : m->seg;
}

static void add_source(struct list *l, unsigned size)
{
	add_string(l, data_segment(l->m), RSI, size, R);
}

/* ES cannot be overridden. */
static void add_destination(struct list *l, unsigned size, unsigned access)
{
	add_string(l, SEG_ES, RDI, size, access);
}

static void string(struct list *l)
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
static void x87(struct list *l)
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
		add_modrm(l, len, forms[row][l->m->reg].access);
	else
		unknown(l);
}

static void group5(struct list *l)
{
	const struct modrm *m = l->m;

	switch (m->reg) {
	case 0:
	case 1:
		add_modrm(l, m->opsize, RW);
		break;
	case 2:
		add_modrm(l, near_size(m), R);
		push(l, near_size(m));
		break;
	case 3:
		add_memory(l, m->opsize + 2, R);
		push(l, 2 * m->opsize);
		break;
	case 4:
		add_modrm(l, near_size(m), R);
		break;
	case 5:
		add_memory(l, m->opsize + 2, R);
		break;
	case 6:
		add_modrm(l, stack_size(m), R);
		push(l, stack_size(m));
		break;
	default:
		unknown(l);
		break;
	}
}

/* The rows of ADD, OR, ADC, SBB, AND, SUB, XOR, CMP. */
static void arithmetic(struct list *l)
{
	const struct modrm *m = l->m;
	unsigned size = m->opcode & 1 ? m->opsize : 1;

	switch (m->opcode & 7) {
	case 0:
	case 1:
		add_modrm(l, size, m->opcode >= 0x38 ? R : RW);
		break;
	case 2:
	case 3:
		add_modrm(l, size, R);
		break;
	case 6:
	case 7:
		/* PUSH and POP of a segment register; DAA and the like. */
		if (m->bits == 64)
			unknown(l);
		else if (m->opcode < 0x20 && m->opcode & 1)
			pop(l, m->opsize);
		else if (m->opcode < 0x20)
			push(l, m->opsize);
		break;
	default:
		break;
	}
}

/* Those that 64-bit mode lacks. */
static void not_in_long_mode(struct list *l)
{
	const struct modrm *m = l->m;

	if (m->bits == 64) {
		unknown(l);
		return;
	}
	switch (m->opcode) {
	case 0x60:
		push(l, 8 * m->opsize);
		break;
	case 0x61:
		pop(l, 8 * m->opsize);
		break;
	case 0x62:
		add_memory(l, 2u * m->opsize, R);
		break;
	case 0x82:
		add_modrm(l, 1, m->reg == 7 ? R : RW);
		break;
	case 0x9a:
		push(l, 2 * m->opsize);
		break;
	case 0xc4:
	case 0xc5:
		add_memory(l, m->opsize + 2, R);
		break;
	default: /* AAM, AAD, SALC, JMP far */
		break;
	}
}

static void one_byte(struct list *l)
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
		push(l, stack_size(m));
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
		pop(l, stack_size(m));
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
			add_modrm(l, m->opsize == 2 ? 2 : 4, R);
		else
			add_modrm(l, 2, RW);
		break;
	case 0x69:
	case 0x6b:
		add_modrm(l, m->opsize, R);
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
		add_modrm(l, size, m->reg == 7 ? R : RW);
		break;
	case 0x84:
	case 0x85:
	case 0x8a:
	case 0x8b:
		add_modrm(l, size, R);
		break;
	case 0x86:
	case 0x87:
		add_modrm(l, size, RW);
		break;
	case 0x88:
	case 0x89:
		add_modrm(l, size, W);
		break;
	case 0x8c: /* of a segment register, 16 bits whatever the prefixes */
		add_modrm(l, 2, W);
		break;
	case 0x8e:
		add_modrm(l, 2, R);
		break;
	case 0x8f:
		pop_modrm(l);
		break;
	case 0xa0:
	case 0xa1:
	case 0xa2:
	case 0xa3:
		add_at(l, data_segment(m), m->imm, size, m->opcode & 2 ? W : R);
		break;
	case 0xc0:
	case 0xc1:
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3:
		add_modrm(l, size, RW);
		break;
	case 0xc2:
	case 0xc3:
		pop(l, near_size(m));
		break;
	case 0xc6:
	case 0xc7:
		if (m->reg == 0)
			add_modrm(l, size, W);
		else if (m->mod != 3 || m->reg != 7) /* XABORT, XBEGIN */
			unknown(l);
		break;
	case 0xc8:
		enter(l);
		break;
	case 0xc9:
		stack_read(l, l->state->gpr[RBP], stack_size(m), stack_size(m));
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
		unknown(l); /* by the IDT */
		break;
	case 0xcf:
		interrupt_return(l);
		break;
	case 0xd7:
		add_at(l, data_segment(m),
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
		push(l, near_size(m));
		break;
	case 0xf6:
	case 0xf7:
		add_modrm(l, size, m->reg == 2 || m->reg == 3 ? RW : R);
		break;
	case 0xfe:
		if (m->reg < 2)
			add_modrm(l, 1, RW);
		else
			unknown(l);
		break;
	case 0xff:
		group5(l);
		break;
	case 0x8d:
		if (m->mod == 3)
			unknown(l);
		break;
	default:
		/* Every other of this map stays in registers: INC, DEC, Jcc,
		 * MOV, XCHG, CBW, flags, loops, I/O, jumps, HLT. */
		break;
	}
}

/*
 * BT and its kin with the bit's number in a register: a signed offset from the
 * operand, in units of the operand's size.
 */
static void bit_string(struct list *l, unsigned access)
{
	const struct modrm *m = l->m;
	unsigned bits = m->opsize * 8;
	uint64_t sign = UINT64_C(1) << (bits - 1);
	int64_t bit = (int64_t)((reg(l, m->reg_ext, bits) ^ sign) - sign);
	int64_t unit = bit / (int64_t)bits;

	if (bit % (int64_t)bits < 0)
		unit--;
	if (m->mod != 3)
		add(l, modrm_address(m, l->state, 1, unit * (int64_t)m->opsize),
		    m->opsize, access);
}

/* 0F 00 and 0F 01. */
static void system_tables(struct list *l)
{
	const struct modrm *m = l->m;
	bool group7 = m->opcode == 1;

	if (group7 && m->mod == 3 && m->reg != 4 && m->reg != 6) {
		unsigned byte = 0xc0 | m->reg << 3 | m->rm;

		/* CLAC STAC; XGETBV XSETBV XEND XTEST; SERIALIZE; RDPKRU
		 * WRPKRU; SWAPGS RDTSCP. */
		if (byte != 0xca && byte != 0xcb && byte != 0xd0 &&
		    byte != 0xd1 && byte != 0xd5 && byte != 0xd6 &&
		    byte != 0xe8 && byte != 0xee && byte != 0xef &&
		    byte != 0xf8 && byte != 0xf9)
			unknown(l);
		return;
	}
	switch (m->reg) {
	case 0:
	case 1:
		add_modrm(l, group7 ? (m->bits == 64 ? 10 : 6) : 2, W);
		break;
	case 2:
	case 3:
		add_modrm(l, group7 ? (m->bits == 64 ? 10 : 6) : 2, R);
		break;
	case 4:
		add_modrm(l, 2, group7 ? W : R);
		break;
	case 5:
		if (!group7)
			add_modrm(l, 2, R);
		else if (m->pp == MODRM_F3) /* RSTORSSP */
			add_modrm(l, 8, RW);
		else
			unknown(l);
		break;
	case 6:
		if (group7)
			add_modrm(l, 2, R);
		else
			unknown(l);
		break;
	default: /* INVLPG */
		if (!group7)
			unknown(l);
		break;
	}
}

/* 0F AE. */
static void group15(struct list *l)
{
	const struct modrm *m = l->m;
	bool plain = m->pp == MODRM_NP;

	if (m->mod == 3) {
		/* Fences, RDFSBASE and the like, TPAUSE, UMWAIT; but not
		 * INCSSP and UMONITOR. */
		if (m->pp == MODRM_F3 ? m->reg > 3 : m->reg < 5)
			unknown(l);
		return;
	}
	switch (m->reg) {
	case 0:
		add_modrm(l, 512, W);
		break;
	case 1:
		add_modrm(l, 512, R);
		break;
	case 2:
		add_modrm(l, 4, R);
		break;
	case 3:
		add_modrm(l, 4, W);
		break;
	case 4:
		if (m->pp == MODRM_F3) /* PTWRITE */
			add_modrm(l, m->opsize == 8 ? 8 : 4, R);
		else
			add_modrm(l, XSAVE_SIZE, RW);
		break;
	case 5:
		add_modrm(l, XSAVE_SIZE, R);
		break;
	case 6:
		if (plain)
			add_modrm(l, XSAVE_SIZE, RW);
		else if (m->pp == MODRM_F3) /* CLRSSBSY */
			add_modrm(l, 8, RW);
		else if (m->pp != MODRM_66) /* CLWB */
			unknown(l);
		break;
	default: /* CLFLUSH, CLFLUSHOPT */
		break;
	}
}

/* 0F C7. */
static void group9(struct list *l)
{
	const struct modrm *m = l->m;

	if (m->mod == 3) {
		if (m->reg != 6 && m->reg != 7) /* RDRAND, RDSEED, RDPID */
			unknown(l);
		else if (m->reg == 6 && m->pp == MODRM_F3) /* SENDUIPI */
			unknown(l);
		return;
	}
	if (m->reg == 1)
		add_modrm(l, m->opsize == 8 ? 16 : 8, RW);
	else if (m->reg == 3)
		add_modrm(l, XSAVE_SIZE, R);
	else if (m->reg == 4 || m->reg == 5)
		add_modrm(l, XSAVE_SIZE, RW);
	else
		unknown(l); /* VMX */
}

static void vector(struct list *l)
{
	struct vecoperand v;

	if (!l->m->present || !vecoperand_find(l->m, &v)) {
		unknown(l);
		return;
	}
	if (l->m->mod != 3)
		add(l, modrm_address(l->m, l->state, v.disp8_scale, 0), v.len,
		    (v.read ? R : 0u) | (v.write ? W : 0u));
}

static void mask_move(struct list *l)
{
	const struct modrm *m = l->m;

	if (m->mod != 3 || m->pp > MODRM_66 || m->vl != 16)
		unknown(l);
	else
		add_at(l, data_segment(m), reg(l, RDI, m->addrbits),
		       m->pp == MODRM_66 ? 16 : 8, W);
}

static void two_byte(struct list *l)
{
	const struct modrm *m = l->m;
	unsigned size = m->opcode & 1 ? m->opsize : 1;

	switch (m->opcode) {
	case 0x00:
	case 0x01:
		system_tables(l);
		break;
	case 0x02:
	case 0x03: /* LAR, LSL */
		add_modrm(l, 2, R);
		break;
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x08:
	case 0x09:
	case 0x0d:
	case 0x0e:
	case 0x18:
	case 0x19:
	case 0x1c:
	case 0x1d:
	case 0x1e:
	case 0x1f:
	case 0x20:
	case 0x21:
	case 0x22:
	case 0x23:
	case 0x30:
	case 0x31:
	case 0x32:
	case 0x33:
	case 0x34:
	case 0x35:
	case 0x77:
	case 0x80:
	case 0x81:
	case 0x82:
	case 0x83:
	case 0x84:
	case 0x85:
	case 0x86:
	case 0x87:
	case 0x88:
	case 0x89:
	case 0x8a:
	case 0x8b:
	case 0x8c:
	case 0x8d:
	case 0x8e:
	case 0x8f:
	case 0xa2:
	case 0xc8:
	case 0xc9:
	case 0xca:
	case 0xcb:
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xcf:
		break;
	case 0x0f: /* 3DNow! */
		add_modrm(l, 8, R);
		break;
	case 0x40:
	case 0x41:
	case 0x42:
	case 0x43:
	case 0x44:
	case 0x45:
	case 0x46:
	case 0x47:
	case 0x48:
	case 0x49:
	case 0x4a:
	case 0x4b:
	case 0x4c:
	case 0x4d:
	case 0x4e:
	case 0x4f:
	case 0xaf:
	case 0xbc:
	case 0xbd:
		add_modrm(l, m->opsize, R);
		break;
	case 0x78:
	case 0x79: /* VMREAD, VMWRITE */
		if (m->pp == MODRM_NP)
			add_modrm(l, m->bits == 64 ? 8 : 4,
				  m->opcode & 1 ? R : W);
		else
			unknown(l);
		break;
	case 0x90:
	case 0x91:
	case 0x92:
	case 0x93:
	case 0x94:
	case 0x95:
	case 0x96:
	case 0x97:
	case 0x98:
	case 0x99:
	case 0x9a:
	case 0x9b:
	case 0x9c:
	case 0x9d:
	case 0x9e:
	case 0x9f:
		add_modrm(l, 1, W);
		break;
	case 0xa0:
	case 0xa8:
		push(l, stack_size(m));
		break;
	case 0xa1:
	case 0xa9:
		pop(l, stack_size(m));
		break;
	case 0xa3:
		bit_string(l, R);
		break;
	case 0xab:
	case 0xb3:
	case 0xbb:
		bit_string(l, RW);
		break;
	case 0xa4:
	case 0xa5:
	case 0xac:
	case 0xad:
		add_modrm(l, m->opsize, RW);
		break;
	case 0xae:
		group15(l);
		break;
	case 0xb0:
	case 0xb1:
	case 0xc0:
	case 0xc1:
		add_modrm(l, size, RW);
		break;
	case 0xb2:
	case 0xb4:
	case 0xb5:
		add_memory(l, m->opsize + 2, R);
		break;
	case 0xb6:
	case 0xbe:
		add_modrm(l, 1, R);
		break;
	case 0xb7:
	case 0xbf:
		add_modrm(l, 2, R);
		break;
	case 0xb8: /* POPCNT */
		if (m->pp == MODRM_F3)
			add_modrm(l, m->opsize, R);
		else
			unknown(l);
		break;
	case 0xba:
		if (m->reg < 4)
			unknown(l);
		else
			add_modrm(l, m->opsize, m->reg == 4 ? R : RW);
		break;
	case 0xc3: /* MOVNTI */
		add_memory(l, m->opsize == 8 ? 8 : 4, W);
		break;
	case 0xc7:
		group9(l);
		break;
	case 0xf7:
		mask_move(l);
		break;
	default:
		vector(l);
		break;
	}
}

/* MOVBE and CRC32, whose size 66 tells with F2 as well; MOVDIR64B. */
static bool integer_0f38(struct list *l)
{
	const struct modrm *m = l->m;

	if (m->encoding != MODRM_LEGACY)
		return false;
	if ((m->opcode == 0xf0 || m->opcode == 0xf1) && m->pp == MODRM_F2) {
		add_modrm(l, m->opcode == 0xf0 ? 1 : m->opsize, R);
		return true;
	}
	if ((m->opcode == 0xf0 || m->opcode == 0xf1) && m->pp != MODRM_F3) {
		add_memory(l, m->opsize, m->opcode == 0xf0 ? R : W);
		return true;
	}
	if (m->opcode == 0xf8 && m->pp == MODRM_66) {
		add_memory(l, 64, R);
		add_at(l, SEG_ES, reg(l, m->reg_ext, m->addrbits), 64, W);
		return true;
	}
	return false;
}

/* KMOV: of 2, 8 (W), 1 (66) or 4 (both) bytes. */
static void mask_register(struct list *l)
{
	const struct modrm *m = l->m;
	unsigned len = m->pp == MODRM_66 ? (m->w ? 4 : 1) : m->w ? 8 : 2;

	if (m->pp > MODRM_66)
		unknown(l);
	else
		add_modrm(l, len, m->opcode == 0x90 ? R : W);
}

static void vex_two_byte(struct list *l)
{
	const struct modrm *m = l->m;

	if (m->opcode == 0x77) /* VZEROUPPER */
		return;
	if (m->opcode == 0x90 || m->opcode == 0x91)
		mask_register(l);
	else if (m->opcode == 0xae && (m->reg == 2 || m->reg == 3))
		add_memory(l, 4, m->reg == 2 ? R : W);
	else if (m->opcode == 0xf7)
		mask_move(l);
	else
		vector(l);
}

int operand_list(const uint8_t *code, size_t n,
		 const struct operand_state *state,
		 struct operand out[OPERAND_MAX])
{
	struct modrm m;
	struct list l = {.m = &m, .state = state, .out = out};

	if (!modrm_decode(code, n, state->bits, &m))
		return -1;
	if (m.map == 0)
		one_byte(&l);
	else if (m.map == 1 && m.encoding == MODRM_LEGACY)
		two_byte(&l);
	else if (m.map == 1 && m.encoding == MODRM_VEX)
		vex_two_byte(&l);
	else if (m.map != 2 || !integer_0f38(&l))
		vector(&l);
	return l.count;
}
