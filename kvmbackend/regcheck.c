/* SPDX-License-Identifier: MIT */
/* Rules for control registers: SDM vol. 3A, 2.5, 4.1 and vol. 2B, MOV CR. */
#include "regcheck.h"

#include <errno.h>

#define CR0_PE   (UINT64_C(1) << 0)
#define CR0_ET   (UINT64_C(1) << 4)
#define CR0_WP   (UINT64_C(1) << 16)
#define CR0_NW   (UINT64_C(1) << 29)
#define CR0_CD   (UINT64_C(1) << 30)
#define CR0_PG   (UINT64_C(1) << 31)
#define CR0_BITS UINT64_C(0xe005003f)

#define CR4_PAE   (UINT64_C(1) << 5)
#define CR4_LA57  (UINT64_C(1) << 12)
#define CR4_PCIDE (UINT64_C(1) << 17)
#define CR4_CET   (UINT64_C(1) << 23)

#define EFER_LME (UINT64_C(1) << 8)
#define EFER_LMA (UINT64_C(1) << 10)

#define SELECTOR_TI 4u

#define FLAGS_FIXED UINT64_C(0x2)
#define FLAGS_BITS  UINT64_C(0x3f7fd5)
#define FLAGS_VM    (UINT64_C(1) << 17)

bool regcheck_canonical(const struct kvm_sregs *sregs, uint64_t value)
{
	/* the sign bit, and all above it */
	const unsigned low = sregs->cr4 & CR4_LA57 ? 56 : 47;
	const uint64_t top = value >> low;

	return top == 0 || top == UINT64_MAX >> low;
}

static int check_rip(const struct kvm_sregs *sregs, uint64_t rip)
{
	/* SDM vol. 3C, 27.3.1.4: anything else fails VM entry */
	if ((sregs->efer & EFER_LMA) && sregs->cs.l)
		return regcheck_canonical(sregs, rip) ? 0 : -EINVAL;
	return rip >> 32 ? -EINVAL : 0;
}

int regcheck_regs(struct kvm_regs *regs, const struct kvm_sregs *sregs,
		  enum kvmgdb_reg reg, uint64_t value)
{
	if (reg == KVMGDB_REG_RIP) {
		regs->rip = value;
		return check_rip(sregs, value);
	}
	/* Entering or leaving virtual-8086 mode changes all segments as well,
	 * and no single register write can. */
	if ((value ^ regs->rflags) & FLAGS_VM)
		return -EINVAL;
	regs->rflags = (value & FLAGS_BITS) | FLAGS_FIXED;
	return 0;
}

/* Setting PG with LME enters IA-32e mode, clearing it leaves (4.1.1, 9.8.5). */
static int switch_paging(struct kvm_sregs *sregs, bool on)
{
	if (sregs->cs.l || (sregs->cr4 & CR4_PCIDE))
		return -EINVAL;
	if (!on)
		sregs->efer &= ~EFER_LMA;
	else if (!(sregs->efer & EFER_LME))
		return 0;
	else if (!(sregs->cr4 & CR4_PAE))
		return -EINVAL;
	else
		sregs->efer |= EFER_LMA;
	return 0;
}

static int write_cr0(struct kvm_sregs *sregs, uint64_t value)
{
	const uint64_t changed = value ^ sregs->cr0;

	if ((value & ~CR0_BITS) || ((value & CR0_PG) && !(value & CR0_PE)) ||
	    ((value & CR0_NW) && !(value & CR0_CD)) ||
	    ((sregs->cr4 & CR4_CET) && !(value & CR0_WP)))
		return -EINVAL;
	sregs->cr0 = value | CR0_ET;
	return changed & CR0_PG ? switch_paging(sregs, value & CR0_PG) : 0;
}

/* Which of the rest are reserved goes by the guest's CPUID: KVM knows. */
static int write_cr4(struct kvm_sregs *sregs, uint64_t value)
{
	const uint64_t changed = value ^ sregs->cr4;
	const bool lma = sregs->efer & EFER_LMA;

	if (lma && (!(value & CR4_PAE) || (changed & CR4_LA57)))
		return -EINVAL;
	if ((changed & value & CR4_PCIDE) && (!lma || (sregs->cr3 & 0xfff)))
		return -EINVAL;
	if ((value & CR4_CET) && !(sregs->cr0 & CR0_WP))
		return -EINVAL;
	sregs->cr4 = value;
	return 0;
}

/* LMA is the CPU's to change: a value that says otherwise is refused. */
static int write_efer(struct kvm_sregs *sregs, uint64_t value)
{
	const bool lma = (value & EFER_LME) && (sregs->cr0 & CR0_PG);

	if (((value ^ sregs->efer) & EFER_LME) && (sregs->cr0 & CR0_PG))
		return -EINVAL;
	if (lma != !!(value & EFER_LMA))
		return -EINVAL;
	sregs->efer = value;
	return 0;
}

static int write_cr3(struct kvm_sregs *sregs, uint64_t value)
{
	if (!(sregs->efer & EFER_LMA) && value >> 32)
		return -EINVAL;
	sregs->cr3 = value;
	return 0;
}

