/* SPDX-License-Identifier: MIT */
/* regfile on the KVM of this machine: what is written through it is looked at
 * with raw ioctls and from inside the guest, and the other way round. */
#include "kvmbackend/debugreg.h"
#include "kvmbackend/regfile.h"
#include "machine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#define FX_FSW 2
#define FX_FTW 4
#define FX_ST  32
#define FX_XMM 160

static struct regfile *open_file(const struct machine *m)
{
	struct regfile *rf = regfile_new(m->vcpu, m->xsave_size);

	assert_non_null(rf);
	return rf;
}

static uint64_t get(struct regfile *rf, enum kvmgdb_reg reg)
{
	uint64_t value = 0;

	assert_true(kvmgdb_reg_size(reg) <= sizeof(value));
	assert_int_equal(regfile_read(rf, reg, &value), kvmgdb_reg_size(reg));
	return value;
}

static int put(struct regfile *rf, enum kvmgdb_reg reg, uint64_t value)
{
	return regfile_write(rf, reg, &value, kvmgdb_reg_size(reg));
}

#define assert_put(rf, reg, value) assert_int_equal(put(rf, reg, value), 0)

/* Refused, and nothing changed: neither here nor in KVM. */
static void assert_refused_(struct regfile *rf, enum kvmgdb_reg reg,
			    uint64_t value, int line)
{
	uint64_t before = get(rf, reg);

	if (put(rf, reg, value) != -EINVAL)
		fail_msg("line %d: %#lx was not refused", line, value);
	if (get(rf, reg) != before)
		fail_msg("line %d: changed though refused", line);
	assert_int_equal(regfile_flush(rf), 0);
	regfile_invalidate(rf);
	if (get(rf, reg) != before)
		fail_msg("line %d: KVM changed though refused", line);
}

#define assert_refused(rf, reg, value) assert_refused_(rf, reg, value, __LINE__)

static void flush(struct regfile *rf)
{
	assert_int_equal(regfile_flush(rf), 0);
	regfile_invalidate(rf);
}

#define raw_get(m, request, object) \
	assert_return_code(ioctl((m)->vcpu, request, object), errno)

/* A value that tells its register, its byte order and its high half. */
static uint64_t pattern(enum kvmgdb_reg reg)
{
	return UINT64_C(0x8000123456780000) + (uint64_t)reg * 0x101;
}

static void test_general(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf;
	struct kvm_regs regs;
	enum kvmgdb_reg reg;

	machine_long_mode(m);
	rf = open_file(m);
	for (reg = KVMGDB_REG_RAX; reg < KVMGDB_REG_RIP; reg++)
		assert_put(rf, reg, pattern(reg));
	assert_put(rf, KVMGDB_REG_RIP, 0xffff800000001234);
	raw_get(m, KVM_GET_REGS, &regs);
	assert_int_equal(regs.rax, 0); /* not before the flush */
	flush(rf);
	raw_get(m, KVM_GET_REGS, &regs);
	assert_int_equal(regs.rax, pattern(KVMGDB_REG_RAX));
	assert_int_equal(regs.rbx, pattern(KVMGDB_REG_RBX));
	assert_int_equal(regs.rcx, pattern(KVMGDB_REG_RCX));
	assert_int_equal(regs.rdx, pattern(KVMGDB_REG_RDX));
	assert_int_equal(regs.rsi, pattern(KVMGDB_REG_RSI));
	assert_int_equal(regs.rdi, pattern(KVMGDB_REG_RDI));
	assert_int_equal(regs.rbp, pattern(KVMGDB_REG_RBP));
	assert_int_equal(regs.rsp, pattern(KVMGDB_REG_RSP));
	assert_int_equal(regs.r8, pattern(KVMGDB_REG_R8));
	assert_int_equal(regs.r9, pattern(KVMGDB_REG_R9));
	assert_int_equal(regs.r10, pattern(KVMGDB_REG_R10));
	assert_int_equal(regs.r11, pattern(KVMGDB_REG_R11));
	assert_int_equal(regs.r12, pattern(KVMGDB_REG_R12));
	assert_int_equal(regs.r13, pattern(KVMGDB_REG_R13));
	assert_int_equal(regs.r14, pattern(KVMGDB_REG_R14));
	assert_int_equal(regs.r15, pattern(KVMGDB_REG_R15));
	assert_int_equal(regs.rip, 0xffff800000001234);

	regs.r9 = 77;
	assert_int_equal(ioctl(m->vcpu, KVM_SET_REGS, &regs), 0);
	for (reg = KVMGDB_REG_RAX; reg < KVMGDB_REG_RIP; reg++)
		assert_int_equal(get(rf, reg),
				 reg == KVMGDB_REG_R9 ? 77 : pattern(reg));
	assert_refused(rf, KVMGDB_REG_RIP, UINT64_C(1) << 47);
	regfile_free(rf);
}

