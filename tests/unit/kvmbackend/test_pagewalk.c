/* SPDX-License-Identifier: MIT */
/* pagewalk against a second walker, which is put together bit by bit from the
 * tables of SDM vol. 3A, chapter 4, over random page tables; and cases by
 * hand. */
#include "kvmbackend/pagewalk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BIT(n) (UINT64_C(1) << (n))

#define PG   BIT(31)
#define PSE  BIT(4)
#define PAE  BIT(5)
#define LA57 BIT(12)
#define LMA  BIT(10)
#define NXE  BIT(11)

#define P  BIT(0)
#define RW BIT(1)
#define US BIT(2)
#define PS BIT(7)
#define XD BIT(63)

#define PAGES 64u

/*
 * Physical memory of 2^52 bytes made of PAGES pages, again and again, so that
 * any random entry leads somewhere; with a hole now and then.
 */
struct memory {
	union {
		uint64_t q[PAGES][512];
		uint32_t d[PAGES][1024];
	} u;
	unsigned entry_size; /* what the walker must ask for */
	uint64_t limit;      /* first gpa that the CPU could not address */
	bool holes;
};

static uint64_t xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool read_entry(void *ctx, uint64_t gpa, void *buf, unsigned size)
{
	const struct memory *memory = ctx;
	const uint64_t page = gpa >> 12;

	assert_int_equal(size, memory->entry_size);
	assert_int_equal(gpa % size, 0);
	assert_true(gpa < memory->limit);
	if (memory->holes && page * UINT64_C(0x9e3779b97f4a7c15) >> 60 == 0)
		return false;
	if (size == 8)
		*(uint64_t *)buf = memory->u.q[page % PAGES][gpa % 4096 / 8];
	else
		*(uint32_t *)buf = memory->u.d[page % PAGES][gpa % 4096 / 4];
	return true;
}

/* ---- the second walker ---- */

enum paging { NONE, BITS32, PAE3, LEVEL4, LEVEL5 };

struct reference {
	enum paging paging;
	unsigned maxphyaddr;
	bool pse, nxe;
	struct memory *memory;
	uint64_t gva;
	struct pagewalk_result result;
};

static bool between(unsigned bit, unsigned high, unsigned low)
{
	return bit >= low && bit <= high;
}

/* LEVEL: 1 page table, 2 directory, 3 PDPT, 4 PML4, 5 PML5. */
static bool maps_page(const struct reference *ref, unsigned level,
		      uint64_t entry)
{
	if (level == 1)
		return true;
	if (!(entry & PS))
		return false;
	switch (ref->paging) {
	case BITS32:
		return ref->pse;
	case PAE3:
		return level == 2;
	default:
		return level == 2 || level == 3;
	}
}

static bool bit_reserved(const struct reference *ref, unsigned level, bool maps,
			 unsigned bit)
{
	const unsigned m = ref->maxphyaddr;

	if (ref->paging == BITS32) {
		/* table 4-4: 21 always; 20:13 hold address bits 39:32 */
		if (level != 2 || !maps)
			return false;
		return bit == 21 ||
		       (between(bit, 20, 13) && bit - 13 + 32 >= m);
	}
	if (ref->paging == PAE3 && level == 3)
		/* table 4-8, without the bits that count only while MOV CR3
		 * loads the entry */
		return between(bit, 63, m);
	if (bit == 63)
		return !ref->nxe;
	if (ref->paging == PAE3 && between(bit, 62, m)) /* 4-9 to 4-11 */
		return true;
	if (between(bit, 51, m))
		return true;
	if (level >= 4) /* 4-14, 4-15 */
		return bit == 7;
	if (maps && level == 3) /* 4-16 */
		return between(bit, 29, 13);
	if (maps && level == 2) /* 4-18 */
		return between(bit, 20, 13);
	return false;
}

static unsigned page_bits(const struct reference *ref, unsigned level)
{
	static const unsigned of_level[] = {0, 12, 21, 30};

	return ref->paging == BITS32 && level == 2 ? 22 : of_level[level];
}

