/* SPDX-License-Identifier: MIT */
/*
 * The decoder, from the opcode tables of SDM vol. 2.  All input ends at a page
 * that may not be touched.
 */
#include "kvmbackend/insn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE ((size_t)4096)

/* Two pages, the second without access. */
static int map_fence(void **state)
{
	uint8_t *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + PAGE, PAGE, PROT_NONE))
		return -1;
	*state = p;
	return 0;
}

static int unmap_fence(void **state)
{
	return munmap(*state, 2 * PAGE);
}

static bool decode(void **state, const void *bytes, size_t n, unsigned bits,
		   struct insn *insn)
{
	uint8_t *at = (uint8_t *)*state + PAGE - n;

	if (n)
		memcpy(at, bytes, n);
	memset(insn, 0xa5, sizeof(*insn));
	return insn_decode(at, n, bits, insn);
}

struct row {
	const char *bytes;
	unsigned n, bits;
	enum insn_class cls;
	unsigned opsize;
	uint8_t vector;
	bool lock;
};

#define B(s) s, sizeof(s) - 1

static const struct row rows[] = {
    /* PUSHF, POPF: 64 bits wide in 64-bit mode */
    {B("\x9c"), 64, INSN_PUSHF, 8, 0, false},
    {B("\x66\x9c"), 64, INSN_PUSHF, 2, 0, false},
    {B("\x66\x48\x9c"), 64, INSN_PUSHF, 8, 0, false},
    {B("\x9c"), 32, INSN_PUSHF, 4, 0, false},
    {B("\x66\x9c"), 32, INSN_PUSHF, 2, 0, false},
    {B("\x9c"), 16, INSN_PUSHF, 2, 0, false},
    {B("\x66\x9c"), 16, INSN_PUSHF, 4, 0, false},
    {B("\x9d"), 64, INSN_POPF, 8, 0, false},
    {B("\x66\x9d"), 64, INSN_POPF, 2, 0, false},
    {B("\x9d"), 32, INSN_POPF, 4, 0, false},
    {B("\x9d"), 16, INSN_POPF, 2, 0, false},
    {B("\x66\x9d"), 16, INSN_POPF, 4, 0, false},
    {B("\xf0\x9d"), 64, INSN_POPF, 8, 0, true},
    /* IRET: 32 bits wide even there */
    {B("\xcf"), 64, INSN_IRET, 4, 0, false},
    {B("\x48\xcf"), 64, INSN_IRET, 8, 0, false},
    {B("\x66\xcf"), 64, INSN_IRET, 2, 0, false},
    {B("\x66\x48\xcf"), 64, INSN_IRET, 8, 0, false},
    {B("\xcf"), 32, INSN_IRET, 4, 0, false},
    {B("\x66\xcf"), 32, INSN_IRET, 2, 0, false},
    {B("\xcf"), 16, INSN_IRET, 2, 0, false},
    {B("\x66\xcf"), 16, INSN_IRET, 4, 0, false},
    /* INT n, INT3, INTO (not in 64-bit mode), INT1 */
    {B("\xcd\x80"), 64, INSN_INT, 8, 0x80, false},
    {B("\xcd\x00"), 32, INSN_INT, 4, 0, false},
    {B("\xcd\xff"), 16, INSN_INT, 2, 0xff, false},
    {B("\xcc"), 64, INSN_INT, 8, 3, false},
    {B("\xce"), 32, INSN_INT, 4, 4, false},
    {B("\xce"), 16, INSN_INT, 2, 4, false},
    {B("\xf1"), 64, INSN_ICEBP, 8, 0, false},
    {B("\xf1"), 16, INSN_ICEBP, 2, 0, false},
    {B("\x0f\x05"), 64, INSN_SYSCALL, 8, 0, false},
    {B("\x48\x0f\x05"), 64, INSN_SYSCALL, 8, 0, false},
    {B("\x0f\x34"), 32, INSN_SYSENTER, 4, 0, false},
    /* SYSRET: to 64-bit mode only with REX.W */
    {B("\x0f\x07"), 64, INSN_SYSRET, 4, 0, false},
    {B("\x48\x0f\x07"), 64, INSN_SYSRET, 8, 0, false},
    {B("\x47\x0f\x07"), 64, INSN_SYSRET, 4, 0, false},
    {B("\x66\x0f\x07"), 64, INSN_SYSRET, 4, 0, false},
    {B("\x0f\x07"), 32, INSN_SYSRET, 4, 0, false},
    /* jumps to themselves, prefixes included */
    {B("\xeb\xfe"), 64, INSN_JUMP_SELF, 8, 0, false},
    {B("\xeb\xfe"), 16, INSN_JUMP_SELF, 2, 0, false},
    {B("\x3e\xeb\xfd"), 64, INSN_JUMP_SELF, 8, 0, false},
    {B("\xe9\xfb\xff\xff\xff"), 64, INSN_JUMP_SELF, 8, 0, false},
    {B("\xe9\xfb\xff\xff\xff"), 32, INSN_JUMP_SELF, 4, 0, false},
    {B("\x2e\xe9\xfa\xff\xff\xff"), 32, INSN_JUMP_SELF, 4, 0, false},
    /* MOV SS, POP SS (not in 64-bit mode) */
    {B("\x8e\xd0"), 64, INSN_MOV_SS, 8, 0, false},
    {B("\x44\x8e\xd0"), 64, INSN_MOV_SS, 8, 0, false},
    {B("\x8e\x14\x25\x00\x10\x00\x00"), 64, INSN_MOV_SS, 8, 0, false},
    {B("\x8e\x16\x00\x10"), 16, INSN_MOV_SS, 2, 0, false},
    {B("\x17"), 32, INSN_MOV_SS, 4, 0, false},
    /* every kind of legacy prefix */
    {B("\x26\x2e\x36\x3e\x64\x65\x67\xf2\xf3\x9c"), 64, INSN_PUSHF, 8, 0,
     false},
    /* REX counts last, and only as the last */
    {B("\x48\x66\x9c"), 64, INSN_PUSHF, 2, 0, false},
    {B("\x48\x40\xcf"), 64, INSN_IRET, 4, 0, false},
    {B("\x40\x48\xcf"), 64, INSN_IRET, 8, 0, false},
    /* fourteen prefixes: the longest that there is */
    {B("\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x9c"), 64,
     INSN_PUSHF, 2, 0, false},
};