static void test_cache(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf;
	struct kvm_regs regs;
	uint64_t value = 5;
	uint8_t buf[KVMGDB_REG_MAX_SIZE];

	machine_long_mode(m);
	rf = open_file(m);
	assert_int_equal(regfile_regs(rf)->rip, MACHINE_CODE);
	raw_get(m, KVM_GET_REGS, &regs);
	regs.rax = 1;
	assert_int_equal(ioctl(m->vcpu, KVM_SET_REGS, &regs), 0);
	assert_int_equal(get(rf, KVMGDB_REG_RAX), 0); /* still the cached one */
	regfile_invalidate(rf);
	assert_int_equal(get(rf, KVMGDB_REG_RAX), 1);

	regfile_dirty_regs(rf)->rbx = 9;
	regfile_dirty_sregs(rf)->cr2 = 0x1000;
	regfile_dirty_debugregs(rf)->db[1] = 0x2000;
	flush(rf);
	assert_int_equal(regfile_regs(rf)->rbx, 9);
	assert_int_equal(regfile_sregs(rf)->cr2, 0x1000);
	assert_int_equal(regfile_debugregs(rf)->db[1], 0x2000);

	assert_int_equal(regfile_write(rf, KVMGDB_REG_RAX, &value, 4), -EINVAL);
	assert_int_equal(regfile_write(rf, KVMGDB_REG_COUNT, &value, 8),
			 -EINVAL);
	assert_int_equal(regfile_read(rf, KVMGDB_REG_COUNT, buf), -EINVAL);
	regfile_free(rf);
}

static void test_no_vcpu(void **state)
{
	struct regfile *rf = regfile_new(-1, 0);
	uint8_t buf[KVMGDB_REG_MAX_SIZE] = {0};
	enum kvmgdb_reg reg;

	(void)state;
	for (reg = 0; reg < KVMGDB_REG_COUNT; reg++) {
		assert_int_equal(regfile_read(rf, reg, buf), -ENODATA);
		assert_int_equal(
		    regfile_write(rf, reg, buf, kvmgdb_reg_size(reg)),
		    -ENODATA);
	}
	errno = 0;
	assert_null(regfile_regs(rf));
	assert_int_equal(errno, EBADF);
	assert_null(regfile_dirty_sregs(rf));
	assert_int_equal(regfile_flush(rf), 0);
	regfile_free(rf);
	regfile_free(NULL);
}

static void test_eflags(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf;
	struct kvm_regs regs;

	machine_long_mode(m);
	rf = open_file(m);
	assert_put(rf, KVMGDB_REG_EFLAGS, 0xffc1aa8d); /* no VM, no TF */
	flush(rf);
	raw_get(m, KVM_GET_REGS, &regs);
	assert_int_equal(regs.rflags, 0x12a87);
	assert_put(rf, KVMGDB_REG_EFLAGS, 0);
	assert_int_equal(get(rf, KVMGDB_REG_EFLAGS), 2);
	assert_refused(rf, KVMGDB_REG_EFLAGS, 1u << 17);
	regfile_free(rf);
}

static void test_selectors(void **state)
{
	static const enum kvmgdb_reg regs[] = {KVMGDB_REG_CS, KVMGDB_REG_SS,
					       KVMGDB_REG_DS, KVMGDB_REG_ES,
					       KVMGDB_REG_FS, KVMGDB_REG_GS};
	struct machine *m = machine_or_skip(state);
	struct kvm_sregs before, after;
	struct regfile *rf;
	size_t i;

	rf = open_file(m); /* real mode, after reset */
	raw_get(m, KVM_GET_SREGS, &before);
	assert_int_equal(get(rf, KVMGDB_REG_CS), 0xf000);
	assert_int_equal(before.cs.base, 0xffff0000);
	assert_put(rf, KVMGDB_REG_CS, 0xf000); /* no change, no new base */
	flush(rf);
	raw_get(m, KVM_GET_SREGS, &after);
	assert_int_equal(after.cs.base, 0xffff0000);

	for (i = 0; i < 6; i++)
		assert_put(rf, regs[i], 0x1230 + i);
	flush(rf);
	raw_get(m, KVM_GET_SREGS, &after);
	assert_int_equal(after.cs.selector, 0x1230);
	assert_int_equal(after.cs.base, 0x12300);
	assert_int_equal(after.cs.limit, before.cs.limit);
	assert_int_equal(after.cs.type, before.cs.type);
	assert_int_equal(after.ss.base, 0x12310);
	assert_int_equal(after.ds.base, 0x12320);
	assert_int_equal(after.es.base, 0x12330);
	assert_int_equal(after.fs.base, 0x12340);
	assert_int_equal(after.gs.base, 0x12350);
	assert_int_equal(get(rf, KVMGDB_REG_GS_BASE), 0x12350);

	machine_long_mode(m);
	regfile_invalidate(rf);
	for (i = 1; i < 6; i++)
		assert_put(rf, regs[i], 0x33);
	flush(rf);
	raw_get(m, KVM_GET_SREGS, &after);
	assert_int_equal(after.ds.selector, 0x33);
	assert_int_equal(after.ss.selector, 0x33);
	assert_int_equal(after.gs.selector, 0x33);
	assert_int_equal(after.ds.base, 0);
	assert_refused(rf, KVMGDB_REG_DS, 0x10000);
	regfile_free(rf);
}

