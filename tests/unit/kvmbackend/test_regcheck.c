/* SPDX-License-Identifier: MIT */
/* What is refused and what follows, without KVM; test_regfile.c has the same
 * with it. */
#include "kvmbackend/regcheck.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LONG_CR0 UINT64_C(0x80050033)

static struct kvm_sregs long_mode(void)
{
	struct kvm_sregs sregs = {
	    .cr0 = LONG_CR0, .cr3 = 0x1000, .cr4 = 0x20, .efer = 0xd00};

	sregs.cs.l = 1;
	return sregs;
}

static const struct kvm_regs plain = {.rflags = 2};

static int check(struct kvm_sregs sregs, enum kvmgdb_reg reg, uint64_t value)
{
	return regcheck_sregs(&sregs, &plain, reg, value);
}

static void test_canonical(void **state)
{
	struct kvm_sregs sregs = long_mode();

	(void)state;
	assert_true(regcheck_canonical(&sregs, 0x00007fffffffffff));
	assert_true(regcheck_canonical(&sregs, 0xffff800000000000));
	assert_false(regcheck_canonical(&sregs, 0x0000800000000000));
	assert_false(regcheck_canonical(&sregs, 0xffff7fffffffffff));
	sregs.cr4 |= 1u << 12;
	assert_true(regcheck_canonical(&sregs, 0x0000800000000000));
	assert_true(regcheck_canonical(&sregs, 0x00ffffffffffffff));
	assert_true(regcheck_canonical(&sregs, 0xff00000000000000));
	assert_false(regcheck_canonical(&sregs, 0x0100000000000000));
}

static void test_rip(void **state)
{
	struct kvm_sregs sregs = long_mode();
	struct kvm_regs regs = plain;

	(void)state;
	assert_int_equal(
	    regcheck_regs(&regs, &sregs, KVMGDB_REG_RIP, 0xffffffff81000000),
	    0);
	assert_int_equal(regs.rip, 0xffffffff81000000);
	assert_int_equal(
	    regcheck_regs(&regs, &sregs, KVMGDB_REG_RIP, 1ull << 50), -EINVAL);
	sregs.cs.l = 0; /* compatibility mode */
	assert_int_equal(
	    regcheck_regs(&regs, &sregs, KVMGDB_REG_RIP, 0xffffffff81000000),
	    -EINVAL);
	assert_int_equal(
	    regcheck_regs(&regs, &sregs, KVMGDB_REG_RIP, 0xffffffff), 0);
}

static void test_eflags(void **state)
{
	const struct kvm_sregs sregs = long_mode();
	struct kvm_regs regs = plain;

	(void)state;
	assert_int_equal(
	    regcheck_regs(&regs, &sregs, KVMGDB_REG_EFLAGS, 0xfffdffff), 0);
	assert_int_equal(regs.rflags, 0x3d7fd7);
	assert_int_equal(
	    regcheck_regs(&regs, &sregs, KVMGDB_REG_EFLAGS, 1u << 17), -EINVAL);
	regs.rflags = 1u << 17 | 2;
	assert_int_equal(
	    regcheck_regs(&regs, &sregs, KVMGDB_REG_EFLAGS, 1u << 17 | 1), 0);
	assert_int_equal(regcheck_regs(&regs, &sregs, KVMGDB_REG_EFLAGS, 2),
			 -EINVAL);
}

static void test_selectors(void **state)
{
	struct kvm_regs v8086 = {.rflags = 1u << 17 | 2};
	struct kvm_sregs sregs = {.cr0 = 0x11};

	(void)state;
	sregs.ds.base = 0x777;
	assert_int_equal(regcheck_sregs(&sregs, &plain, KVMGDB_REG_DS, 0x1234),
			 0);
	assert_int_equal(sregs.ds.selector, 0x1234);
	assert_int_equal(sregs.ds.base, 0x777);
	assert_int_equal(regcheck_sregs(&sregs, &v8086, KVMGDB_REG_DS, 0x1235),
			 0);
	assert_int_equal(sregs.ds.base, 0x12350);
	assert_int_equal(check(sregs, KVMGDB_REG_SS, 0x12345), -EINVAL);
}

