/* SPDX-License-Identifier: MIT */
#include "handler.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#define MSR_LSTAR UINT32_C(0xc0000082)
#define VECTOR_DB 1u
#define CR0_PE    UINT64_C(1)
#define EFER_SCE  UINT64_C(1)
#define EFER_LMA  UINT64_C(0x400)

static uint64_t little_endian(const uint8_t *p, unsigned n)
{
	uint64_t value = 0;

	while (n--)
		value = value << 8 | p[n];
	return value;
}

static bool real_mode_target(struct kvmgdb_vcpu *v, uint8_t vector,
			     uint64_t *target)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	uint8_t entry[4];

	if (vcpu_read(v, s->idt.base + UINT64_C(4) * vector, entry, 4) != 4)
		return false;
	*target = little_endian(entry + 2, 2) * 16 + little_endian(entry, 2);
	return true;
}

/* The base of a code segment of the GDT; 64-bit code has none. */
static bool segment_base(struct kvmgdb_vcpu *v, uint16_t selector,
			 uint64_t *base)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	uint16_t at = selector & 0xfff8u;
	uint8_t d[8];

	if ((selector & 4) || at + 7u > s->gdt.limit ||
	    vcpu_read(v, s->gdt.base + at, d, 8) != 8)
		return false;
	*base = little_endian(d + 2, 3) | (uint64_t)d[7] << 24;
	return true;
}

bool handler_gate(struct kvmgdb_vcpu *v, uint8_t vector, uint64_t *target)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	bool lma = s->efer & EFER_LMA;
	unsigned size = lma ? 16 : 8;
	uint8_t gate[16] = {0};
	uint64_t base = 0, offset;
	unsigned type;

	if ((vector + 1u) * size - 1 > s->idt.limit ||
	    vcpu_read(v, s->idt.base + (uint64_t)size * vector, gate, size) !=
		size)
		return false;
	type = gate[5] & 0xfu;
	if (!(gate[5] & 0x80) || (type & 6) != 6)
		return false; /* not present, or a task gate */
	offset = little_endian(gate, 2);
	if (type & 8)
		offset |= little_endian(gate + 6, 2) << 16;
	if (lma)
		offset |= little_endian(gate + 8, 4) << 32;
	else if (!segment_base(v, (uint16_t)little_endian(gate + 2, 2), &base))
		return false;
	*target = lma ? offset : (uint32_t)(base + offset);
	return true;
}

static bool read_msr(struct kvmgdb_vcpu *v, uint32_t index, uint64_t *value)
{
	struct kvm_msrs *msrs =
	    calloc(1, sizeof(*msrs) + sizeof(struct kvm_msr_entry));
	bool ok;

	if (!msrs)
		return false;
	msrs->nmsrs = 1;
	msrs->entries[0].index = index;
	ok = ioctl(v->fd, KVM_GET_MSRS, msrs) == 1;
	*value = msrs->entries[0].data;
	free(msrs);
	return ok;
}

static bool syscall_target(struct kvmgdb_vcpu *v, uint64_t *target)
{
	return (regfile_sregs(v->rf)->efer & EFER_SCE) &&
	       vcpu_code_bits(v) == 64 && read_msr(v, MSR_LSTAR, target);
}

/* 64-bit mode only: elsewhere the code segment's base would be needed. */
static bool iret_target(struct kvmgdb_vcpu *v, const struct insn *insn,
			uint64_t *target)
{
	uint8_t rip[8];

	if (vcpu_code_bits(v) != 64 ||
	    vcpu_read(v, vcpu_stack_top(v), rip, insn->opsize) != insn->opsize)
		return false;
	*target = little_endian(rip, insn->opsize);
	return true;
}

static bool guest_gd(struct kvmgdb_vcpu *v, const struct insn *insn)
{
	const struct kvm_debugregs *d;

	if (insn->cls != INSN_MOV_TO_DR && insn->cls != INSN_MOV_FROM_DR)
		return false;
	d = regfile_debugregs(v->rf);
	return d && (d->dr7 & DR7_GD);
}

bool handler_target(struct kvmgdb_vcpu *v, const struct insn *insn,
		    uint64_t *target)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);

	if (!s || insn->lock)
		return false;
	if (insn->cls == INSN_IRET)
		return iret_target(v, insn, target);
	if (insn->cls == INSN_SYSRET) {
		*target = regfile_regs(v->rf)->rcx;
		if (insn->opsize != 8)
			*target = (uint32_t)*target;
		return true;
	}
	if (insn->cls == INSN_SYSCALL)
		return syscall_target(v, target);
	/* the #DB of ICEBP, and of a MOV DR under the guest's own DR7.GD */
	if (insn->cls == INSN_ICEBP || guest_gd(v, insn))
		return (s->cr0 & CR0_PE) && handler_gate(v, VECTOR_DB, target);
	if (insn->cls != INSN_INT)
		return false;
	if (!(s->cr0 & CR0_PE))
		return real_mode_target(v, insn->vector, target);
	return handler_gate(v, insn->vector, target);
}

unsigned handler_flags_offset(struct kvmgdb_vcpu *v)
{
	switch (vcpu_code_bits(v)) {
	case 64:
		return 16;
	case 32:
		return 8;
	default:
		return 4;
	}
}
