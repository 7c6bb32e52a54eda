/* SPDX-License-Identifier: MIT */
#include "regfile.h"

#include "debugreg.h"
#include "guestcpuid.h"
#include "msr.h"
#include "regcheck.h"
#include "regset.h"
#include "xfeature.h"
#include "xstate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define MSR_EFER           0xc0000080u
#define MSR_KERNEL_GS_BASE 0xc0000102u

/* In the order of writing back, see the header. */
enum set { SREGS, REGS, XCRS, XSAVE, DEBUGREGS, MSRS, SET_COUNT };

/* Invariant: a dirty set is fetched. */
struct regfile {
	int fd;
	bool fetched[SET_COUNT], dirty[SET_COUNT];
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct kvm_debugregs debugregs;
	uint64_t kernel_gs_base;
	struct kvm_xcrs xcrs;
	uint8_t *xsave;
	struct xfeature_layout layout;
	bool components_known;
	uint64_t components;     /* the guest's CPUID has them, bits of XCR0 */
	unsigned long get_xsave; /* KVM_GET_XSAVE or KVM_GET_XSAVE2 */
	uint32_t mxcsr_mask;
};

struct regfile *regfile_new(int vcpu_fd, size_t xsave_size)
{
	struct regfile *rf = calloc(1, sizeof(*rf));

	if (!rf)
		return NULL;
	rf->fd = vcpu_fd;
	rf->get_xsave = xsave_size ? KVM_GET_XSAVE2 : KVM_GET_XSAVE;
	rf->mxcsr_mask = xstate_mxcsr_mask();
	if (xsave_size < sizeof(struct kvm_xsave))
		xsave_size = sizeof(struct kvm_xsave);
	xfeature_layout(&rf->layout, xsave_size);
	rf->xsave = calloc(1, xsave_size);
	if (!rf->xsave) {
		regfile_free(rf);
		return NULL;
	}
	return rf;
}

void regfile_free(struct regfile *rf)
{
	if (!rf)
		return;
	free(rf->xsave);
	free(rf);
}

static int call(struct regfile *rf, unsigned long request, void *set)
{
	return ioctl(rf->fd, request, set) ? -errno : 0;
}

static int get_set(struct regfile *rf, enum set set)
{
	switch (set) {
	case SREGS:
		return call(rf, KVM_GET_SREGS, &rf->sregs);
	case REGS:
		return call(rf, KVM_GET_REGS, &rf->regs);
	case XCRS:
		return call(rf, KVM_GET_XCRS, &rf->xcrs);
	case XSAVE:
		return call(rf, rf->get_xsave, rf->xsave);
	case DEBUGREGS:
		return call(rf, KVM_GET_DEBUGREGS, &rf->debugregs);
	default:
		return msr_get(rf->fd, MSR_KERNEL_GS_BASE, &rf->kernel_gs_base);
	}
}

/* KVM_SET_FPU would lose MXCSR. */
static int put_set(struct regfile *rf, enum set set)
{
	switch (set) {
	case SREGS:
		return call(rf, KVM_SET_SREGS, &rf->sregs);
	case REGS:
		return call(rf, KVM_SET_REGS, &rf->regs);
	case XCRS:
		return call(rf, KVM_SET_XCRS, &rf->xcrs);
	case XSAVE:
		return call(rf, KVM_SET_XSAVE, rf->xsave);
	case DEBUGREGS:
		return call(rf, KVM_SET_DEBUGREGS, &rf->debugregs);
	default:
		return msr_set(rf->fd, MSR_KERNEL_GS_BASE, rf->kernel_gs_base);
	}
}

static bool fetch(struct regfile *rf, enum set set)
{
	if (!rf->fetched[set])
		rf->fetched[set] = get_set(rf, set) == 0;
	return rf->fetched[set];
}

static bool fetch_dirty(struct regfile *rf, enum set set)
{
	if (!fetch(rf, set))
		return false;
	rf->dirty[set] = true;
	return true;
}

const struct kvm_regs *regfile_regs(struct regfile *rf)
{
	return fetch(rf, REGS) ? &rf->regs : NULL;
}

const struct kvm_sregs *regfile_sregs(struct regfile *rf)
{
	return fetch(rf, SREGS) ? &rf->sregs : NULL;
}

const struct kvm_debugregs *regfile_debugregs(struct regfile *rf)
{
	return fetch(rf, DEBUGREGS) ? &rf->debugregs : NULL;
}

