/* SPDX-License-Identifier: MIT */
/* The levels of a translation; what it leads to is pagewalk's to test. */
#include "kvmbackend/walkview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BIT(n) (UINT64_C(1) << (n))

#define PG   BIT(31)
#define PAE  BIT(5)
#define PSE  BIT(4)
#define LA57 BIT(12)
#define LMA  BIT(10)

#define P  BIT(0)
#define RW BIT(1)
#define PS BIT(7)

#define TABLES 8u

/* Tables at 1000h, 2000h, ... */
static union {
	uint64_t q[TABLES][512];
	uint32_t d[TABLES][1024];
	uint8_t bytes[TABLES][4096];
} tables;

static bool read_entry(void *ctx, uint64_t gpa, void *buf, unsigned size)
{
	(void)ctx;
	if (gpa < 0x1000 || gpa - 0x1000 + size > sizeof(tables))
		return false;
	memcpy(buf, &tables.bytes[0][0] + gpa - 0x1000, size);
	return true;
}

static struct kvmgdb_walk_view view_of(uint64_t cr4, uint64_t efer,
				       uint64_t gva)
{
	const struct pagewalk_mode mode = {.cr0 = PG | 1,
					   .cr3 = 0x1000,
					   .cr4 = cr4,
					   .efer = efer,
					   .maxphyaddr = 46};
	struct kvmgdb_walk_view view;

	walkview(&mode, read_entry, NULL, gva, &view);
	return view;
}

static void assert_level(const struct kvmgdb_walk_view *view, unsigned n,
			 const char *name, uint64_t gpa, uint64_t entry)
{
	assert_true(n < view->levels);
	assert_string_equal(view->level[n].name, name);
	assert_int_equal(view->level[n].gpa, gpa);
	assert_int_equal(view->level[n].entry, entry);
}

static void four_levels(void **state)
{
	struct kvmgdb_walk_view view;

	(void)state;
	memset(&tables, 0, sizeof(tables));
	tables.q[0][1] = 0x2000 | P | RW;
	tables.q[1][2] = 0x3000 | P | RW;
	tables.q[2][3] = 0x4000 | P;
	tables.q[3][4] = 0x5000 | P | RW;
	view = view_of(PAE, LMA, 0x8080604abcu);
	assert_string_equal(view.paging, "4-level");
	assert_int_equal(view.levels, 4);
	assert_level(&view, 0, "PML4E", 0x1008, 0x2003);
	assert_level(&view, 1, "PDPTE", 0x2010, 0x3003);
	assert_level(&view, 2, "PDE", 0x3018, 0x4001);
	assert_level(&view, 3, "PTE", 0x4020, 0x5003);
	assert_null(view.why);
	assert_int_equal(view.gpa, 0x5abc);
	assert_int_equal(view.page_size, 0x1000);
	assert_false(view.writable);
	assert_false(view.level[3].large);

	tables.q[2][3] |= PS | 0x200000;
	tables.q[2][3] &= ~UINT64_C(0x4000);
	view = view_of(PAE, LMA, 0x8080604abcu);
	assert_int_equal(view.levels, 3);
	assert_true(view.level[2].large);
	assert_int_equal(view.gpa, 0x204abc);

	tables.q[2][3] |= BIT(13);
	view = view_of(PAE, LMA, 0x8080604abcu);
	assert_string_equal(view.why, "a reserved bit is set");
	tables.q[1][2] &= ~P;
	view = view_of(PAE, LMA, 0x8080604abcu);
	assert_string_equal(view.why, "not present");
	assert_int_equal(view.levels, 2);
	tables.q[1][2] = 0x100000 | P;
	view = view_of(PAE, LMA, 0x8080604abcu);
	assert_string_equal(view.why, "a table lies outside of the memory");
	assert_int_equal(view.levels, 2);
	view = view_of(PAE, LMA, BIT(47));
	assert_string_equal(view.why, "not canonical");
	assert_int_equal(view.levels, 0);
}

static void other_kinds(void **state)
{
	struct kvmgdb_walk_view view;

	(void)state;
	memset(&tables, 0, sizeof(tables));
	tables.q[0][0] = 0x2000 | P;
	tables.q[1][0] = 0x3000 | P;
	tables.q[2][0] = 0x4000 | P;
	tables.q[3][0] = 0x5000 | P;
	tables.q[4][5] = 0x6000 | P;
	view = view_of(PAE | LA57, LMA, 0x5123);
	assert_string_equal(view.paging, "5-level");
	assert_int_equal(view.levels, 5);
	assert_level(&view, 0, "PML5E", 0x1000, 0x2001);
	assert_level(&view, 4, "PTE", 0x5028, 0x6001);
	assert_int_equal(view.gpa, 0x6123);

	tables.q[1][0] = 0x3000 | P;
	tables.q[2][5] = 0x6000 | P;
	view = view_of(PAE, 0, 0x5123);
	assert_string_equal(view.paging, "PAE");
	assert_int_equal(view.levels, 3);
	assert_level(&view, 0, "PDPTE", 0x1000, 0x2001);
	assert_level(&view, 2, "PTE", 0x3028, 0x6001);
	assert_int_equal(view.gpa, 0x6123);

	memset(&tables, 0, sizeof(tables));
	tables.d[0][1] = 0x2000 | P;
	tables.d[1][5] = 0x7000 | P;
	view = view_of(0, 0, 0x405123);
	assert_string_equal(view.paging, "32-bit");
	assert_int_equal(view.levels, 2);
	assert_level(&view, 0, "PDE", 0x1004, 0x2001);
	assert_level(&view, 1, "PTE", 0x2014, 0x7001);
	assert_int_equal(view.gpa, 0x7123);

	tables.d[0][1] = 0x800000 | PS | P;
	view = view_of(PSE, 0, 0x405123);
	assert_int_equal(view.levels, 1);
	assert_true(view.level[0].large);
	assert_int_equal(view.page_size, 0x400000);
}

static void no_paging(void **state)
{
	const struct pagewalk_mode mode = {.cr0 = 1, .maxphyaddr = 46};
	struct kvmgdb_walk_view view;

	(void)state;
	walkview(&mode, read_entry, NULL, 0x12345678, &view);
	assert_string_equal(view.paging, "none");
	assert_int_equal(view.levels, 0);
	assert_null(view.why);
	assert_int_equal(view.gpa, 0x12345678);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(four_levels),
	    cmocka_unit_test(other_kinds),
	    cmocka_unit_test(no_paging),
	};

	return cmocka_run_group_tests_name("walkview", tests, NULL, NULL);
}