static void take_page(struct reference *ref, unsigned level, uint64_t entry)
{
	const unsigned offset_bits = page_bits(ref, level);
	unsigned bit;

	ref->result.page_size = BIT(offset_bits);
	for (bit = 0; bit < ref->maxphyaddr; bit++) {
		unsigned from = bit;
		uint64_t source = bit < offset_bits ? ref->gva : entry;

		if (ref->paging == BITS32 && bit >= 32) {
			if (level != 2 || bit > 39)
				continue;
			from = bit - 32 + 13;
		}
		if (source & BIT(from))
			ref->result.gpa |= BIT(bit);
	}
}

static unsigned table_index(const struct reference *ref, unsigned level)
{
	static const unsigned low_bit[] = {0, 12, 21, 30, 39, 48};

	if (ref->paging == BITS32)
		return ref->gva / (level == 2 ? BIT(22) : BIT(12)) % 1024;
	return ref->gva / BIT(low_bit[level]) % 512;
}

static bool reference_walk(struct reference *ref, unsigned level,
			   uint64_t table)
{
	const uint64_t size = ref->paging == BITS32 ? 4 : 8;
	uint64_t entry = 0;
	uint32_t entry32;
	unsigned bit;
	bool maps;

	if (!read_entry(ref->memory, table + table_index(ref, level) * size,
			size == 4 ? (void *)&entry32 : (void *)&entry,
			(unsigned)size))
		return false;
	if (size == 4)
		entry = entry32;
	if (!(entry & P))
		return false;
	maps = maps_page(ref, level, entry);
	for (bit = 0; bit < 64; bit++)
		if ((entry & BIT(bit)) && bit_reserved(ref, level, maps, bit))
			return false;
	if (ref->paging != PAE3 || level != 3) {
		if (!(entry & RW))
			ref->result.writable = false;
		if (!(entry & US))
			ref->result.user = false;
		if ((entry & XD) && ref->nxe)
			ref->result.executable = false;
	}
	if (maps) {
		take_page(ref, level, entry);
		return true;
	}
	/* reserved bits are clear: bits 51:12 are an address */
	return reference_walk(ref, level - 1,
			      entry & (BIT(52) - 1) & ~UINT64_C(0xfff));
}

static bool reference_canonical(uint64_t gva, unsigned width)
{
	unsigned bit;

	for (bit = width; bit < 64; bit++)
		if (!(gva & BIT(bit)) != !(gva & BIT(width - 1)))
			return false;
	return true;
}

static bool reference(const struct pagewalk_mode *mode, struct memory *memory,
		      uint64_t gva, struct pagewalk_result *result)
{
	struct reference ref = {
	    .maxphyaddr = mode->maxphyaddr ? mode->maxphyaddr : 52,
	    .pse = mode->cr4 & PSE,
	    .nxe = mode->efer & NXE,
	    .memory = memory,
	    .gva = gva,
	    .result = {.writable = true, .user = true, .executable = true}};
	uint64_t cr3 = mode->cr3;
	unsigned levels;
	bool ok;

	if (!(mode->cr0 & PG))
		ref.paging = NONE;
	else if (mode->efer & LMA)
		ref.paging = mode->cr4 & LA57 ? LEVEL5 : LEVEL4;
	else
		ref.paging = mode->cr4 & PAE ? PAE3 : BITS32;

	if (ref.paging < LEVEL4)
		ref.gva %= BIT(32);
	switch (ref.paging) {
	case NONE:
		ref.result.gpa = ref.gva;
		ref.result.page_size = 4096;
		*result = ref.result;
		return true;
	case BITS32:
		ref.nxe = false;
		levels = 2;
		cr3 = cr3 % BIT(32) / 4096 * 4096;
		break;
	case PAE3:
		levels = 3;
		cr3 = cr3 % BIT(32) / 32 * 32;
		break;
	default:
		levels = ref.paging == LEVEL5 ? 5 : 4;
		cr3 = cr3 % BIT(ref.maxphyaddr) / 4096 * 4096;
		if (!reference_canonical(gva, levels == 5 ? 57 : 48))
			return false;
	}
	ok = reference_walk(&ref, levels, cr3);
	*result = ref.result;
	return ok;
}