struct kvm_regs *regfile_dirty_regs(struct regfile *rf)
{
	return fetch_dirty(rf, REGS) ? &rf->regs : NULL;
}

struct kvm_sregs *regfile_dirty_sregs(struct regfile *rf)
{
	return fetch_dirty(rf, SREGS) ? &rf->sregs : NULL;
}

struct kvm_debugregs *regfile_dirty_debugregs(struct regfile *rf)
{
	return fetch_dirty(rf, DEBUGREGS) ? &rf->debugregs : NULL;
}

int regfile_flush(struct regfile *rf)
{
	int err, first = 0;
	enum set set;

	for (set = SREGS; set < SET_COUNT; set++) {
		if (!rf->dirty[set])
			continue;
		err = put_set(rf, set);
		if (!err)
			rf->dirty[set] = false;
		else if (!first)
			first = err;
	}
	return first;
}

void regfile_invalidate(struct regfile *rf)
{
	memset(rf->fetched, 0, sizeof(rf->fetched));
	memset(rf->dirty, 0, sizeof(rf->dirty));
}

void regfile_synced(struct regfile *rf, const struct kvm_sync_regs *regs)
{
	rf->regs = regs->regs;
	rf->sregs = regs->sregs;
	rf->fetched[REGS] = rf->fetched[SREGS] = true;
}

static enum set set_of(enum kvmgdb_reg reg)
{
	if (reg <= KVMGDB_REG_EFLAGS)
		return REGS;
	if (xstate_has(reg) || xfeature_has(reg))
		return XSAVE;
	if (reg == KVMGDB_REG_K_GS_BASE)
		return MSRS;
	if (reg == KVMGDB_REG_XCR0)
		return XCRS;
	return reg >= KVMGDB_REG_DR0 && reg <= KVMGDB_REG_DR7 ? DEBUGREGS
							      : SREGS;
}

/* Everything but what XSAVE has; its SET is fetched. */
static uint64_t read_value(struct regfile *rf, enum set set,
			   enum kvmgdb_reg reg)
{
	switch (set) {
	case REGS:
		return *regset_gpr(&rf->regs, reg);
	case SREGS:
		return regset_sreg(&rf->sregs, reg);
	case DEBUGREGS:
		return regset_debugreg(&rf->debugregs, reg);
	case XCRS:
		return regset_xcr0(&rf->xcrs);
	default:
		return rf->kernel_gs_base;
	}
}

/* The XSAVE components that the guest can switch on (SDM vol. 2, CPUID 0Dh). */
static uint64_t guest_components(struct regfile *rf)
{
	struct kvm_cpuid_entry2 leaf;

	if (!rf->components_known && !guestcpuid_leaf(rf->fd, 0xd, 0, &leaf)) {
		rf->components = leaf.eax | (uint64_t)leaf.edx << 32;
		rf->components_known = true;
	}
	return rf->components;
}

bool regfile_present(struct regfile *rf, enum kvmgdb_reg reg)
{
	if (reg < KVMGDB_REG_XCR0)
		return true;
	if (reg == KVMGDB_REG_XCR0)
		return guest_components(rf);
	return xfeature_has(reg) &&
	       !(xfeature_needs(reg) & ~guest_components(rf));
}

ssize_t regfile_read(struct regfile *rf, enum kvmgdb_reg reg, void *buf)
{
	const size_t size = kvmgdb_reg_size(reg);
	enum set set;
	uint64_t value;

	if (!size)
		return -EINVAL;
	set = set_of(reg);
	if (!regfile_present(rf, reg) || !fetch(rf, set))
		return -ENODATA;
	if (set != XSAVE) {
		value = read_value(rf, set, reg);
		memcpy(buf, &value, size); /* little-endian, as the host is */
	} else if (xstate_has(reg)) {
		xstate_read(rf->xsave, reg, buf);
	} else if (!xfeature_read(rf->xsave, &rf->layout, reg, buf)) {
		return -ENODATA;
	}
	return (ssize_t)size;
}

static int write_regs(struct regfile *rf, enum kvmgdb_reg reg, uint64_t value)
{
	struct kvm_regs regs = rf->regs;
	int ret = 0;

	if (reg >= KVMGDB_REG_RIP) {
		if (!fetch(rf, SREGS))
			return -ENODATA;
		ret = regcheck_regs(&regs, &rf->sregs, reg, value);
	} else {
		*regset_gpr(&regs, reg) = value;
	}
	if (!ret)
		rf->regs = regs;
	return ret;
}

