/* SPDX-License-Identifier: MIT */
/*
 * What does this KVM really do?  Each answer is an observation: the guest is
 * run once without debugging (it must reach its end: the positive control),
 * then with it.
 */
#include "debugreg.h"
#include "probe_guest.h"
#include "probe_vm.h"

#include <kvmgdb/backend.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define HW_BP     (KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP)
#define STEP      (KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP)
#define SENTINEL  UINT64_C(0x5eed0f0d00000000)
#define RFLAGS_RF UINT64_C(0x10000)
#define RFLAGS_IF UINT64_C(0x200)

/* DR7 with slot 0 enabled; LEN is the field, not bytes.  Slot 1, disabled, has
 * the same: does its bit show? */
#define DR7_SLOT0(rw, len) \
	(DR7_RESET | 2u | (rw) << 16 | (len) << 18 | (rw) << 20 | (len) << 22)
#define DR6_B1 2u

/* LEN fields of 1, 2, 4 and 8 bytes. */
static const unsigned len_field[4] = {0, 1, 3, 2};

static bool starts(struct probe_vm *vm, uint32_t label, unsigned cpl)
{
	return probe_vm_reset(vm, label, cpl, PROBE_DATA);
}

/* The positive control, which also touches the pages. */
static bool reaches_end(struct probe_vm *vm, uint32_t label, unsigned cpl)
{
	return starts(vm, label, cpl) && probe_vm_run(vm) &&
	       probe_vm_port(vm) == PROBE_PORT_END;
}

static bool stopped_at(const struct probe_vm *vm, uint64_t dr6_bits,
		       uint32_t label)
{
	return vm->run->exit_reason == KVM_EXIT_DEBUG &&
	       vm->run->debug.arch.exception == 1 &&
	       (vm->run->debug.arch.dr6 & dr6_bits) == dr6_bits &&
	       vm->run->debug.arch.pc == PROBE_CODE + label;
}

/* After a hit in slot 0. */
static bool shows_disabled(const struct probe_vm *vm)
{
	return vm->run->debug.arch.dr6 & DR6_B1;
}

static bool probe_exec(struct probe_vm *vm, unsigned cpl, bool *dr7_reported)
{
	if (!reaches_end(vm, probe_nops, cpl) || !starts(vm, probe_nops, cpl) ||
	    !probe_vm_debug(vm, HW_BP, PROBE_CODE + probe_nop2,
			    DR7_SLOT0(0u, 0u)))
		return false;
	vm->run->debug.arch.dr7 = SENTINEL;
	if (!probe_vm_run(vm) || !stopped_at(vm, 1, probe_nop2))
		return false;
	*dr7_reported = vm->run->debug.arch.dr7 != SENTINEL;
	return true;
}

static bool probe_data(struct probe_vm *vm, unsigned cpl, uint32_t label,
		       uint32_t after, unsigned rw, unsigned len)
{
	return reaches_end(vm, label, cpl) && starts(vm, label, cpl) &&
	       probe_vm_debug(vm, HW_BP, PROBE_DATA, DR7_SLOT0(rw, len)) &&
	       probe_vm_run(vm) && stopped_at(vm, 1, after);
}

static bool probe_step(struct probe_vm *vm, unsigned cpl)
{
	int tries;

	if (!reaches_end(vm, probe_nops, cpl) || !starts(vm, probe_nops, cpl))
		return false;
	/* a step that does not move is tried again, as vCPUs do it */
	for (tries = 0; tries < 8; tries++) {
		if (!probe_vm_debug(vm, STEP, 0, 0) || !probe_vm_run(vm))
			return false;
		if (stopped_at(vm, DR6_BS, probe_nop2))
			return true;
		if (!stopped_at(vm, DR6_BS, probe_nops))
			return false;
	}
	return false;
}

static bool probe_sw_bp(struct probe_vm *vm, unsigned cpl)
{
	return starts(vm, probe_int3, cpl) &&
	       probe_vm_debug(vm, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP,
			      0, 0) &&
	       probe_vm_run(vm) && vm->run->exit_reason == KVM_EXIT_DEBUG &&
	       vm->run->debug.arch.exception == 3 &&
	       vm->run->debug.arch.pc == PROBE_CODE + probe_int3;
}

static bool probe_dr_access(struct probe_vm *vm)
{
	return reaches_end(vm, probe_mov_dr, 0) &&
	       starts(vm, probe_mov_dr, 0) &&
	       probe_vm_debug(vm, HW_BP, 0, DR7_RESET | DR7_GD) &&
	       probe_vm_run(vm) && stopped_at(vm, DR6_BD, probe_mov_dr);
}

/* Causes put into DR6 by us, the exception by KVM_GUESTDBG_INJECT_DB: does the
 * handler see both, the right RIP, and DR7.GD cleared? */