static void test_bases(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct kvm_msrs *msrs =
	    calloc(1, sizeof(*msrs) + sizeof(struct kvm_msr_entry));
	struct kvm_sregs sregs;
	struct regfile *rf;

	machine_long_mode(m);
	rf = open_file(m);
	assert_put(rf, KVMGDB_REG_FS_BASE, 0xffff888000000000);
	assert_put(rf, KVMGDB_REG_GS_BASE, 0x00007fffffffffff);
	assert_put(rf, KVMGDB_REG_K_GS_BASE, 0xffffffff81000000);
	assert_int_equal(get(rf, KVMGDB_REG_K_GS_BASE), 0xffffffff81000000);
	flush(rf);
	raw_get(m, KVM_GET_SREGS, &sregs);
	assert_int_equal(sregs.fs.base, 0xffff888000000000);
	assert_int_equal(sregs.gs.base, 0x00007fffffffffff);
	msrs->nmsrs = 1;
	msrs->entries[0].index = 0xc0000102;
	assert_int_equal(ioctl(m->vcpu, KVM_GET_MSRS, msrs), 1);
	assert_int_equal(msrs->entries[0].data, 0xffffffff81000000);
	assert_refused(rf, KVMGDB_REG_FS_BASE, UINT64_C(0x800000000000));
	assert_refused(rf, KVMGDB_REG_GS_BASE, UINT64_C(1) << 63);
	assert_refused(rf, KVMGDB_REG_K_GS_BASE, 0xfffe800000000000);
	free(msrs);
	regfile_free(rf);
}

static void test_control(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct kvm_sregs sregs;
	struct regfile *rf;

	machine_long_mode(m);
	rf = open_file(m);
	assert_put(rf, KVMGDB_REG_CR0, 0x80040033); /* WP off */
	assert_put(rf, KVMGDB_REG_CR2, 0xdeadbeefcafe);
	assert_put(rf, KVMGDB_REG_CR3, 0x5000);
	assert_put(rf, KVMGDB_REG_CR4, 0x6a0); /* PGE on */
	assert_put(rf, KVMGDB_REG_CR8, 9);
	assert_put(rf, KVMGDB_REG_EFER, 0xd01); /* SCE on */
	flush(rf);
	raw_get(m, KVM_GET_SREGS, &sregs);
	assert_int_equal(sregs.cr0, 0x80040033);
	assert_int_equal(sregs.cr2, 0xdeadbeefcafe);
	assert_int_equal(sregs.cr3, 0x5000);
	assert_int_equal(sregs.cr4, 0x6a0);
	assert_int_equal(sregs.cr8, 9);
	assert_int_equal(sregs.efer, 0xd01);
	sregs.cr8 = 4;
	sregs.cr2 = 8;
	assert_int_equal(ioctl(m->vcpu, KVM_SET_SREGS, &sregs), 0);
	assert_int_equal(get(rf, KVMGDB_REG_CR8), 4);
	assert_int_equal(get(rf, KVMGDB_REG_CR2), 8);

	assert_refused(rf, KVMGDB_REG_CR0, 0x80050033 | UINT64_C(1) << 32);
	assert_refused(rf, KVMGDB_REG_CR0, 0x80050033 | 1u << 6);
	assert_refused(rf, KVMGDB_REG_CR0, 0x80000010); /* PG, no PE */
	assert_refused(rf, KVMGDB_REG_CR0, 0xa0050033); /* NW, no CD */
	assert_refused(rf, KVMGDB_REG_CR0, 0x11);       /* CS.L */
	assert_refused(rf, KVMGDB_REG_CR3, UINT64_C(1) << 60);
	assert_refused(rf, KVMGDB_REG_CR4, 0x600);            /* no PAE */
	assert_refused(rf, KVMGDB_REG_CR4, 0x620 | 1u << 12); /* LA57 */
	assert_refused(rf, KVMGDB_REG_CR4, 0x620 | 1u << 15); /* reserved */
	assert_refused(rf, KVMGDB_REG_CR4, 0x620 | UINT64_C(1) << 40);
	assert_refused(rf, KVMGDB_REG_CR8, 16);
	assert_refused(rf, KVMGDB_REG_EFER, 0xc00); /* LME off */
	assert_refused(rf, KVMGDB_REG_EFER, 0x900); /* LMA off */
	assert_refused(rf, KVMGDB_REG_EFER, 0xd00 | 1u << 1);
	assert_refused(rf, KVMGDB_REG_EFER, 0xd00 | UINT64_C(1) << 40);
	regfile_free(rf);
}

