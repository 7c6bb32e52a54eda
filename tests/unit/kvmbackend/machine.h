/* SPDX-License-Identifier: MIT */
/*
 * The smallest virtual machine: one vCPU, 4 MiB of memory at gpa 0, no
 * interrupt chip.  A test that needs it is skipped, with the reason, where
 * there is no KVM.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_MEMORY (4u << 20)
#define MACHINE_CODE   0x8000u  /* where machine_run starts */
#define MACHINE_DATA   0x10000u /* free for the test */
#define MACHINE_STACK  0x20000u
#define MACHINE_PORT   0x80u /* an OUT to it ends machine_run */

struct machine {
	int kvm, vm, vcpu;
	struct kvm_run *run;
	size_t run_size, xsave_size;
	uint8_t *memory;
};

/* cmocka setup and teardown; *STATE is a struct machine *, or NULL: no KVM. */
int machine_setup(void **state);
int machine_teardown(void **state);

/* The machine, or the test is skipped. */
struct machine *machine_or_skip(void **state);

/* Ring 3 of long mode, memory identity-mapped, IOPL 3: there even a KVM that
 * emulates ring 0 runs on the CPU. */
void machine_long_mode(struct machine *m);
/* Real mode, all segments at 0. */
void machine_real_mode(struct machine *m);

/* Run CODE from MACHINE_CODE until its OUT; the exit reason, or -errno. */
int machine_run(struct machine *m, const void *code, size_t size);

#endif