static bool probe_reinject(struct probe_vm *vm)
{
	struct kvm_debugregs dr = {.dr6 = DR6_RESET | 2,
				   .dr7 = DR7_RESET | DR7_GD};
	struct kvm_regs regs;

	if (!reaches_end(vm, probe_nops, 0) || !starts(vm, probe_nops, 0) ||
	    ioctl(vm->vcpu_fd, KVM_SET_DEBUGREGS, &dr) ||
	    !probe_vm_debug(vm, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_INJECT_DB, 0,
			    0) ||
	    !probe_vm_run(vm) || probe_vm_port(vm) != PROBE_PORT_DB ||
	    !probe_vm_regs(vm, &regs) ||
	    ioctl(vm->vcpu_fd, KVM_GET_DEBUGREGS, &dr))
		return false;
	return regs.rax == (DR6_RESET | 2) &&
	       regs.rcx == PROBE_CODE + probe_nops && !(dr.dr7 & DR7_GD);
}

static bool probe_readonly(struct probe_vm *vm)
{
	memset(vm->readonly, 0x11, 8);
	return reaches_end(vm, probe_store[3], 0) &&
	       probe_vm_reset(vm, probe_store[3], 0, PROBE_READONLY) &&
	       probe_vm_run(vm) && vm->run->exit_reason == KVM_EXIT_MMIO &&
	       vm->run->mmio.is_write && vm->run->mmio.len == 8 &&
	       vm->run->mmio.phys_addr == PROBE_READONLY &&
	       vm->readonly[0] == 0x11;
}

/*
 * With PROT on the data page of our mapping: the instruction does not run, and
 * says so by EFAULT or by an MMIO exit; with all rights back it does.
 */
static bool probe_page(struct probe_vm *vm, unsigned cpl, uint32_t label,
		       int prot, bool write, bool *mmio)
{
	uint8_t *page = vm->memory + PROBE_DATA;
	struct kvm_regs regs;
	bool ran, trapped = false;

	if (!reaches_end(vm, label, cpl) || !starts(vm, label, cpl))
		return false;
	memset(page, 0x11, 8);
	if (mprotect(page, 4096, prot))
		return false;
	ran = probe_vm_run(vm);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	if (ran)
		trapped = vm->run->exit_reason == KVM_EXIT_MMIO &&
			  vm->run->mmio.phys_addr == PROBE_DATA &&
			  vm->run->mmio.is_write == write;
	else
		trapped = errno == EFAULT && probe_vm_regs(vm, &regs) &&
			  regs.rip == PROBE_CODE + label;
	*mmio |= trapped && ran;
	return trapped && page[0] == 0x11 && reaches_end(vm, label, cpl);
}

/* The same for the fetch of an instruction: EFAULT, or KVM's emulator gives
 * up. */
static bool probe_page_exec(struct probe_vm *vm, unsigned cpl)
{
	uint8_t *page = vm->memory + PROBE_CODE;
	struct kvm_regs regs;
	bool ran, trapped;

	if (!reaches_end(vm, probe_nops, cpl) || !starts(vm, probe_nops, cpl) ||
	    mprotect(page, 4096, PROT_NONE))
		return false;
	ran = probe_vm_run(vm);
	trapped =
	    ran ? vm->run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
		      vm->run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION
		: errno == EFAULT;
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	return trapped && probe_vm_regs(vm, &regs) &&
	       regs.rip == PROBE_CODE + probe_nops &&
	       reaches_end(vm, probe_nops, cpl);
}

/* An interrupt that the guest would take at once. */
static bool raise_interrupt(struct probe_vm *vm)
{
	struct kvm_msi msi = {.address_lo = 0xfee00000, .data = PROBE_VECTOR};
	struct kvm_lapic_state apic;
	struct kvm_regs regs;

	if (!vm->irqchip || ioctl(vm->vcpu_fd, KVM_GET_LAPIC, &apic))
		return false;
	apic.regs[0xf0] = (char)0xff; /* spurious vector; bit 8: enabled */
	apic.regs[0xf1] = 1;
	if (ioctl(vm->vcpu_fd, KVM_SET_LAPIC, &apic) ||
	    !probe_vm_regs(vm, &regs))
		return false;
	regs.rflags |= RFLAGS_IF;
	return !ioctl(vm->vcpu_fd, KVM_SET_REGS, &regs) &&
	       ioctl(vm->vm_fd, KVM_SIGNAL_MSI, &msi) > 0;
}

/* A step with the interrupt pending ends at the next instruction, and the
 * interrupt is there afterwards (so there was one). */
static bool probe_blockirq(struct probe_vm *vm)
{
	int tries;

	if (!reaches_end(vm, probe_nops, 0) || !starts(vm, probe_nops, 0) ||
	    !raise_interrupt(vm))
		return false;
	for (tries = 0; tries < 8; tries++) {
		if (!probe_vm_debug(vm, STEP | KVM_GUESTDBG_BLOCKIRQ, 0, 0) ||
		    !probe_vm_run(vm))
			return false;
		if (!stopped_at(vm, DR6_BS, probe_nops))
			break;
	}
	return stopped_at(vm, DR6_BS, probe_nop2) &&
	       probe_vm_debug(vm, 0, 0, 0) && probe_vm_run(vm) &&
	       probe_vm_port(vm) == PROBE_PORT_IRQ;
}

