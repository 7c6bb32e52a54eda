/* SPDX-License-Identifier: MIT */
#include "operand.h"

#include "oplist.h"

/* MOVBE and CRC32, whose size 66 tells with F2 as well; MOVDIR64B. */
static bool integer_0f38(struct oplist *l)
{
	const struct modrm *m = l->m;

	if (m->encoding != MODRM_LEGACY)
		return false;
	if ((m->opcode == 0xf0 || m->opcode == 0xf1) && m->pp == MODRM_F2) {
		oplist_add_modrm(l, m->opcode == 0xf0 ? 1 : m->opsize, R);
		return true;
	}
	if ((m->opcode == 0xf0 || m->opcode == 0xf1) && m->pp != MODRM_F3) {
		oplist_add_memory(l, m->opsize, m->opcode == 0xf0 ? R : W);
		return true;
	}
	if (m->opcode == 0xf8 && m->pp == MODRM_66) {
		oplist_add_memory(l, 64, R);
		oplist_add_at(l, SEG_ES, oplist_reg(l, m->reg_ext, m->addrbits),
			      64, W);
		return true;
	}
	return false;
}

/* KMOV: of 2, 8 (W), 1 (66) or 4 (both) bytes. */
static void mask_register(struct oplist *l)
{
	const struct modrm *m = l->m;
	unsigned len = m->pp == MODRM_66 ? (m->w ? 4 : 1) : m->w ? 8 : 2;

	if (m->pp > MODRM_66)
		oplist_unknown(l);
	else
		oplist_add_modrm(l, len, m->opcode == 0x90 ? R : W);
}

static void vex_two_byte(struct oplist *l)
{
	const struct modrm *m = l->m;

	if (m->opcode == 0x77) /* VZEROUPPER */
		return;
	if (m->opcode == 0x90 || m->opcode == 0x91)
		mask_register(l);
	else if (m->opcode == 0xae && (m->reg == 2 || m->reg == 3))
		oplist_add_memory(l, 4, m->reg == 2 ? R : W);
	else if (m->opcode == 0xf7)
		oplist_mask_move(l);
	else
		oplist_vector(l);
}

int operand_list(const uint8_t *code, size_t n,
		 const struct operand_state *state,
		 struct operand out[OPERAND_MAX])
{
	struct modrm m;
	struct oplist l = {.m = &m, .state = state, .out = out};

	if (!modrm_decode(code, n, state->bits, &m))
		return -1;
	if (m.map == 0)
		operand_map0(&l);
	else if (m.map == 1 && m.encoding == MODRM_LEGACY)
		operand_map1(&l);
	else if (m.map == 1 && m.encoding == MODRM_VEX)
		vex_two_byte(&l);
	else if (m.map != 2 || !integer_0f38(&l))
		oplist_vector(&l);
	return l.count;
}