/* ---- random tables ---- */

static uint64_t random_entry(uint64_t *seed, unsigned maxphyaddr)
{
	const uint64_t how = xorshift(seed);
	uint64_t entry = xorshift(seed);

	entry |= P | (how & (RW | US));
	if (!(how >> 8 & 0x1f))
		entry &= ~P;
	if (how >> 13 & 3)
		entry &= ~PS;
	if (how >> 15 & 0xf) /* mostly nothing above the address */
		entry &= BIT(maxphyaddr) - 1;
	if (how >> 20 & 7)
		entry &= ~(BIT(30) - BIT(13)); /* mostly aligned */
	if (how >> 23 & 7)
		entry &= ~(BIT(8) | BIT(6) | BIT(5)); /* PDPTEs of PAE */
	if (how >> 26 & 1)
		entry &= ~(RW | US);
	if (!(how >> 27 & 0xf))
		entry |= XD;
	if (!(how >> 31 & 0xf)) /* one bit that may be reserved, or not */
		entry |= BIT(how >> 35 & 63);
	return entry;
}

static uint32_t random_entry32(uint64_t *seed)
{
	const uint64_t how = xorshift(seed);
	uint32_t entry = (uint32_t)xorshift(seed);

	entry |= (uint32_t)(P | (how & (RW | US)));
	if (!(how >> 8 & 0x1f))
		entry &= ~(uint32_t)P;
	if (how >> 13 & 3)
		entry &= ~((uint32_t)BIT(21) | (uint32_t)(BIT(18) - BIT(13)));
	return entry;
}

static void fill(struct memory *memory, uint64_t *seed, unsigned maxphyaddr,
		 bool entries32)
{
	unsigned page, i;

	for (page = 0; page < PAGES; page++)
		for (i = 0; i < (entries32 ? 1024 : 512); i++)
			if (entries32)
				memory->u.d[page][i] = random_entry32(seed);
			else
				memory->u.q[page][i] =
				    random_entry(seed, maxphyaddr);
}

static uint64_t random_gva(uint64_t *seed, enum paging paging)
{
	const uint64_t how = xorshift(seed);
	uint64_t gva = xorshift(seed);
	unsigned width = paging == LEVEL5 ? 57 : 48;

	if (paging < LEVEL4 || !(how & 7)) /* any */
		return gva;
	gva %= BIT(width);
	return gva & BIT(width - 1) ? gva - BIT(width) : gva;
}

/* Returns how many walks went wrong; counts outcomes by page size. */
struct outcomes {
	unsigned refused, size4k, size2m, size4m, size1g;
	unsigned writable, user, executable;
};

static void count(struct outcomes *outcomes, bool ok,
		  const struct pagewalk_result *result)
{
	if (!ok) {
		outcomes->refused++;
		return;
	}
	outcomes->size4k += result->page_size == BIT(12);
	outcomes->size2m += result->page_size == BIT(21);
	outcomes->size4m += result->page_size == BIT(22);
	outcomes->size1g += result->page_size == BIT(30);
	outcomes->writable += result->writable;
	outcomes->user += result->user;
	outcomes->executable += result->executable;
}

static void compare(struct memory *memory, const struct pagewalk_mode *mode,
		    uint64_t gva, struct outcomes *outcomes)
{
	struct pagewalk_result ours, theirs;
	const bool expected = reference(mode, memory, gva, &theirs);
	const int ret = pagewalk(mode, read_entry, memory, gva, &ours);

	count(outcomes, expected, &theirs);
	assert_int_equal(ret, expected ? 0 : -EFAULT);
	if (!expected)
		return;
	assert_int_equal(ours.gpa, theirs.gpa);
	assert_int_equal(ours.page_size, theirs.page_size);
	assert_int_equal(ours.writable, theirs.writable);
	assert_int_equal(ours.user, theirs.user);
	assert_int_equal(ours.executable, theirs.executable);
}

