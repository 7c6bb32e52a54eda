/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include "modrm.h"

#define RSP 4u

enum flow {
	FLOW_HALT, /* not to be run past: see struct flow_exits */
	FLOW_ON,
	FLOW_BRANCH,
	FLOW_JUMP
};

/*
 * Opcodes by rows of sixteen (SDM vol. 2, tables ).
 *   .  not to be run past
 *   p  goes on
 *   m  goes on, if neither reg nor rm is RSP
 *   g  goes on, if rm is not RSP (reg is no general register)
 *   r  goes on, if the register in the opcode is not RSP
 *   s  see special()
 *   b  conditional jump
 *   j  jump
 * It is not looked at whether the register is written.  RDMSR, RDPMC and STAC
 * are not run past: guests try what they do, or what comes behind, with a
 * handler of its fault that goes on elsewhere.  Nor is STI: KVMs are known
 * where an exit between it and HLT leaves the vCPU halted for good.
 */
static const char one_byte[16][17] = {
    "mmmmpp..mmmmpp..", "mmmmpp..mmmmpp..", "mmmmpp..mmmmpp..",
    "mmmmpp..mmmmpp..", "rrrrrrrrrrrrrrrr", "................",
    "...m.....m.mpppp", "bbbbbbbbbbbbbbbb", "gg.gmmmmmmmmgm..",
    "rrrrrrrrpp.p..pp", "pppppppppppppppp", "rrrrrrrrrrrrrrrr",
    "gg....ss........", "gggg...ppppppppp", "bbbbpppp.j.jpppp",
    ".....pggppp.ppss",
};

static const char two_byte[16][17] = {
    ".smm.........p..", "ppppppppgggggggg", "........ppppmmpp",
    ".p..............", "mmmmmmmmmmmmmmmm", "mppppppppppppppp",
    "pppppppppppppppp", "pppppppp..ppppgp", "bbbbbbbbbbbbbbbb",
    "gggggggggggggggg", "..pmmm.....mmmsm", "mm.m..mmm.gmmmmm",
    "mmpmpmpsrrrrrrrr", "pppppppmpppppppp", "pppppppppppppppp",
    "ppppppppppppppp.",
};

static bool rm_is_rsp(const struct modrm *m)
{
	return m->present && m->mod == 3 && m->rm_ext == RSP;
}

static bool names_rsp(const struct modrm *m)
{
	return rm_is_rsp(m) || (m->present && m->reg_ext == RSP);
}

static bool special(const struct modrm *m)
{
	if (m->map == 0 && m->opcode <= 0xc7) /* MOV; others are XBEGIN ... */
		return m->reg == 0 && !rm_is_rsp(m);
	if (m->map == 0) /* INC, DEC; others call and jump */
		return m->reg <= 1 && !rm_is_rsp(m);
	if (m->opcode == 0x01) /* RDTSCP */
		return m->mod == 3 && m->pp == MODRM_NP && m->reg == 7 &&
		       m->rm == 1;
	if (m->opcode == 0xae) /* FXSAVE and its like, CLFLUSH; fences */
		return m->mod != 3 || m->pp == MODRM_NP;
	/* 0F C7: CMPXCHG8B; RDRAND, RDSEED */
	return m->mod == 3 ? m->reg >= 6 && !rm_is_rsp(m) : m->reg == 1;
}

/* A vector instruction writes no general register but in these. */
static bool vector_goes_on(const struct modrm *m)
{
	uint8_t op = m->opcode;

	if (m->map == 1)
		return (op != 0x2c && op != 0x2d && op != 0x50 && op != 0x78 &&
			op != 0x79 && op != 0x7e && op != 0x93 && op != 0xc5 &&
			op != 0xd7) ||
		       !names_rsp(m);
	if (m->map == 2)
		/* a destination of BLSR and its like, and of MULX, is in
		 * VEX.vvvv; E0-EF are CMPccXADD */
		return op < 0xe0 || (op != 0xf3 && op != 0xf6 && !names_rsp(m));
	if (m->map == 3)
		return (op != 0xf0 && (op < 0x14 || op > 0x17)) ||
		       !names_rsp(m);
	return (m->map == 5 || m->map == 6) && !names_rsp(m);
}