/* From real mode to long mode by the debugger's hand, and LMA follows PG. */
static void test_enter_long_mode(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct kvm_sregs sregs;
	struct regfile *rf;

	machine_real_mode(m);
	rf = open_file(m);
	assert_refused(rf, KVMGDB_REG_CR3, UINT64_C(1) << 32);
	assert_refused(rf, KVMGDB_REG_EFER, 0x500); /* LMA without PG */
	assert_refused(rf, KVMGDB_REG_RIP, UINT64_C(1) << 32);
	assert_refused(rf, KVMGDB_REG_CR4, 1u << 17); /* PCIDE */
	assert_put(rf, KVMGDB_REG_EFER, 0x100);
	assert_refused(rf, KVMGDB_REG_CR0, 0x80000011); /* no PAE */
	assert_put(rf, KVMGDB_REG_CR4, 0x620);
	assert_put(rf, KVMGDB_REG_CR3, 0x1000);
	assert_put(rf, KVMGDB_REG_CR0, 0x80000001); /* ET by itself */
	assert_int_equal(get(rf, KVMGDB_REG_EFER), 0x500);
	flush(rf);
	raw_get(m, KVM_GET_SREGS, &sregs);
	assert_int_equal(sregs.efer, 0x500);
	assert_int_equal(sregs.cr0, 0x80000011);
	assert_put(rf, KVMGDB_REG_CR0, 0x11);
	flush(rf);
	raw_get(m, KVM_GET_SREGS, &sregs);
	assert_int_equal(sregs.efer, 0x100);
	regfile_free(rf);
}

static void test_debug(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct kvm_debugregs raw;
	struct regfile *rf = open_file(m);
	unsigned i;

	assert_int_equal(get(rf, KVMGDB_REG_DR7), DR7_RESET);
	for (i = 0; i < 4; i++)
		assert_put(rf, KVMGDB_REG_DR0 + i, pattern(KVMGDB_REG_DR0 + i));
	assert_put(rf, KVMGDB_REG_DR6, 0x600f);
	assert_put(rf, KVMGDB_REG_DR7, 0xffffdfff);
	flush(rf);
	raw_get(m, KVM_GET_DEBUGREGS, &raw);
	for (i = 0; i < 4; i++)
		assert_int_equal(raw.db[i], pattern(KVMGDB_REG_DR0 + i));
	/* RTM and BLD may be ours to clear, if the guest's CPU has them */
	assert_int_equal(raw.dr6 & ~UINT64_C(0x10800), 0xfffe67ff & ~0x800u);
	assert_int_equal(raw.dr7, 0xffff0fff);
	raw.db[3] = 5;
	raw.dr6 = 0xffff0ff1;
	assert_int_equal(ioctl(m->vcpu, KVM_SET_DEBUGREGS, &raw), 0);
	assert_int_equal(get(rf, KVMGDB_REG_DR3), 5);
	assert_int_equal(get(rf, KVMGDB_REG_DR6), 0xffff0ff1);
	assert_refused(rf, KVMGDB_REG_DR6, UINT64_C(1) << 32);
	assert_refused(rf, KVMGDB_REG_DR7, UINT64_C(0x400) | UINT64_C(1) << 63);
	regfile_free(rf);
}

static const uint8_t st_pattern[8][10] = {
    {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f},  /* 1.0: valid */
    {0},                                      /* 0: zero */
    {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f},  /* infinity: special */
    {1, 0, 0, 0, 0, 0, 0, 0, 0, 0},           /* denormal: special */
    {0, 0, 0, 0, 0, 0, 0, 0x40, 0xff, 0x3f},  /* unnormal: special */
    {0, 0, 0, 0, 0, 0, 0, 0xc9, 0x00, 0xc0},  /* -pi or so: valid */
    {9, 8, 7, 6, 5, 4, 3, 0x82, 0x01, 0x40},  /* valid; will be empty */
    {1, 2, 3, 4, 5, 6, 7, 0x88, 0x34, 0x12}}; /* valid */

/* TOP 3: st(i) is physical register i + 3.  st6 = physical 1 is empty. */
#define FTAG_ASKED                                                      \
	((0u << 6) | (0u << 8) | (0u << 10) | (0u << 12) | (0u << 14) | \
	 (0u << 0) | (3u << 2) | (0u << 4))
#define FTAG_SEEN                                                       \
	((0u << 6) | (1u << 8) | (2u << 10) | (2u << 12) | (2u << 14) | \
	 (0u << 0) | (3u << 2) | (0u << 4))

static void xmm_pattern(unsigned i, uint8_t *buf)
{
	unsigned j;

	for (j = 0; j < 16; j++)
		buf[j] = (uint8_t)(i * 16 + j + 1);
}

static void write_all_fpu(struct regfile *rf)
{
	uint8_t xmm[16];
	unsigned i;

	for (i = 0; i < 8; i++)
		assert_int_equal(
		    regfile_write(rf, KVMGDB_REG_ST0 + i, st_pattern[i], 10),
		    0);
	assert_put(rf, KVMGDB_REG_FCTRL, 0x27f);
	assert_put(rf, KVMGDB_REG_FSTAT, 0x1900); /* TOP 3, C0 */
	assert_put(rf, KVMGDB_REG_FTAG, FTAG_ASKED);
	assert_put(rf, KVMGDB_REG_FIOFF, 0x11223344);
	assert_put(rf, KVMGDB_REG_FISEG, 0x7fff);
	assert_put(rf, KVMGDB_REG_FOOFF, 0x55667788);
	assert_put(rf, KVMGDB_REG_FOSEG, 0x1234);
	assert_put(rf, KVMGDB_REG_FOP, 0x5a5);
	assert_put(rf, KVMGDB_REG_MXCSR, 0x9fc0); /* FTZ, DAZ */
	for (i = 0; i < 16; i++) {
		xmm_pattern(i, xmm);
		assert_int_equal(
		    regfile_write(rf, KVMGDB_REG_XMM0 + i, xmm, 16), 0);
	}
}