static void random_mode(enum paging paging, struct outcomes *outcomes)
{
	static const uint64_t cr4_of[] = {0, 0, PAE, PAE, PAE | LA57};
	static const unsigned widths[] = {32, 36, 39, 40, 41, 46, 48, 51, 52};
	static struct memory memory;
	uint64_t seed = 0x123456789abcdef + (uint64_t)paging;
	unsigned round, i;

	for (round = 0; round < 120; round++) {
		struct pagewalk_mode mode = {
		    .cr0 = paging == NONE ? 1 : PG | 1,
		    .cr4 = cr4_of[paging] | (xorshift(&seed) & PSE),
		    .efer = (paging >= LEVEL4 ? LMA | BIT(8) : 0) |
			    (xorshift(&seed) & NXE),
		    .maxphyaddr = widths[round % 9]};

		if (paging < LEVEL4) /* and LA57 has no say there */
			mode.cr4 |= xorshift(&seed) & LA57;
		memory.entry_size = paging == BITS32 ? 4 : 8;
		memory.limit = BIT(mode.maxphyaddr);
		memory.holes = round % 2;
		fill(&memory, &seed, mode.maxphyaddr, paging == BITS32);
		if (!(round % 8))
			mode.maxphyaddr = 0, memory.limit = BIT(52);
		for (i = 0; i < 2000; i++) {
			mode.cr3 = xorshift(&seed);
			compare(&memory, &mode, random_gva(&seed, paging),
				outcomes);
		}
	}
}

/* The outcomes are counted so that a test that meets only refusals fails. */
#define MANY 500u

static void test_random_none(void **state)
{
	struct outcomes outcomes = {0};

	(void)state;
	random_mode(NONE, &outcomes);
	assert_int_equal(outcomes.refused, 0);
}

static void assert_rights_vary(const struct outcomes *o)
{
	const unsigned all = o->size4k + o->size2m + o->size4m + o->size1g;

	assert_true(o->refused > MANY && o->size4k > MANY);
	assert_true(o->writable > MANY && o->writable < all);
	assert_true(o->user > MANY && o->user < all);
}

static void test_random_32bit(void **state)
{
	struct outcomes outcomes = {0};

	(void)state;
	random_mode(BITS32, &outcomes);
	assert_rights_vary(&outcomes);
	assert_true(outcomes.size4m > MANY);
}

static void test_random_pae(void **state)
{
	struct outcomes outcomes = {0};

	(void)state;
	random_mode(PAE3, &outcomes);
	assert_rights_vary(&outcomes);
	assert_true(outcomes.size2m > MANY);
	assert_true(outcomes.executable < outcomes.size4k + outcomes.size2m);
}

static void assert_long_mode(const struct outcomes *o)
{
	assert_rights_vary(o);
	assert_true(o->size2m > MANY && o->size1g > MANY);
	assert_true(o->executable < o->size4k + o->size2m + o->size1g);
}

static void test_random_4_levels(void **state)
{
	struct outcomes outcomes = {0};

	(void)state;
	random_mode(LEVEL4, &outcomes);
	assert_long_mode(&outcomes);
}

static void test_random_5_levels(void **state)
{
	struct outcomes outcomes = {0};

	(void)state;
	random_mode(LEVEL5, &outcomes);
	assert_long_mode(&outcomes);
}

/* ---- by hand ---- */

/* The tables of all modes lie in pages 1 to 5, the top one at 0x1000. */
struct hand {
	struct memory memory;
	struct pagewalk_mode mode;
	struct pagewalk_result result;
};

static struct hand start(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	return (struct hand){
	    .mode = {.cr0 = cr0,
		     .cr3 = 0x1000,
		     .cr4 = cr4,
		     .efer = efer,
		     .maxphyaddr = 46},
	    .memory = {.limit = BIT(46),
		       .entry_size = (cr4 & PAE) || (efer & LMA) ? 8 : 4}};
}

