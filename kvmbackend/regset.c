/* SPDX-License-Identifier: MIT */
#include "regset.h"

#include "regcheck.h"

__u64 *regset_gpr(struct kvm_regs *regs, enum kvmgdb_reg reg)
{
	__u64 *const by_reg[] = {
	    &regs->rax, &regs->rbx, &regs->rcx,   &regs->rdx, &regs->rsi,
	    &regs->rdi, &regs->rbp, &regs->rsp,   &regs->r8,  &regs->r9,
	    &regs->r10, &regs->r11, &regs->r12,   &regs->r13, &regs->r14,
	    &regs->r15, &regs->rip, &regs->rflags};

	/* only for one of the set */
	/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn) */
	return by_reg[reg];
}

uint64_t regset_sreg(struct kvm_sregs *sregs, enum kvmgdb_reg reg)
{
	switch (reg) {
	case KVMGDB_REG_CR0:
		return sregs->cr0;
	case KVMGDB_REG_CR2:
		return sregs->cr2;
	case KVMGDB_REG_CR3:
		return sregs->cr3;
	case KVMGDB_REG_CR4:
		return sregs->cr4;
	case KVMGDB_REG_CR8:
		return sregs->cr8;
	case KVMGDB_REG_EFER:
		return sregs->efer;
	case KVMGDB_REG_FS_BASE:
	case KVMGDB_REG_GS_BASE:
	case KVMGDB_REG_CS_BASE:
	case KVMGDB_REG_SS_BASE:
	case KVMGDB_REG_DS_BASE:
	case KVMGDB_REG_ES_BASE:
	case KVMGDB_REG_LDTR_BASE:
	case KVMGDB_REG_TR_BASE:
		return regcheck_segment(sregs, reg)->base;
	case KVMGDB_REG_LDTR_LIMIT:
	case KVMGDB_REG_TR_LIMIT:
		return regcheck_segment(sregs, reg)->limit;
	case KVMGDB_REG_GDTR_BASE:
		return sregs->gdt.base;
	case KVMGDB_REG_GDTR_LIMIT:
		return sregs->gdt.limit;
	case KVMGDB_REG_IDTR_BASE:
		return sregs->idt.base;
	case KVMGDB_REG_IDTR_LIMIT:
		return sregs->idt.limit;
	default:
		return regcheck_segment(sregs, reg)->selector;
	}
}

uint64_t regset_debugreg(const struct kvm_debugregs *debugregs,
			 enum kvmgdb_reg reg)
{
	if (reg == KVMGDB_REG_DR6)
		return debugregs->dr6;
	if (reg == KVMGDB_REG_DR7)
		return debugregs->dr7;
	return debugregs->db[reg - KVMGDB_REG_DR0];
}

uint64_t regset_xcr0(const struct kvm_xcrs *xcrs)
{
	uint32_t i;

	for (i = 0; i < xcrs->nr_xcrs && i < KVM_MAX_XCRS; i++)
		if (xcrs->xcrs[i].xcr == 0)
			return xcrs->xcrs[i].value;
	return 1;
}