static void assert_all_fpu(struct regfile *rf)
{
	uint8_t buf[KVMGDB_REG_MAX_SIZE], xmm[16];
	unsigned i;

	for (i = 0; i < 8; i++) {
		assert_int_equal(regfile_read(rf, KVMGDB_REG_ST0 + i, buf), 10);
		assert_memory_equal(buf, st_pattern[i], 10);
	}
	assert_int_equal(get(rf, KVMGDB_REG_FCTRL), 0x27f);
	assert_int_equal(get(rf, KVMGDB_REG_FSTAT), 0x1900);
	assert_int_equal(get(rf, KVMGDB_REG_FTAG), FTAG_SEEN);
	assert_int_equal(get(rf, KVMGDB_REG_MXCSR), 0x9fc0);
	for (i = 0; i < 16; i++) {
		xmm_pattern(i, xmm);
		assert_int_equal(regfile_read(rf, KVMGDB_REG_XMM0 + i, buf),
				 16);
		assert_memory_equal(buf, xmm, 16);
	}
}

/* The pointers of the last x87 instruction: CPUs differ in when they keep
 * them, KVM's copy does not. */
static void assert_fpu_pointers(struct regfile *rf)
{
	assert_int_equal(get(rf, KVMGDB_REG_FIOFF), 0x11223344);
	assert_int_equal(get(rf, KVMGDB_REG_FISEG), 0x7fff);
	assert_int_equal(get(rf, KVMGDB_REG_FOOFF), 0x55667788);
	assert_int_equal(get(rf, KVMGDB_REG_FOSEG), 0x1234);
	assert_int_equal(get(rf, KVMGDB_REG_FOP), 0x5a5);
}

static void test_fpu_initial(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf = open_file(m);
	uint8_t buf[KVMGDB_REG_MAX_SIZE];
	uint8_t zero[KVMGDB_REG_MAX_SIZE] = {0};

	assert_int_equal(get(rf, KVMGDB_REG_MXCSR), 0x1f80);
	assert_int_equal(get(rf, KVMGDB_REG_FTAG), 0xffff);
	assert_int_equal(regfile_read(rf, KVMGDB_REG_XMM15, buf), 16);
	assert_memory_equal(buf, zero, 16);

	/* a part of a component that was never used */
	buf[0] = 1;
	assert_int_equal(regfile_write(rf, KVMGDB_REG_XMM0 + 3, buf, 16), 0);
	flush(rf);
	assert_int_equal(regfile_read(rf, KVMGDB_REG_XMM0 + 3, buf), 16);
	assert_int_equal(buf[0], 1);
	assert_int_equal(get(rf, KVMGDB_REG_MXCSR), 0x1f80);
	assert_put(rf, KVMGDB_REG_MXCSR, 0x1fa0);
	flush(rf);
	assert_int_equal(get(rf, KVMGDB_REG_MXCSR), 0x1fa0);
	assert_int_equal(regfile_read(rf, KVMGDB_REG_XMM0 + 3, buf), 16);
	assert_int_equal(buf[0], 1);

	assert_refused(rf, KVMGDB_REG_MXCSR, 0x1f80 | 1u << 16);
	assert_refused(rf, KVMGDB_REG_MXCSR, 0x1f80 | 1u << 31);
	assert_refused(rf, KVMGDB_REG_FCTRL, 0x1037f);
	assert_refused(rf, KVMGDB_REG_FOP, 0x800);
	regfile_free(rf);
}

static void test_fpu_through_kvm(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct kvm_fpu fpu;
	struct regfile *rf = open_file(m);
	unsigned i;

	write_all_fpu(rf);
	assert_all_fpu(rf);
	flush(rf);
	assert_all_fpu(rf);
	assert_fpu_pointers(rf);

	raw_get(m, KVM_GET_FPU, &fpu); /* another view of the same state */
	for (i = 0; i < 8; i++)
		assert_memory_equal(fpu.fpr[i], st_pattern[i], 10);
	assert_int_equal(fpu.fcw, 0x27f);
	assert_int_equal(fpu.fsw, 0x1900);
	assert_int_equal(fpu.ftwx, 0xfd);
	assert_int_equal(fpu.last_ip, 0x7fff11223344);
	assert_int_equal(fpu.last_opcode, 0x5a5);
	assert_int_equal(fpu.xmm[15][15], 0);
	assert_int_equal(fpu.xmm[14][15], 0xf0);
	regfile_free(rf);
}

static const uint8_t code_fxsave[] = {
    0x48, 0x0f,        0xae, 0x04, 0x25, 0, 0, 1, 0, /* fxsave64 [0x10000] */
    0xe6, MACHINE_PORT                               /* out */
};