static int walk(struct hand *h, uint64_t gva)
{
	return pagewalk(&h->mode, read_entry, &h->memory, gva, &h->result);
}

static void test_no_paging(void **state)
{
	struct hand h = start(1, 0, 0);

	(void)state;
	assert_int_equal(walk(&h, 0xabcdef0112345678), 0);
	assert_int_equal(h.result.gpa, 0x12345678);
	assert_int_equal(h.result.page_size, 4096);
	assert_true(h.result.writable && h.result.user && h.result.executable);
}

static void test_32bit(void **state)
{
	struct hand h = start(PG | 1, 0, 0);

	(void)state;
	h.mode.cr3 |= 0x18; /* PCD, PWT */
	/* gva c0403123: directory 0x301, table 3 */
	h.memory.u.d[1][0x301] = 0x2000 | P | RW | PS; /* no PSE: a table */
	h.memory.u.d[2][3] = 0xfffff000 | P | US | PS; /* PS there is PAT */
	assert_int_equal(walk(&h, 0xc0403123), 0);
	assert_int_equal(h.result.gpa, 0xfffff123);
	assert_false(h.result.writable);
	assert_false(h.result.user);
	assert_int_equal(walk(&h, 0x77700000c0403123), 0);

	h.mode.cr4 = PSE;
	h.memory.u.d[1][0x301] = 0xaac00000 | P | RW | US | PS;
	assert_int_equal(walk(&h, 0xc0403123), 0);
	assert_int_equal(h.result.gpa, 0xaac03123);
	assert_int_equal(h.result.page_size, 4u << 20);
	assert_true(h.result.writable && h.result.user);

	h.memory.u.d[1][0x301] |= 0xa5u << 13; /* PSE-36 */
	assert_int_equal(walk(&h, 0xc0403123), 0);
	assert_int_equal(h.result.gpa, 0xa5aac03123);
	h.mode.maxphyaddr = 39;
	assert_int_equal(walk(&h, 0xc0403123), -EFAULT);
	h.mode.maxphyaddr = 46;
	h.memory.u.d[1][0x301] |= 1u << 21;
	assert_int_equal(walk(&h, 0xc0403123), -EFAULT);
}

static void test_pae(void **state)
{
	struct hand h = start(PG | 1, PAE, 0);

	(void)state;
	h.mode.cr3 = 0x1020; /* 32-byte aligned */
	h.memory.u.q[1][4 + 3] = 0x2000 | P;
	h.memory.u.q[2][2] = 0x3000 | P | RW | US;
	h.memory.u.q[3][3] = 0x200000456000 | P | RW | US;
	/* gva c0403123: PDPTE 3, directory 2, table 3 */
	assert_int_equal(walk(&h, 0xc0403123), 0);
	assert_int_equal(h.result.gpa, 0x200000456123);
	assert_true(h.result.writable && h.result.user && h.result.executable);
	h.memory.u.q[3][3] |= BIT(55); /* not ignored as in long mode */
	assert_int_equal(walk(&h, 0xc0403123), -EFAULT);

	h.memory.u.q[2][2] = 0x600000 | P | PS | XD;
	assert_int_equal(walk(&h, 0xc0403123), -EFAULT);
	h.mode.efer = NXE;
	assert_int_equal(walk(&h, 0xc0403123), 0);
	assert_int_equal(h.result.gpa, 0x603123);
	assert_false(h.result.executable);
	assert_int_equal(h.result.page_size, 2u << 20);
	/* checked by MOV CR3 only, and set by some CPUs afterwards */
	h.memory.u.q[1][4 + 3] |= RW | BIT(5);
	assert_int_equal(walk(&h, 0xc0403123), 0);
	h.memory.u.q[1][4 + 3] |= BIT(63); /* reserved there */
	assert_int_equal(walk(&h, 0xc0403123), -EFAULT);
}