static void test_cr0(void **state)
{
	struct kvm_sregs sregs = long_mode();

	(void)state;
	assert_int_equal(check(sregs, KVMGDB_REG_CR0, LONG_CR0 | 8), 0);
	assert_int_equal(check(sregs, KVMGDB_REG_CR0, 0x33), -EINVAL);
	sregs.cs.l = 0; /* leaving long mode is for compatibility mode */
	assert_int_equal(regcheck_sregs(&sregs, &plain, KVMGDB_REG_CR0, 0x23),
			 0);
	assert_int_equal(sregs.cr0, 0x33);
	assert_int_equal(sregs.efer, 0x900);
	assert_int_equal(
	    regcheck_sregs(&sregs, &plain, KVMGDB_REG_CR0, 0x80000021), 0);
	assert_int_equal(sregs.efer, 0xd00);
	sregs.cr4 |= 1u << 17; /* PCIDE */
	assert_int_equal(check(sregs, KVMGDB_REG_CR0, 0x33), -EINVAL);
	sregs = long_mode();
	sregs.cr4 |= 1u << 23; /* CET wants WP */
	assert_int_equal(check(sregs, KVMGDB_REG_CR0, 0x80040033), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_CR0, LONG_CR0 | 8), 0);
}

static void test_cr4(void **state)
{
	struct kvm_sregs sregs = long_mode();

	(void)state;
	assert_int_equal(check(sregs, KVMGDB_REG_CR4, 0x20 | 1u << 17), 0);
	sregs.cr3 |= 8;
	assert_int_equal(check(sregs, KVMGDB_REG_CR4, 0x20 | 1u << 17),
			 -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_CR4, 0x0), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_CR4, 0x1020), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_CR4, 0x20 | 1u << 23), 0);
	sregs.cr0 &= ~(UINT64_C(1) << 16);
	assert_int_equal(check(sregs, KVMGDB_REG_CR4, 0x20 | 1u << 23),
			 -EINVAL);
}

static void test_efer(void **state)
{
	struct kvm_sregs sregs = long_mode();

	(void)state;
	assert_int_equal(check(sregs, KVMGDB_REG_EFER, 0x500), 0);
	assert_int_equal(check(sregs, KVMGDB_REG_EFER, 0x900), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_EFER, 0xc00), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_EFER, 0x0), -EINVAL);
	sregs = (struct kvm_sregs){.cr0 = 0x11};
	assert_int_equal(check(sregs, KVMGDB_REG_EFER, 0x100), 0);
	assert_int_equal(check(sregs, KVMGDB_REG_EFER, 0x500), -EINVAL);
}

static void test_others(void **state)
{
	struct kvm_sregs sregs = long_mode();

	(void)state;
	assert_int_equal(check(sregs, KVMGDB_REG_CR8, 15), 0);
	assert_int_equal(check(sregs, KVMGDB_REG_CR8, 16), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_FS_BASE, 1ull << 47), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_GS_BASE, 1ull << 47), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_CR3, 1ull << 33), 0);
	sregs.efer = 0;
	assert_int_equal(check(sregs, KVMGDB_REG_CR3, 1ull << 33), -EINVAL);
	assert_ptr_equal(regcheck_segment(&sregs, KVMGDB_REG_FS_BASE),
			 &sregs.fs);
	assert_ptr_equal(regcheck_segment(&sregs, KVMGDB_REG_GS), &sregs.gs);
}

static void test_system_segments(void **state)
{
	struct kvm_sregs sregs = long_mode();

	(void)state;
	assert_int_equal(check(sregs, KVMGDB_REG_TR, 0x28), 0);
	assert_int_equal(check(sregs, KVMGDB_REG_TR, 0x2c), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_LDTR, 0x10000), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_LDTR_BASE, 1ull << 47),
			 -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_TR_LIMIT, 0xfffff), 0);
	assert_int_equal(check(sregs, KVMGDB_REG_TR_LIMIT, 0x100000), -EINVAL);
	assert_int_equal(
	    regcheck_sregs(&sregs, &plain, KVMGDB_REG_TR_LIMIT, 0x100fff), 0);
	assert_int_equal(sregs.tr.g, 1);
	assert_int_equal(
	    regcheck_sregs(&sregs, &plain, KVMGDB_REG_TR_LIMIT, 0x67), 0);
	assert_int_equal(sregs.tr.g, 0);
	assert_int_equal(check(sregs, KVMGDB_REG_TR_LIMIT, 1ull << 32),
			 -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_IDTR_LIMIT, 0xffff), 0);
	assert_int_equal(check(sregs, KVMGDB_REG_IDTR_LIMIT, 0x10000), -EINVAL);
	assert_int_equal(check(sregs, KVMGDB_REG_SS_BASE, 0xffffffff), 0);
	assert_int_equal(check(sregs, KVMGDB_REG_SS_BASE, 1ull << 32), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_system_segments),
	    cmocka_unit_test(test_canonical),
	    cmocka_unit_test(test_rip),
	    cmocka_unit_test(test_eflags),
	    cmocka_unit_test(test_selectors),
	    cmocka_unit_test(test_cr0),
	    cmocka_unit_test(test_cr4),
	    cmocka_unit_test(test_efer),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("regcheck", tests, NULL, NULL);
}
