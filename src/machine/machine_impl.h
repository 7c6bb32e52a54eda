/* SPDX-License-Identifier: MIT */
/* The machine's inside, shared by machine.c, debugged.c, devices.c
 * and vcpu.c. */
#ifndef MACHINE_MACHINE_IMPL_H
#define MACHINE_MACHINE_IMPL_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>

#include "machine/acpipm.h"
#include "machine/bus.h"
#include "machine/exitport.h"
#include "machine/machine.h"
#include "machine/rtc.h"
#include "machine/snapshot.h"
#include "machine/uart8250.h"

/* The memory slots before it are ram_part()'s. */
#define MACHINE_ROM_SLOT 2u

struct vcpu {
	struct machine *machine;
	unsigned index;
	int fd;
	struct kvm_run *run;
	struct kvmgdb_vcpu *gdb;
	pthread_t thread;
	bool started; /* thread is to be joined */
};

struct machine {
	struct machine_config config;
	int vm_fd;
	struct ram *ram;
	struct bus bus;
	struct uart8250 *uart;
	struct exitport_config exitport;
	atomic_bool
	    exit_port_told; /* that there is none, and a guest's write */
	struct acpipm pm;
	struct rtc rtc;
	struct kvmgdb_vm *vm;
	size_t run_size; /* of each vCPU's struct kvm_run mapping */
	struct vcpu *vcpus;
	unsigned count; /* of vcpus that were made */
	struct loader_state boot;
	bool rom_mapped;        /* ram_rom() is in its slot */
	struct snapshot *reset; /* of KVM's part, before the guest was loaded */

	pthread_mutex_t end_lock;
	struct machine_end end; /* end_lock; the first end stays */
};

/* The machine ends; only the first call counts.  Any thread. */
void machine_set_end(struct machine *m, enum machine_end_kind kind, int status,
		     const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* 0 or -errno with WHY.  They work on M until it is freed. */
int machine_make_devices(struct machine *m, struct kvmgdb_reason *why);

/* Its memory slots and vCPUs are KVM's already, and the guest is loaded.  0 or
 * -errno with WHY. */
int machine_make_debugged(struct machine *m, struct kvmgdb_reason *why);

/* Load the guest, for the first vCPU to begin.  0 or -errno with WHY. */
int machine_boot(struct machine *m, struct kvmgdb_reason *why);

/* A vCPU's thread; ARG is a struct vcpu. */
void *vcpu_main(void *arg);

#endif