/* What the guest itself sees. */
static void test_fpu_into_guest(void **state)
{
	struct machine *m = machine_or_skip(state);
	const uint8_t *image = m->memory + MACHINE_DATA;
	struct regfile *rf = open_file(m);
	uint8_t xmm[16];
	uint32_t mxcsr;
	unsigned i;

	machine_long_mode(m);
	write_all_fpu(rf);
	flush(rf);
	assert_int_equal(machine_run(m, code_fxsave, sizeof(code_fxsave)),
			 KVM_EXIT_IO);
	for (i = 0; i < 8; i++)
		assert_memory_equal(image + FX_ST + (size_t)16 * i,
				    st_pattern[i], 10);
	assert_int_equal(image[0] | image[1] << 8, 0x27f);
	assert_int_equal(image[FX_FSW] | image[FX_FSW + 1] << 8, 0x1900);
	assert_int_equal(image[FX_FTW], 0xfd);
	memcpy(&mxcsr, image + 24, sizeof(mxcsr));
	assert_int_equal(mxcsr, 0x9fc0);
	for (i = 0; i < 16; i++) {
		xmm_pattern(i, xmm);
		assert_memory_equal(image + FX_XMM + (size_t)16 * i, xmm, 16);
	}
	assert_all_fpu(rf);
	regfile_free(rf);
}

static const uint8_t code_compute[] = {
    0xd9, 0xe8,                                   /* fld1 */
    0xd9, 0xee,                                   /* fldz */
    0xd9, 0xeb,                                   /* fldpi: st0 */
    0x0f, 0x28,        0x04, 0x25, 0,    0, 1, 0, /* movaps xmm0, [0x10000] */
    0x44, 0x0f,        0x28, 0xf8,                /* movaps xmm15, xmm0 */
    0x0f, 0xae,        0x14, 0x25, 0x10, 0, 1, 0, /* ldmxcsr [0x10010] */
    0xe6, MACHINE_PORT};

/* The tag word by the CPU that knows it: FNSTENV, at CPL 3. */
static const uint8_t code_fnstenv[] = {
    0xd9, 0x34,        0x25, 0, 0, 1, 0, /* fnstenv [0x10000] */
    0xe6, MACHINE_PORT};

static void test_fpu_from_guest(void **state)
{
	static const uint8_t pi[10] = {0x35, 0xc2, 0x68, 0x21, 0xa2,
				       0xda, 0x0f, 0xc9, 0x00, 0x40};
	struct machine *m = machine_or_skip(state);
	const uint32_t mxcsr = 0x1f90;
	uint8_t buf[KVMGDB_REG_MAX_SIZE], xmm[16];
	struct regfile *rf = open_file(m);

	machine_long_mode(m);
	xmm_pattern(7, xmm);
	memcpy(m->memory + MACHINE_DATA, xmm, 16);
	memcpy(m->memory + MACHINE_DATA + 16, &mxcsr, 4);
	assert_int_equal(machine_run(m, code_compute, sizeof(code_compute)),
			 KVM_EXIT_IO);
	assert_int_equal(regfile_read(rf, KVMGDB_REG_ST0, buf), 10);
	assert_memory_equal(buf, pi, 10);
	assert_int_equal(regfile_read(rf, KVMGDB_REG_ST0 + 1, buf), 10);
	assert_memory_equal(buf, st_pattern[1], 10);
	assert_int_equal(regfile_read(rf, KVMGDB_REG_ST0 + 2, buf), 10);
	assert_memory_equal(buf, st_pattern[0], 10);
	assert_int_equal(get(rf, KVMGDB_REG_FSTAT) >> 11 & 7, 5);
	assert_int_equal(get(rf, KVMGDB_REG_FTAG), 0x13ff); /* 00 01 00 */
	assert_int_equal(regfile_read(rf, KVMGDB_REG_XMM0, buf), 16);
	assert_memory_equal(buf, xmm, 16);
	assert_int_equal(regfile_read(rf, KVMGDB_REG_XMM15, buf), 16);
	assert_memory_equal(buf, xmm, 16);
	assert_int_equal(get(rf, KVMGDB_REG_MXCSR), mxcsr);
	regfile_free(rf);
}

static void test_tag_word(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf = open_file(m);
	uint16_t tags;

	machine_long_mode(m);
	write_all_fpu(rf);
	flush(rf);
	assert_int_equal(machine_run(m, code_fnstenv, sizeof(code_fnstenv)),
			 KVM_EXIT_IO);
	memcpy(&tags, m->memory + MACHINE_DATA + 8, sizeof(tags));
	assert_int_equal(tags, FTAG_SEEN);
	assert_int_equal(get(rf, KVMGDB_REG_FTAG), tags);
	regfile_free(rf);
}

/* ES and B, and FCW's fixed bits, as the CPU has them after loading. */
static void test_status_as_cpu(void **state)
{
	static const uint16_t fcw[] = {0, 0xffff, 0x37e, 0x340, 0x37f, 0x37f};
	static const uint16_t fsw[] = {0, 0, 1, 0x3f, 0x8080, 0xffff};
	struct machine *m = machine_or_skip(state);
	struct regfile *rf = open_file(m);
	uint64_t control, status;
	unsigned i;

	for (i = 0; i < 6; i++) {
		machine_long_mode(m);
		regfile_invalidate(rf);
		assert_put(rf, KVMGDB_REG_FCTRL, fcw[i]);
		assert_put(rf, KVMGDB_REG_FSTAT, fsw[i]);
		control = get(rf, KVMGDB_REG_FCTRL);
		status = get(rf, KVMGDB_REG_FSTAT);
		flush(rf);
		assert_int_equal(
		    machine_run(m, code_fxsave, sizeof(code_fxsave)),
		    KVM_EXIT_IO);
		assert_memory_equal(m->memory + MACHINE_DATA, &control, 2);
		assert_memory_equal(m->memory + MACHINE_DATA + 2, &status, 2);
	}
	regfile_free(rf);
}