static void test_classes(void **state)
{
	unsigned i, n;
	struct insn in;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		assert_true(decode(state, r->bytes, r->n, r->bits, &in));
		assert_int_equal(in.cls, r->cls);
		assert_int_equal(in.overflow, (uint8_t)r->bytes[0] == 0xce);
		assert_int_equal(in.len, r->n);
		assert_int_equal(in.opsize, r->opsize);
		assert_int_equal(in.lock, r->lock);
		if (r->cls == INSN_INT)
			assert_int_equal(in.vector, r->vector);
		/* a part of it is not enough, and not something else */
		for (n = 0; n < r->n; n++) {
			bool enough = decode(state, r->bytes, n, r->bits, &in);

			assert_int_equal(in.cls, INSN_OTHER);
			assert_int_equal(in.len, 0);
			assert_false(enough);
		}
	}
}

/* What comes after it does not matter. */
static void test_tail_ignored(void **state)
{
	uint8_t bytes[32];
	unsigned i;
	struct insn in;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(bytes, 0x0f, sizeof(bytes));
		memcpy(bytes, rows[i].bytes, rows[i].n);
		assert_true(
		    decode(state, bytes, sizeof(bytes), rows[i].bits, &in));
		assert_int_equal(in.cls, rows[i].cls);
		assert_int_equal(in.len, rows[i].n);
	}
}

static void test_others(void **state)
{
	static const struct {
		const char *bytes;
		unsigned n, bits;
	} other[] = {
	    {B("\x90"), 64},
	    {B("\xce"), 64}, /* INTO: #UD there */
	    {B("\xc3"), 64},
	    {B("\x0f\x20\xc0"), 64}, /* MOV CR */
	    {B("\x0f\x22\xc0"), 64},
	    {B("\x0f\xa2"), 64},
	    {B("\xeb\x00"), 64},
	    {B("\xeb\xfd"), 64},
	    {B("\xeb\xff"), 64},
	    {B("\x3e\xeb\xfe"), 64}, /* to its second byte */
	    {B("\x74\xfe"), 64},
	    {B("\xe9\xfc\xff\xff\xff"), 64},
	    {B("\xe9\xfb\xff\xff\x7f"), 64},
	    {B("\xe9\xfb\x00\x00\x00"), 64},
	    /* rel16, whatever follows it */
	    {B("\x66\xe9\xfa\xff\xff\xff"), 32},
	    {B("\xe9\xfb\xff\xff\xff"), 16},
	    {B("\x48\x9c"), 32}, /* no REX: DEC EAX */
	    {B("\x41\x9c"), 16},
	};
	unsigned i;
	struct insn in;

	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		assert_true(decode(state, other[i].bytes, other[i].n,
				   other[i].bits, &in));
		assert_int_equal(in.cls, INSN_OTHER);
		assert_int_equal(in.len, 0);
	}
}