struct kvm_segment *regcheck_segment(struct kvm_sregs *sregs,
				     enum kvmgdb_reg reg)
{
	switch (reg) {
	case KVMGDB_REG_CS:
	case KVMGDB_REG_CS_BASE:
		return &sregs->cs;
	case KVMGDB_REG_SS:
	case KVMGDB_REG_SS_BASE:
		return &sregs->ss;
	case KVMGDB_REG_DS:
	case KVMGDB_REG_DS_BASE:
		return &sregs->ds;
	case KVMGDB_REG_ES:
	case KVMGDB_REG_ES_BASE:
		return &sregs->es;
	case KVMGDB_REG_LDTR:
	case KVMGDB_REG_LDTR_BASE:
	case KVMGDB_REG_LDTR_LIMIT:
		return &sregs->ldt;
	case KVMGDB_REG_TR:
	case KVMGDB_REG_TR_BASE:
	case KVMGDB_REG_TR_LIMIT:
		return &sregs->tr;
	case KVMGDB_REG_FS:
	case KVMGDB_REG_FS_BASE:
		return &sregs->fs;
	default:
		return &sregs->gs;
	}
}

/*
 * In real and virtual-8086 mode the base follows, limit and attributes stay.
 * In protected mode only the selector changes: its descriptor is in the guest's
 * memory, which we do not have here, and until the guest loads the register
 * the hidden part stays what it was.
 */
static int write_selector(struct kvm_sregs *sregs, const struct kvm_regs *regs,
			  enum kvmgdb_reg reg, uint64_t value)
{
	struct kvm_segment *segment = regcheck_segment(sregs, reg);

	if (value > 0xffff)
		return -EINVAL;
	segment->selector = (uint16_t)value;
	if (!(sregs->cr0 & CR0_PE) || (regs->rflags & FLAGS_VM))
		segment->base = value << 4;
	return 0;
}

/* SDM vol. 3C, 27.3.1.2: bases of CS, SS, DS and ES have 32 bits, and in
 * virtual-8086 mode they are 16 times the selectors. */
static int write_low_base(struct kvm_sregs *sregs, const struct kvm_regs *regs,
			  enum kvmgdb_reg reg, uint64_t value)
{
	if (value >> 32 || (regs->rflags & FLAGS_VM))
		return -EINVAL;
	regcheck_segment(sregs, reg)->base = value;
	return 0;
}

/* There too: what LDTR and TR hold is in the GDT, and the granularity goes by
 * the limit. */
static int write_system_segment(struct kvm_sregs *sregs, enum kvmgdb_reg reg,
				uint64_t value)
{
	struct kvm_segment *segment = regcheck_segment(sregs, reg);

	switch (reg) {
	case KVMGDB_REG_LDTR:
	case KVMGDB_REG_TR:
		segment->selector = (uint16_t)value;
		return value >> 16 || (value & SELECTOR_TI) ? -EINVAL : 0;
	case KVMGDB_REG_LDTR_BASE:
	case KVMGDB_REG_TR_BASE:
		segment->base = value;
		return regcheck_canonical(sregs, value) ? 0 : -EINVAL;
	default:
		segment->limit = (uint32_t)value;
		segment->g = value >> 20 != 0;
		return value >> 32 || (segment->g && ~value & 0xfff) ? -EINVAL
								     : 0;
	}
}

static int write_table(struct kvm_sregs *sregs, enum kvmgdb_reg reg,
		       uint64_t value)
{
	struct kvm_dtable *table =
	    reg <= KVMGDB_REG_GDTR_LIMIT ? &sregs->gdt : &sregs->idt;

	if (reg == KVMGDB_REG_GDTR_BASE || reg == KVMGDB_REG_IDTR_BASE) {
		table->base = value;
		return regcheck_canonical(sregs, value) ? 0 : -EINVAL;
	}
	table->limit = (uint16_t)value;
	return value >> 16 ? -EINVAL : 0;
}

int regcheck_sregs(struct kvm_sregs *sregs, const struct kvm_regs *regs,
		   enum kvmgdb_reg reg, uint64_t value)
{
	switch (reg) {
	case KVMGDB_REG_CR0:
		return write_cr0(sregs, value);
	case KVMGDB_REG_CR2:
		sregs->cr2 = value;
		return 0;
	case KVMGDB_REG_CR3:
		return write_cr3(sregs, value);
	case KVMGDB_REG_CR4:
		return write_cr4(sregs, value);
	case KVMGDB_REG_CR8:
		sregs->cr8 = value;
		return value > 15 ? -EINVAL : 0;
	case KVMGDB_REG_EFER:
		return write_efer(sregs, value);
	case KVMGDB_REG_FS_BASE:
	case KVMGDB_REG_GS_BASE:
		regcheck_segment(sregs, reg)->base = value;
		return regcheck_canonical(sregs, value) ? 0 : -EINVAL;
	case KVMGDB_REG_CS_BASE:
	case KVMGDB_REG_SS_BASE:
	case KVMGDB_REG_DS_BASE:
	case KVMGDB_REG_ES_BASE:
		return write_low_base(sregs, regs, reg, value);
	case KVMGDB_REG_GDTR_BASE:
	case KVMGDB_REG_GDTR_LIMIT:
	case KVMGDB_REG_IDTR_BASE:
	case KVMGDB_REG_IDTR_LIMIT:
		return write_table(sregs, reg, value);
	case KVMGDB_REG_LDTR:
	case KVMGDB_REG_LDTR_BASE:
	case KVMGDB_REG_LDTR_LIMIT:
	case KVMGDB_REG_TR:
	case KVMGDB_REG_TR_BASE:
	case KVMGDB_REG_TR_LIMIT:
		return write_system_segment(sregs, reg, value);
	default:
		return write_selector(sregs, regs, reg, value);
	}
}