static void test_4_levels(void **state)
{
	const uint64_t gva = 0xffffff8040201123; /* 0x1ff, 1, 1, 1 */
	struct hand h = start(PG | 1, PAE, LMA);

	(void)state;
	h.memory.u.q[1][0x1ff] = 0x2000 | P | RW | US;
	h.memory.u.q[2][1] = 0x3000 | P | RW | US | BIT(52); /* ignored */
	h.memory.u.q[3][1] = 0x4000 | P | RW | US;
	h.memory.u.q[4][1] = 0x5000 | P | RW | US | PS;
	assert_int_equal(walk(&h, gva), 0);
	assert_int_equal(h.result.gpa, 0x5123);
	assert_true(h.result.writable && h.result.user && h.result.executable);
	/* bit 47 not repeated */
	assert_int_equal(walk(&h, gva & (BIT(48) - 1)), -EFAULT);
	assert_int_equal(walk(&h, gva ^ BIT(63)), -EFAULT);

	h.memory.u.q[3][1] = 0x600000 | P | RW | PS | BIT(12);
	assert_int_equal(walk(&h, gva), 0);
	assert_int_equal(h.result.gpa, 0x601123);
	assert_false(h.result.user);
	h.memory.u.q[3][1] |= BIT(13);
	assert_int_equal(walk(&h, gva), -EFAULT);

	h.memory.u.q[2][1] = UINT64_C(0x2340000000) | P | RW | US | PS;
	assert_int_equal(walk(&h, gva), 0);
	assert_int_equal(h.result.gpa, UINT64_C(0x2340201123));
	assert_int_equal(h.result.page_size, 1u << 30);
	h.memory.u.q[2][1] |= BIT(46);
	assert_int_equal(walk(&h, gva), -EFAULT);

	h.memory.u.q[1][0x1ff] |= PS; /* reserved up here */
	h.memory.u.q[2][1] &= ~BIT(46);
	assert_int_equal(walk(&h, gva), -EFAULT);
	h.memory.u.q[1][0x1ff] = 0;
	assert_int_equal(walk(&h, gva), -EFAULT);
}

static void test_5_levels(void **state)
{
	const uint64_t gva = 0x00feff8040201123;
	struct hand h = start(PG | 1, PAE | LA57, LMA | NXE);

	(void)state;
	h.memory.u.q[1][0xfe] = 0x2000 | P | RW | US;
	h.memory.u.q[2][0x1ff] = 0x3000 | P | RW | US | XD;
	h.memory.u.q[3][1] = 0x4000 | P | RW | US;
	h.memory.u.q[4][1] = 0x5000 | P | RW | US;
	h.memory.u.q[5][1] = 0x7000 | P | RW | US;
	assert_int_equal(walk(&h, gva), 0);
	assert_int_equal(h.result.gpa, 0x7123);
	assert_false(h.result.executable);
	assert_int_equal(walk(&h, gva | BIT(56)), -EFAULT);
	h.mode.efer = LMA; /* XD is reserved now */
	assert_int_equal(walk(&h, gva), -EFAULT);
}

static void test_outside_memory(void **state)
{
	struct hand h = start(PG | 1, PAE, LMA);
	uint64_t page;

	(void)state;
	h.memory.holes = true;
	for (page = 1; page * UINT64_C(0x9e3779b97f4a7c15) >> 60; page++)
		;
	h.mode.cr3 = page << 12;
	h.memory.u.q[page % PAGES][0] = P | RW | US;
	assert_int_equal(walk(&h, 0), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_paging),
	    cmocka_unit_test(test_32bit),
	    cmocka_unit_test(test_pae),
	    cmocka_unit_test(test_4_levels),
	    cmocka_unit_test(test_5_levels),
	    cmocka_unit_test(test_outside_memory),
	    cmocka_unit_test(test_random_none),
	    cmocka_unit_test(test_random_32bit),
	    cmocka_unit_test(test_random_pae),
	    cmocka_unit_test(test_random_4_levels),
	    cmocka_unit_test(test_random_5_levels),
	};

	return cmocka_run_group_tests_name("pagewalk", tests, NULL, NULL);
}
