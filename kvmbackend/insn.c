/* SPDX-License-Identifier: MIT */
#include "insn.h"

#include "modrm.h"

struct prefixes {
	bool lock, opsize;
	uint8_t rex;
};

static bool is_legacy_prefix(uint8_t b)
{
	switch (b) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return false;
	}
}

/* A REX prefix counts only directly before the opcode. */
static size_t read_prefixes(const uint8_t *p, size_t n, unsigned bits,
			    struct prefixes *pre)
{
	size_t i = 0;

	*pre = (struct prefixes){0};
	for (; i < n; i++) {
		if (is_legacy_prefix(p[i])) {
			pre->rex = 0;
			pre->lock |= p[i] == 0xf0;
			pre->opsize |= p[i] == 0x66;
		} else if (bits == 64 && (p[i] & 0xf0) == 0x40) {
			pre->rex = p[i];
		} else {
			break;
		}
	}
	return i;
}

static unsigned operand_size(unsigned bits, const struct prefixes *pre,
			     bool defaults_to_64)
{
	if (bits == 64) {
		if (pre->rex & 8)
			return 8;
		if (pre->opsize)
			return 2;
		return defaults_to_64 ? 8 : 4;
	}
	return (bits == 32) != pre->opsize ? 4 : 2;
}

static bool decode_two_byte(const uint8_t *p, size_t n, size_t at,
			    const struct prefixes *pre, struct insn *insn)
{
	uint8_t op, modrm;

	if (at >= n)
		return false;
	op = p[at];
	if (op == 0x05 || op == 0x34) {
		insn->cls = op == 0x05 ? INSN_SYSCALL : INSN_SYSENTER;
		insn->len = (unsigned)at + 1;
		return true;
	}
	if (op == 0x07) {
		insn->cls = INSN_SYSRET;
		insn->opsize = pre->rex & 8 ? 8 : 4;
		insn->len = (unsigned)at + 1;
		return true;
	}
	if (op != 0x21 && op != 0x23)
		return true;
	if (at + 1 >= n)
		return false;
	/* mod is ignored: the operand is always a register (SDM, MOV DR). */
	modrm = p[at + 1];
	insn->cls = op == 0x21 ? INSN_MOV_FROM_DR : INSN_MOV_TO_DR;
	insn->dr = ((modrm >> 3) & 7u) | (pre->rex & 4 ? 8u : 0);
	insn->gpr = (modrm & 7u) | (pre->rex & 1 ? 8u : 0);
	insn->len = (unsigned)at + 2;
	return true;
}

/* `jmp rel` whose target is its own start, prefixes included.  False if N bytes
 * are too few to tell. */
static bool decode_jump(const uint8_t *p, size_t n, size_t at, unsigned bits,
			struct insn *insn)
{
	unsigned len = (unsigned)at + (p[at] == 0xeb ? 2 : 5);
	int32_t rel;

	insn->len = 0;
	if (p[at] == 0xe9 && (bits == 16 || insn->opsize == 2))
		return true; /* rel16 */
	if (n < len)
		return false;
	if (p[at] == 0xeb)
		rel = p[at + 1] < 0x80 ? p[at + 1] : p[at + 1] - 0x100;
	else
		rel = (int32_t)(p[at + 1] | (uint32_t)p[at + 2] << 8 |
				(uint32_t)p[at + 3] << 16 |
				(uint32_t)p[at + 4] << 24);
	if (rel == -(int32_t)len) {
		insn->cls = INSN_JUMP_SELF;
		insn->len = len;
	}
	return true;
}

static bool decode_mov_sreg(const uint8_t *p, size_t n, size_t at,
			    unsigned bits, struct insn *insn)
{
	struct modrm m;

	insn->len = 0;
	if (at + 1 >= n)
		return false;
	if ((p[at + 1] & 0x38) != 0x10)
		return true;
	if (!modrm_decode(p, n, bits, &m))
		return false;
	insn->cls = INSN_MOV_SS;
	insn->len = m.len;
	return true;
}

bool insn_decode(const uint8_t *bytes, size_t n, unsigned bits,
		 struct insn *insn)
{
	struct prefixes pre;
	size_t at;

	if (n > INSN_MAX)
		n = INSN_MAX;
	*insn = (struct insn){.cls = INSN_OTHER};
	at = read_prefixes(bytes, n, bits, &pre);
	if (at >= n)
		return false;
	insn->lock = pre.lock;
	insn->opsize = operand_size(bits, &pre, true);
	insn->len = (unsigned)at + 1;

	switch (bytes[at]) {
	case 0x0f:
		insn->len = 0;
		return decode_two_byte(bytes, n, at + 1, &pre, insn);
	case 0x9c:
		insn->cls = INSN_PUSHF;
		return true;
	case 0x9d:
		insn->cls = INSN_POPF;
		return true;
	case 0xcf:
		/* IRET, unlike POPF, is 32 bits wide by default in 64-bit mode
		 */
		insn->cls = INSN_IRET;
		insn->opsize = operand_size(bits, &pre, false);
		return true;
	case 0xf1:
		insn->cls = INSN_ICEBP;
		return true;
	case 0xcc:
		insn->cls = INSN_INT;
		insn->vector = 3;
		return true;
	case 0xce:
		if (bits == 64)
			break; /* #UD */
		insn->cls = INSN_INT;
		insn->vector = 4;
		insn->overflow = true;
		return true;
	case 0xcd:
		if (at + 1 >= n) {
			insn->len = 0;
			return false;
		}
		insn->cls = INSN_INT;
		insn->vector = bytes[at + 1];
		insn->len = (unsigned)at + 2;
		return true;
	case 0x17:
		if (bits == 64)
			break; /* #UD */
		insn->cls = INSN_MOV_SS;
		return true;
	case 0x8e:
		return decode_mov_sreg(bytes, n, at, bits, insn);
	case 0xe9:
	case 0xeb:
		return decode_jump(bytes, n, at, bits, insn);
	default:
		break;
	}
	insn->len = 0;
	return true;
}
