/* SPDX-License-Identifier: MIT */
/*
 * A throw-away VM in 64-bit mode with one vCPU, that runs the probe's guest
 * from any of its labels with all state set anew.
 */
#ifndef KVMBACKEND_PROBE_VM_H
#define KVMBACKEND_PROBE_VM_H

#include <kvmgdb/target.h>
#include <linux/kvm.h>

/* Guest-physical (and linear) layout. */
#define PROBE_CODE     0xa000u
#define PROBE_DATA     0xb000u
#define PROBE_READONLY 0x200000u /* a read-only slot of one page */

struct probe_vm {
	int vm_fd, vcpu_fd;
	struct kvm_run *run;
	size_t run_size;
	uint8_t *memory, *readonly;
	bool irqchip;
};

/* 0 or -errno, and then nothing is left open. */
int probe_vm_open(struct probe_vm *vm, int kvm_fd, struct kvmgdb_reason *why);
void probe_vm_close(struct probe_vm *vm);

/* All registers as at the start of a test: RIP at LABEL, in CPL 0 or 3, rbx
 * DATA, no debugging, no exception under way. */
bool probe_vm_reset(struct probe_vm *vm, uint32_t label, unsigned cpl,
		    uint64_t data);

/* KVM_RUN until something happens that a test looks at; the exit reason is in
 * vm->run.  False: KVM_RUN failed. */
bool probe_vm_run(struct probe_vm *vm);

/* The port that the guest wrote to, or 0 for another exit. */
unsigned probe_vm_port(const struct probe_vm *vm);

/* DR1 has the address of DR0 too. */
bool probe_vm_debug(struct probe_vm *vm, uint32_t control, uint64_t dr0,
		    uint64_t dr7);
bool probe_vm_regs(struct probe_vm *vm, struct kvm_regs *regs);

#endif