/* What is reserved depends on the guest's CPUID and on the host: ask KVM, which
 * checks before it changes anything. */
static bool kvm_accepts(struct regfile *rf, enum kvmgdb_reg reg,
			struct kvm_sregs *sregs)
{
	if (reg == KVMGDB_REG_EFER) /* KVM_SET_SREGS takes any bits in it */
		return msr_set(rf->fd, MSR_EFER, sregs->efer) == 0;
	if (reg == KVMGDB_REG_CR0 || reg == KVMGDB_REG_CR3 ||
	    reg == KVMGDB_REG_CR4)
		return ioctl(rf->fd, KVM_SET_SREGS, sregs) == 0;
	return true;
}

static int write_sregs(struct regfile *rf, enum kvmgdb_reg reg, uint64_t value)
{
	struct kvm_sregs sregs = rf->sregs;
	int ret;

	if (!fetch(rf, REGS))
		return -ENODATA;
	ret = regcheck_sregs(&sregs, &rf->regs, reg, value);
	if (ret)
		return ret;
	if (!kvm_accepts(rf, reg, &sregs))
		return -EINVAL;
	rf->sregs = sregs;
	return 0;
}

/* As a MOV DR in ring 0 would (KVM_SET_DEBUGREGS keeps what it is given). */
static int write_debugregs(struct regfile *rf, enum kvmgdb_reg reg,
			   uint64_t value)
{
	uint64_t fixed;
	int ret;

	if (reg <= KVMGDB_REG_DR3) {
		rf->debugregs.db[reg - KVMGDB_REG_DR0] = value;
		return 0;
	}
	if (value >> 32)
		return -EINVAL;
	if (reg == KVMGDB_REG_DR7) {
		rf->debugregs.dr7 = dr7_write(value);
		return 0;
	}
	ret = guestcpuid_dr6_fixed(rf->fd, &fixed);
	if (!ret)
		rf->debugregs.dr6 = dr6_write(fixed, value);
	return ret;
}

static int write_kernel_gs_base(struct regfile *rf, uint64_t value)
{
	if (!fetch(rf, SREGS))
		return -ENODATA;
	if (!regcheck_canonical(&rf->sregs, value))
		return -EINVAL;
	rf->kernel_gs_base = value;
	return 0;
}

/* Which components may be together, and which the guest may have, KVM knows. */
static int write_xcr0(struct regfile *rf, uint64_t value)
{
	struct kvm_xcrs xcrs = {.nr_xcrs = 1, .xcrs = {{.value = value}}};

	if (ioctl(rf->fd, KVM_SET_XCRS, &xcrs))
		return -EINVAL;
	rf->xcrs = xcrs;
	return 0;
}

static int write_value(struct regfile *rf, enum kvmgdb_reg reg, uint64_t value)
{
	switch (set_of(reg)) {
	case REGS:
		return write_regs(rf, reg, value);
	case SREGS:
		return write_sregs(rf, reg, value);
	case DEBUGREGS:
		return write_debugregs(rf, reg, value);
	case XCRS:
		return write_xcr0(rf, value);
	default:
		return write_kernel_gs_base(rf, value);
	}
}

int regfile_write(struct regfile *rf, enum kvmgdb_reg reg, const void *buf,
		  size_t size)
{
	uint8_t now[KVMGDB_REG_MAX_SIZE];
	uint64_t value = 0;
	ssize_t have = regfile_read(rf, reg, now);
	int ret;

	if (have < 0)
		return (int)have;
	if (size != (size_t)have)
		return -EINVAL;
	/* Whatever a register holds may be put back: a selector of real mode
	 * whose base is not 16 times it, for one. */
	if (!memcmp(now, buf, size))
		return 0;
	if (xfeature_has(reg)) {
		xfeature_write(rf->xsave, &rf->layout, reg, buf);
		ret = 0;
	} else if (xstate_has(reg)) {
		ret = xstate_write(rf->xsave, rf->mxcsr_mask, reg, buf);
	} else {
		memcpy(&value, buf, size);
		ret = write_value(rf, reg, value);
	}
	if (!ret)
		rf->dirty[set_of(reg)] = true;
	return ret;
}
