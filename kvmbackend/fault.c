/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include "modrm.h"

#define CR0_EM UINT64_C(4)
#define CR0_TS UINT64_C(8)

#define DE (UINT32_C(1) << 0)
#define UD (UINT32_C(1) << 6)
#define NM (UINT32_C(1) << 7)
#define SS (UINT32_C(1) << 12)
#define GP (UINT32_C(1) << 13)
#define PF (UINT32_C(1) << 14)
#define MF (UINT32_C(1) << 16)
#define XM (UINT32_C(1) << 19)

static bool canonical(uint64_t addr)
{
	/* by 57 bits: with four levels the walk fails beyond 48 */
	return addr + (UINT64_C(1) << 56) < UINT64_C(1) << 57;
}

static uint32_t of_operands(struct kvmgdb_vcpu *v, const struct operand *op,
			    int count)
{
	uint32_t out = 0;
	int i;

	for (i = 0; i < count; i++) {
		if (vcpu_code_bits(v) == 64 && !canonical(op[i].addr))
			out |= GP | SS;
		else if (!vcpu_may_access(v, op[i].addr, op[i].len,
					  op[i].write))
			out |= PF | GP;
	}
	return out;
}

/* Instructions that ring 0 only may use, or that check what they are given. */
static bool checks(const struct modrm *m)
{
	uint8_t op = m->opcode;

	if (m->map == 0)
		return op == 0xf4 || op == 0xfa || op == 0xfb || op == 0xcd ||
		       op == 0x8e || op == 0xca || op == 0xcb || op == 0xcf ||
		       (op >= 0x6c && op <= 0x6f) ||
		       (op >= 0xe4 && op <= 0xe7) ||
		       (op >= 0xec && op <= 0xef) ||
		       (op == 0xff && (m->reg == 3 || m->reg == 5));
	return m->map == 1 && m->encoding == MODRM_LEGACY &&
	       (op <= 0x01 || op == 0x06 || op == 0x07 || op == 0x08 ||
		op == 0x09 || (op >= 0x20 && op <= 0x23) ||
		(op >= 0x30 && op <= 0x37) || op == 0x35 || op == 0xa1 ||
		op == 0xa9 || op == 0xb2 || op == 0xb4 || op == 0xb5 ||
		op == 0x78 || op == 0x79 || op == 0xae || op == 0xc7);
}

static uint32_t of_opcode(struct kvmgdb_vcpu *v, const struct modrm *m)
{
	uint64_t cr0 = regfile_sregs(v->rf)->cr0;
	bool x87 = m->map == 0 && (m->opcode & 0xf8) == 0xd8;
	uint32_t out = checks(m) ? GP : 0;

	if (m->map == 0 &&
	    (((m->opcode & 0xfe) == 0xf6 && m->reg >= 6) || m->opcode == 0xd4))
		out |= DE;
	/* UD2, UD1, UD0 */
	if (m->map == 1 &&
	    (m->opcode == 0x0b || m->opcode == 0xb9 || m->opcode == 0xff))
		out |= UD;
	if ((x87 || m->map) && (cr0 & (CR0_EM | CR0_TS)))
		out |= NM | UD;
	if (x87 || (m->map == 0 && m->opcode == 0x9b))
		out |= MF;
	if (m->encoding != MODRM_LEGACY ||
	    (m->map == 1 && (m->opcode & 0xf0) == 0x50))
		out |= XM;
	return out;
}

uint32_t fault_likely(struct kvmgdb_vcpu *v, const uint8_t *code, size_t n,
		      const struct operand *operands, int count)
{
	struct modrm m;

	if (!modrm_decode(code, n, vcpu_code_bits(v), &m))
		return UD | PF;
	return of_opcode(v, &m) |
	       (count < 0 ? PF : of_operands(v, operands, count));
}