/* mov [0x1000], ax; mov bx, 0x1234; out: in real mode. */
static const uint8_t code_real[] = {0xa3, 0x00, 0x10, 0xbb,
				    0x34, 0x12, 0xe6, MACHINE_PORT};

static void test_real_mode_segment(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf = open_file(m);

	machine_real_mode(m);
	assert_put(rf, KVMGDB_REG_DS, 0x2000);
	assert_put(rf, KVMGDB_REG_RAX, 0x5aa5);
	flush(rf);
	assert_int_equal(machine_run(m, code_real, sizeof(code_real)),
			 KVM_EXIT_IO);
	assert_int_equal(m->memory[0x21000], 0xa5);
	assert_int_equal(m->memory[0x21001], 0x5a);
	assert_int_equal(get(rf, KVMGDB_REG_RBX) & 0xffff, 0x1234);
	regfile_free(rf);
}

/* All the registers that this KVM's guest has: written, seen by KVM, read. */
static void test_xsave_components(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf = open_file(m);
	uint8_t value[KVMGDB_REG_MAX_SIZE], got[KVMGDB_REG_MAX_SIZE];
	enum kvmgdb_reg reg;
	unsigned seen = 0;

	machine_long_mode(m);
	for (reg = KVMGDB_REG_K0; reg <= KVMGDB_REG_PKRU; reg++) {
		const size_t size = kvmgdb_reg_size(reg);

		if (!regfile_present(rf, reg)) {
			assert_int_equal(regfile_read(rf, reg, got), -ENODATA);
			assert_int_equal(regfile_write(rf, reg, got, size),
					 -ENODATA);
			continue;
		}
		assert_int_equal(regfile_read(rf, reg, got), size);
		memset(value, (int)reg, size);
		assert_int_equal(regfile_write(rf, reg, value, size), 0);
		seen++;
	}
	flush(rf);
	for (reg = KVMGDB_REG_K0; reg <= KVMGDB_REG_PKRU; reg++) {
		if (!regfile_present(rf, reg))
			continue;
		memset(value, (int)reg, sizeof(value));
		assert_int_equal(regfile_read(rf, reg, got),
				 kvmgdb_reg_size(reg));
		assert_memory_equal(got, value, kvmgdb_reg_size(reg));
	}
	regfile_free(rf);
	if (!seen)
		skip();
}

/* vmovdqu64 %zmm20,(%rbx); vmovdqu64 %zmm5,64(%rbx); kmovw %k3,%eax; out;
 * vmovdqu64 (%rbx),%zmm21; kmovw %k3,%k4; out */
static const uint8_t code_avx512[] = {
    0x62, 0xe1, 0xfe,         0x48, 0x7f, 0x23, 0x62,        0xf1,
    0xfe, 0x48, 0x7f,         0x6b, 0x01, 0xc5, 0xf8,        0x93,
    0xc3, 0xe6, MACHINE_PORT, 0x62, 0xe1, 0xfe, 0x48,        0x6f,
    0x2b, 0xc5, 0xf8,         0x90, 0xe3, 0xe6, MACHINE_PORT};

static void put_bytes(struct regfile *rf, enum kvmgdb_reg reg,
		      const uint8_t *bytes)
{
	assert_int_equal(regfile_write(rf, reg, bytes, kvmgdb_reg_size(reg)),
			 0);
}

static void assert_bytes(struct regfile *rf, enum kvmgdb_reg reg,
			 const uint8_t *bytes)
{
	uint8_t got[KVMGDB_REG_MAX_SIZE];

	assert_int_equal(regfile_read(rf, reg, got), kvmgdb_reg_size(reg));
	assert_memory_equal(got, bytes, kvmgdb_reg_size(reg));
}