static bool probe_exec_rf(struct probe_vm *vm)
{
	struct kvm_regs regs;

	if (!starts(vm, probe_nop2, 0) || !probe_vm_regs(vm, &regs))
		return false;
	regs.rflags |= RFLAGS_RF;
	return !ioctl(vm->vcpu_fd, KVM_SET_REGS, &regs) &&
	       probe_vm_debug(vm, HW_BP, PROBE_CODE + probe_nop2,
			      DR7_SLOT0(0u, 0u)) &&
	       probe_vm_run(vm) && probe_vm_port(vm) == PROBE_PORT_END;
}

/* The guest's own DR0, while the host holds a slot elsewhere. */
static bool probe_guest_exec(struct probe_vm *vm)
{
	struct kvm_debugregs dr = {.db = {PROBE_CODE + probe_nop2},
				   .dr6 = DR6_RESET,
				   .dr7 = DR7_SLOT0(0u, 0u)};

	return starts(vm, probe_nops, 0) &&
	       !ioctl(vm->vcpu_fd, KVM_SET_DEBUGREGS, &dr) &&
	       probe_vm_debug(vm, HW_BP, PROBE_CODE + probe_h_other,
			      DR7_SLOT0(0u, 0u)) &&
	       probe_vm_run(vm) && probe_vm_port(vm) == PROBE_PORT_DB;
}

static void observe(struct probe_vm *vm, struct kvmgdb_probe *p)
{
	bool reported[2] = {false, false};
	unsigned cpl, i;

	p->off_exec = probe_exec(vm, 0, &reported[0]) && shows_disabled(vm);
	p->off_data = probe_data(vm, 0, probe_store[2], probe_store_after[2],
				 DR_WRITE, len_field[2]) &&
		      shows_disabled(vm);
	for (cpl = 0; cpl < 2; cpl++) {
		p->step[cpl] = probe_step(vm, cpl ? 3 : 0);
		/* what EFAULT stops is stepped with rights */
		p->page_write[cpl] =
		    p->step[cpl] && probe_page(vm, cpl ? 3 : 0, probe_store[0],
					       PROT_READ, true, &p->page_mmio);
		p->page_access[cpl] =
		    p->step[cpl] && probe_page(vm, cpl ? 3 : 0, probe_load,
					       PROT_NONE, false, &p->page_mmio);
		p->page_exec[cpl] =
		    p->step[cpl] && probe_page_exec(vm, cpl ? 3 : 0);
		p->exec[cpl] = probe_exec(vm, cpl ? 3 : 0, &reported[cpl]);
		p->int3[cpl] = probe_sw_bp(vm, cpl ? 3 : 0);
		for (i = 0; i < 4; i++) {
			p->data_write[cpl][i] = probe_data(
			    vm, cpl ? 3 : 0, probe_store[i],
			    probe_store_after[i], DR_WRITE, len_field[i]);
			p->data_access[cpl][i] = probe_data(
			    vm, cpl ? 3 : 0, probe_load, probe_load_after,
			    DR_ACCESS, len_field[i]);
		}
	}
	p->dr_access = probe_dr_access(vm);
	p->reinject = probe_reinject(vm);
	p->readonly_slot = probe_readonly(vm);
	p->blockirq = probe_blockirq(vm);
	p->exec_rf = p->exec[0] && probe_exec_rf(vm);
	p->guest_exec = probe_guest_exec(vm);
	p->dr7_reported = reported[0];
}

static int check_capabilities(int kvm_fd, struct kvmgdb_reason *why)
{
	static const struct {
		long cap;
		const char *name;
	} needed[] = {
	    {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
	    {KVM_CAP_SET_GUEST_DEBUG, "KVM_CAP_SET_GUEST_DEBUG"},
	    {KVM_CAP_DEBUGREGS, "KVM_CAP_DEBUGREGS"},
	    {KVM_CAP_VCPU_EVENTS, "KVM_CAP_VCPU_EVENTS"},
	    {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
	    {KVM_CAP_XSAVE, "KVM_CAP_XSAVE"},
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (ioctl(kvm_fd, KVM_CHECK_EXTENSION, needed[i].cap) > 0)
			continue;
		snprintf(why->text, sizeof(why->text), "this KVM lacks %s",
			 needed[i].name);
		return -ENOTSUP;
	}
	return 0;
}

int kvmgdb_probe_early(int kvm_fd, struct kvmgdb_probe *probe,
		       struct kvmgdb_reason *why, void (*known)(void *ctx),
		       void *ctx)
{
	struct probe_vm vm;
	int err;

	*probe = (struct kvmgdb_probe){.exec = {false}};
	why->text[0] = '\0';
	err = check_capabilities(kvm_fd, why);
	if (!err)
		err = probe_vm_open(&vm, kvm_fd, why);
	if (err)
		return err;
	observe(&vm, probe);
	if (known)
		known(ctx);
	probe_vm_close(&vm);
	return 0;
}

int kvmgdb_probe(int kvm_fd, struct kvmgdb_probe *probe,
		 struct kvmgdb_reason *why)
{
	return kvmgdb_probe_early(kvm_fd, probe, why, NULL, NULL);
}