/* All ModRM bytes, with all REX prefixes and none: REX.R names DR8-DR15
 * (which are #UD), REX.B the other half of the registers; mod is ignored. */
static void test_mov_dr(void **state)
{
	static const unsigned modes[] = {16, 32, 64};
	unsigned m, to, rex, modrm, at;
	struct insn in;

	for (m = 0; m < 3; m++)
		for (to = 0; to < 2; to++)
			for (rex = 0; rex <= (modes[m] == 64 ? 16 : 0); rex++)
				for (modrm = 0; modrm < 256; modrm++) {
					uint8_t b[4];
					unsigned bits = rex ? rex - 1 : 0;

					at = 0;
					if (rex)
						b[at++] =
						    (uint8_t)(0x40 | bits);
					b[at++] = 0x0f;
					b[at++] = to ? 0x23 : 0x21;
					b[at++] = (uint8_t)modrm;
					assert_true(decode(state, b, at,
							   modes[m], &in));
					assert_int_equal(in.cls,
							 to ? INSN_MOV_TO_DR
							    : INSN_MOV_FROM_DR);
					assert_int_equal(in.len, at);
					assert_int_equal(in.dr,
							 (modrm >> 3 & 7) |
							     (bits & 4) << 1);
					assert_int_equal(in.gpr, (modrm & 7) |
								     (bits & 1)
									 << 3);
					assert_false(in.lock);
					while (at-- > 0)
						assert_false(
						    decode(state, b, at,
							   modes[m], &in));
				}
}

static void test_mov_dr_prefixes(void **state)
{
	struct insn in;

	/* LOCK is #UD; 66, 67, F2, F3 and segments are ignored */
	assert_true(decode(state, B("\xf0\x0f\x23\xf8"), 64, &in));
	assert_true(in.lock);
	assert_int_equal(in.cls, INSN_MOV_TO_DR);
	assert_true(
	    decode(state, B("\x66\x67\xf2\xf3\x2e\x0f\x21\xf9"), 64, &in));
	assert_int_equal(in.cls, INSN_MOV_FROM_DR);
	assert_int_equal(in.dr, 7);
	assert_int_equal(in.gpr, 1);
	assert_int_equal(in.len, 8);
	assert_false(in.lock);
	/* REX before another prefix is no REX */
	assert_true(decode(state, B("\x45\x66\x0f\x23\xc0"), 64, &in));
	assert_int_equal(in.dr, 0);
	assert_int_equal(in.gpr, 0);
	assert_int_equal(in.len, 5);
	/* and the last one of two counts */
	assert_true(decode(state, B("\x45\x41\x0f\x23\xc0"), 64, &in));
	assert_int_equal(in.dr, 0);
	assert_int_equal(in.gpr, 8);
}

/* More than 15 bytes is #GP, not an instruction. */
static void test_too_long(void **state)
{
	uint8_t b[32];
	struct insn in;

	memset(b, 0x66, sizeof(b));
	assert_false(decode(state, b, sizeof(b), 64, &in));
	b[15] = 0x9c;
	assert_false(decode(state, b, sizeof(b), 64, &in));
	assert_int_equal(in.cls, INSN_OTHER);
	b[13] = 0x0f;
	b[14] = 0x23;
	b[15] = 0xc0;
	assert_false(decode(state, b, sizeof(b), 64, &in));
	assert_int_equal(in.cls, INSN_OTHER);
}

/* All sequences of two bytes, with all tails of up to 15 bytes of one value:
 * nothing is longer than what it was read from. */
static void test_bounds(void **state)
{
	static const unsigned modes[] = {16, 32, 64};
	static const uint8_t tails[] = {0x00, 0x0f, 0x23, 0x48, 0x66, 0xff};
	unsigned m, first, second, t, n;
	uint8_t b[16];
	struct insn in;

	for (m = 0; m < 3; m++)
		for (t = 0; t < sizeof(tails); t++)
			for (first = 0; first < 256; first++)
				for (second = 0; second < 256; second++) {
					memset(b, tails[t], sizeof(b));
					b[0] = (uint8_t)first;
					b[1] = (uint8_t)second;
					for (n = 0; n <= 16; n++) {
						bool ok = decode(state, b, n,
								 modes[m], &in);

						if (in.len > n ||
						    in.len > INSN_MAX)
							fail();
						if (!ok && in.cls != INSN_OTHER)
							fail();
						if (!in.len !=
						    (in.cls == INSN_OTHER))
							fail();
					}
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_tail_ignored),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_mov_dr),
	    cmocka_unit_test(test_mov_dr_prefixes),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, map_fence, unmap_fence);
}
