/* SPDX-License-Identifier: MIT */
/* The opcodes after 0F, without VEX: SDM vol. 2, table A-3. */
#include "oplist.h"

/* SDM vol. 1, 13.5: what there is of states fits in by far. */
#define XSAVE_SIZE       16384u
#define XSAVE_HEADER_END 576

/*
 * BT and its kin with the bit's number in a register: a signed offset from the
 * operand, in units of the operand's size.
 */
static void bit_string(struct oplist *l, unsigned access)
{
	const struct modrm *m = l->m;
	unsigned bits = m->opsize * 8;
	uint64_t sign = UINT64_C(1) << (bits - 1);
	int64_t bit =
	    (int64_t)((oplist_reg(l, m->reg_ext, bits) ^ sign) - sign);
	int64_t unit = bit / (int64_t)bits;

	if (bit % (int64_t)bits < 0)
		unit--;
	if (m->mod != 3)
		oplist_add(
		    l, modrm_address(m, l->state, 1, unit * (int64_t)m->opsize),
		    m->opsize, access);
}

/* 0F 00 and 0F 01. */
static void system_tables(struct oplist *l)
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
			oplist_unknown(l);
		return;
	}
	switch (m->reg) {
	case 0:
	case 1:
		oplist_add_modrm(l, group7 ? (m->bits == 64 ? 10 : 6) : 2, W);
		break;
	case 2:
	case 3:
		oplist_add_modrm(l, group7 ? (m->bits == 64 ? 10 : 6) : 2, R);
		break;
	case 4:
		oplist_add_modrm(l, 2, group7 ? W : R);
		break;
	case 5:
		if (!group7)
			oplist_add_modrm(l, 2, R);
		else if (m->pp == MODRM_F3) /* RSTORSSP */
			oplist_add_modrm(l, 8, RW);
		else
			oplist_unknown(l);
		break;
	case 6:
		if (group7)
			oplist_add_modrm(l, 2, R);
		else
			oplist_unknown(l);
		break;
	default: /* INVLPG */
		if (!group7)
			oplist_unknown(l);
		break;
	}
}

/* Of what it writes it reads the header at most. */
static void add_xsave(struct oplist *l)
{
	oplist_add_modrm(l, XSAVE_SIZE, W);
	oplist_add_modrm(l, XSAVE_HEADER_END, R);
}

/* 0F AE. */
static void group15(struct oplist *l)
{
	const struct modrm *m = l->m;

	if (m->mod == 3) {
		/* Fences, RDFSBASE and the like, TPAUSE, UMWAIT; but not
		 * INCSSP and UMONITOR. */
		if (m->pp == MODRM_F3 ? m->reg > 3 : m->reg < 5)
			oplist_unknown(l);
		return;
	}
	switch (m->reg) {
	case 0:
		oplist_add_modrm(l, 512, W);
		break;
	case 1:
		oplist_add_modrm(l, 512, R);
		break;
	case 2:
		oplist_add_modrm(l, 4, R);
		break;
	case 3:
		oplist_add_modrm(l, 4, W);
		break;
	case 4:
		if (m->pp == MODRM_F3) /* PTWRITE */
			oplist_add_modrm(l, m->opsize == 8 ? 8 : 4, R);
		else
			add_xsave(l);
		break;
	case 5:
		oplist_add_modrm(l, XSAVE_SIZE, R);
		break;
	case 6:
		if (m->pp == MODRM_NP)
			add_xsave(l);
		else if (m->pp == MODRM_F3) /* CLRSSBSY */
			oplist_add_modrm(l, 8, RW);
		else if (m->pp != MODRM_66) /* CLWB */
			oplist_unknown(l);
		break;
	default: /* CLFLUSH, CLFLUSHOPT */
		break;
	}
}

/* 0F C7. */
static void group9(struct oplist *l)
{
	const struct modrm *m = l->m;

	if (m->mod == 3) {
		/* RDRAND, RDSEED, RDPID; not SENDUIPI. */
		if (m->reg < 6 || (m->reg == 6 && m->pp == MODRM_F3))
			oplist_unknown(l);
		return;
	}
	if (m->reg == 1)
		oplist_add_modrm(l, m->opsize == 8 ? 16 : 8, RW);
	else if (m->reg == 3)
		oplist_add_modrm(l, XSAVE_SIZE, R);
	else if (m->reg == 4 || m->reg == 5)
		add_xsave(l);
	else
		oplist_unknown(l); /* VMX */
}

void operand_map1(struct oplist *l)
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
		oplist_add_modrm(l, 2, R);
		break;
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x08:
	case 0x09:
	case 0x0b: /* UD2: what its #UD pushes is the event's */
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
		oplist_add_modrm(l, 8, R);
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
		oplist_add_modrm(l, m->opsize, R);
		break;
	case 0x78:
	case 0x79: /* VMREAD, VMWRITE */
		if (m->pp == MODRM_NP)
			oplist_add_modrm(l, m->bits == 64 ? 8 : 4,
					 m->opcode & 1 ? R : W);
		else
			oplist_unknown(l);
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
		oplist_add_modrm(l, 1, W);
		break;
	case 0xa0:
	case 0xa8:
		oplist_push(l, oplist_stack_size(m));
		break;
	case 0xa1:
	case 0xa9:
		oplist_pop(l, oplist_stack_size(m));
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
		oplist_add_modrm(l, m->opsize, RW);
		break;
	case 0xae:
		group15(l);
		break;
	case 0xb0:
	case 0xb1:
	case 0xc0:
	case 0xc1:
		oplist_add_modrm(l, size, RW);
		break;
	case 0xb2:
	case 0xb4:
	case 0xb5:
		oplist_add_memory(l, m->opsize + 2, R);
		break;
	case 0xb6:
	case 0xbe:
		oplist_add_modrm(l, 1, R);
		break;
	case 0xb7:
	case 0xbf:
		oplist_add_modrm(l, 2, R);
		break;
	case 0xb8: /* POPCNT */
		if (m->pp == MODRM_F3)
			oplist_add_modrm(l, m->opsize, R);
		else
			oplist_unknown(l);
		break;
	case 0xba:
		if (m->reg < 4)
			oplist_unknown(l);
		else
			oplist_add_modrm(l, m->opsize, m->reg == 4 ? R : RW);
		break;
	case 0xc3: /* MOVNTI */
		oplist_add_memory(l, m->opsize == 8 ? 8 : 4, W);
		break;
	case 0xc7:
		group9(l);
		break;
	case 0xf7:
		oplist_mask_move(l);
		break;
	default:
		oplist_vector(l);
		break;
	}
}