/* AVX-512 between the debugger and the guest's own instructions. */
static void test_avx512_guest(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf = open_file(m);
	uint8_t bytes[128];

	if (!regfile_present(rf, KVMGDB_REG_ZMM0H)) {
		regfile_free(rf);
		skip();
	}
	machine_long_mode(m);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 5 + 1);
	assert_put(rf, KVMGDB_REG_CR4, get(rf, KVMGDB_REG_CR4) | 1u << 18);
	assert_put(rf, KVMGDB_REG_XCR0, 0xe7);
	assert_put(rf, KVMGDB_REG_RBX, MACHINE_DATA);
	assert_put(rf, KVMGDB_REG_K0 + 3, 0x4321);
	put_bytes(rf, KVMGDB_REG_XMM16 + 4, bytes);
	put_bytes(rf, KVMGDB_REG_YMM16H + 4, bytes + 16);
	put_bytes(rf, KVMGDB_REG_ZMM0H + 20, bytes + 32);
	put_bytes(rf, KVMGDB_REG_XMM0 + 5, bytes + 64);
	put_bytes(rf, KVMGDB_REG_YMM0H + 5, bytes + 80);
	put_bytes(rf, KVMGDB_REG_ZMM0H + 5, bytes + 96);
	flush(rf);
	assert_int_equal(machine_run(m, code_avx512, sizeof(code_avx512)),
			 KVM_EXIT_IO);
	assert_memory_equal(m->memory + MACHINE_DATA, bytes, sizeof(bytes));
	assert_int_equal(get(rf, KVMGDB_REG_RAX), 0x4321);

	regfile_invalidate(rf);
	assert_int_equal(machine_run(m, code_avx512, sizeof(code_avx512)),
			 KVM_EXIT_IO);
	regfile_invalidate(rf);
	assert_bytes(rf, KVMGDB_REG_XMM16 + 5, bytes);
	assert_bytes(rf, KVMGDB_REG_YMM16H + 5, bytes + 16);
	assert_bytes(rf, KVMGDB_REG_ZMM0H + 21, bytes + 32);
	assert_int_equal(get(rf, KVMGDB_REG_K0 + 4), 0x4321);
	regfile_free(rf);
}

static void test_xcr0(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf = open_file(m);
	struct kvm_xcrs xcrs;

	machine_long_mode(m);
	if (!regfile_present(rf, KVMGDB_REG_XCR0)) {
		regfile_free(rf);
		skip();
	}
	assert_put(rf, KVMGDB_REG_XCR0, 3);
	flush(rf);
	raw_get(m, KVM_GET_XCRS, &xcrs);
	assert_int_equal(xcrs.xcrs[0].value, 3);
	assert_refused(rf, KVMGDB_REG_XCR0, 0);
	assert_refused(rf, KVMGDB_REG_XCR0, 4);
	assert_refused(rf, KVMGDB_REG_XCR0, UINT64_C(1) << 62);
	regfile_free(rf);
}

static void test_tables(void **state)
{
	struct machine *m = machine_or_skip(state);
	struct regfile *rf = open_file(m);
	struct kvm_sregs sregs;

	machine_long_mode(m);
	assert_put(rf, KVMGDB_REG_GDTR_BASE, 0xffff800000001000);
	assert_put(rf, KVMGDB_REG_GDTR_LIMIT, 0x7f);
	assert_put(rf, KVMGDB_REG_IDTR_BASE, 0x2000);
	assert_put(rf, KVMGDB_REG_IDTR_LIMIT, 0xfff);
	assert_put(rf, KVMGDB_REG_LDTR_BASE, 0x3000);
	assert_put(rf, KVMGDB_REG_TR_BASE, 0x4000);
	assert_put(rf, KVMGDB_REG_TR_LIMIT, 0xfffff);
	assert_put(rf, KVMGDB_REG_DS_BASE, 0x5000);
	flush(rf);
	raw_get(m, KVM_GET_SREGS, &sregs);
	assert_int_equal(sregs.gdt.base, 0xffff800000001000);
	assert_int_equal(sregs.gdt.limit, 0x7f);
	assert_int_equal(sregs.idt.base, 0x2000);
	assert_int_equal(sregs.idt.limit, 0xfff);
	assert_int_equal(sregs.ldt.base, 0x3000);
	assert_int_equal(sregs.tr.base, 0x4000);
	assert_int_equal(sregs.ds.base, 0x5000);
	assert_int_equal(get(rf, KVMGDB_REG_GDTR_BASE), sregs.gdt.base);
	assert_int_equal(get(rf, KVMGDB_REG_IDTR_LIMIT), 0xfff);
	assert_int_equal(get(rf, KVMGDB_REG_TR), sregs.tr.selector);
	assert_int_equal(get(rf, KVMGDB_REG_TR_LIMIT), 0xfffff);
	assert_int_equal(get(rf, KVMGDB_REG_CS_BASE), sregs.cs.base);
	assert_refused(rf, KVMGDB_REG_GDTR_BASE, UINT64_C(1) << 47);
	assert_refused(rf, KVMGDB_REG_GDTR_LIMIT, 0x10000);
	assert_refused(rf, KVMGDB_REG_CS_BASE, UINT64_C(1) << 32);
	regfile_free(rf);
}

#define test(f) \
	cmocka_unit_test_setup_teardown(f, machine_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(test_general),
	    test(test_cache),
	    cmocka_unit_test(test_no_vcpu),
	    test(test_eflags),
	    test(test_selectors),
	    test(test_bases),
	    test(test_control),
	    test(test_enter_long_mode),
	    test(test_debug),
	    test(test_fpu_initial),
	    test(test_fpu_through_kvm),
	    test(test_fpu_into_guest),
	    test(test_fpu_from_guest),
	    test(test_tag_word),
	    test(test_status_as_cpu),
	    test(test_real_mode_segment),
	    test(test_xsave_components),
	    test(test_avx512_guest),
	    test(test_xcr0),
	    test(test_tables),
	};

	return cmocka_run_group_tests_name("regfile", tests, NULL, NULL);
}