static bool three_byte_goes_on(const struct modrm *m)
{
	if (m->map == 3)
		return m->opcode < 0x14 || m->opcode > 0x17 || !names_rsp(m);
	/* INVEPT, INVVPID, INVPCID; MOVBE, CRC32 and their like */
	if (m->opcode >= 0x80 && m->opcode <= 0x82)
		return false;
	return m->opcode < 0xf0 || !names_rsp(m);
}

static enum flow flow_of(const struct modrm *m)
{
	char kind;

	if (m->encoding != MODRM_LEGACY)
		return vector_goes_on(m) ? FLOW_ON : FLOW_HALT;
	if (m->map > 1)
		return three_byte_goes_on(m) ? FLOW_ON : FLOW_HALT;
	kind = (m->map ? two_byte : one_byte)[m->opcode >> 4][m->opcode & 15u];
	switch (kind) {
	case 'p':
		return FLOW_ON;
	case 'm':
		return names_rsp(m) ? FLOW_HALT : FLOW_ON;
	case 'g':
		return rm_is_rsp(m) ? FLOW_HALT : FLOW_ON;
	case 'r':
		return m->rm_ext == RSP ? FLOW_HALT : FLOW_ON;
	case 's':
		return special(m) ? FLOW_ON : FLOW_HALT;
	case 'b':
		/* CPUs differ in what a size prefix does here */
		return m->opsize66 ? FLOW_HALT : FLOW_BRANCH;
	case 'j':
		return m->opsize66 ? FLOW_HALT : FLOW_JUMP;
	default:
		return FLOW_HALT;
	}
}

struct walk {
	const uint8_t *code;
	size_t n;
	uint64_t start, size;
	unsigned bits;
	bool seen[FLOW_SIZE_MAX];
	uint16_t todo[FLOW_SIZE_MAX]; /* offsets; each is there once at most */
	unsigned waiting;
	struct flow_exits *out;
	bool overflow;
};

static void add_exit(struct walk *w, uint64_t addr)
{
	unsigned i;

	for (i = 0; i < w->out->count; i++)
		if (w->out->at[i] == addr)
			return;
	if (w->out->count == FLOW_EXITS_MAX)
		w->overflow = true;
	else
		w->out->at[w->out->count++] = addr;
}

static void go_to(struct walk *w, uint64_t addr)
{
	uint64_t at;

	addr = modrm_truncate(addr, w->bits);
	at = addr - w->start;
	if (at >= w->size) {
		add_exit(w, addr);
	} else if (!w->seen[at]) {
		w->seen[at] = true;
		w->todo[w->waiting++] = (uint16_t)at;
	}
}

static uint64_t displacement(const struct modrm *m)
{
	bool byte = m->map == 0 && m->opcode != 0xe9;

	return byte ? (uint64_t)(int8_t)m->imm : (uint64_t)(int32_t)m->imm;
}

static void follow(struct walk *w, unsigned at)
{
	uint64_t addr = w->start + at, next;
	struct modrm m;
	enum flow flow = FLOW_HALT;

	if (modrm_decode(w->code + at, w->n - at, w->bits, &m))
		flow = flow_of(&m);
	if (flow == FLOW_HALT) {
		add_exit(w, addr);
		return;
	}
	next = addr + m.len;
	if (flow != FLOW_JUMP)
		go_to(w, next);
	if (flow != FLOW_ON)
		go_to(w, next + displacement(&m));
}

bool flow_exits(const uint8_t *code, size_t n, uint64_t start, uint64_t size,
		uint64_t rip, unsigned bits, struct flow_exits *out)
{
	struct walk w = {.code = code,
			 .n = n,
			 .start = start,
			 .size = size,
			 .bits = bits,
			 .out = out};

	out->count = 0;
	if (size > FLOW_SIZE_MAX || n < size || rip - start >= size)
		return false;
	go_to(&w, rip);
	while (w.waiting && !w.overflow)
		follow(&w, w.todo[--w.waiting]);
	return !w.overflow;
}
