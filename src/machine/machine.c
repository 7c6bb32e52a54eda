/* SPDX-License-Identifier: MIT */
#include "machine/machine.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine/cpuid.h"
#include "machine/machine_impl.h"
#include "machine/oserror.h"
#include "machine/pcvm.h"

void machine_set_end(struct machine *m, enum machine_end_kind kind, int status,
		     const char *format, ...)
{
	bool first = false;
	va_list ap;

	pthread_mutex_lock(&m->end_lock);
	if (m->end.kind == MACHINE_RUNNING) {
		first = true;
		m->end.kind = kind;
		m->end.status = status;
		m->end.serial++;
		va_start(ap, format);
		vsnprintf(m->end.text, sizeof(m->end.text), format, ap);
		va_end(ap);
	}
	pthread_mutex_unlock(&m->end_lock);
	if (!first)
		return;
	kvmgdb_vm_hold(m->vm);
	m->config.ended(m->config.ctx);
}

bool machine_ended(struct machine *machine, struct machine_end *end)
{
	pthread_mutex_lock(&machine->end_lock);
	*end = machine->end;
	pthread_mutex_unlock(&machine->end_lock);
	return end->kind != MACHINE_RUNNING;
}

static int make_slots(struct machine *m, struct kvmgdb_reason *why)
{
	uint64_t gpa, size;

	for (uint32_t i = 0; ram_part(m->ram, i, &gpa, &size) != NULL; i++) {
		const struct kvm_userspace_memory_region region = {
		    .slot = i,
		    .guest_phys_addr = gpa,
		    .memory_size = size,
		    .userspace_addr = (uintptr_t)ram_kvm_part(m->ram, i)};

		if (ioctl(m->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) < 0)
			return oserror(why, "KVM_SET_USER_MEMORY_REGION");
	}
	return 0;
}

static int make_ram(struct machine *m, struct kvmgdb_reason *why)
{
	const int rc = ram_new(m->config.memory, &m->ram);

	if (rc < 0)
		snprintf(why->text, sizeof(why->text),
			 "%llu MiB of guest memory: %s",
			 (unsigned long long)(m->config.memory >> 20),
			 strerror(-rc));
	return rc;
}

static int make_vcpu(struct machine *m, struct vcpu *v,
		     struct kvm_cpuid2 *cpuid, struct kvmgdb_reason *why)
{
	v->fd = ioctl(m->vm_fd, KVM_CREATE_VCPU, (unsigned long)v->index);
	if (v->fd < 0)
		return oserror(why, "KVM_CREATE_VCPU");
	v->run = mmap(NULL, m->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      v->fd, 0);
	if (v->run == MAP_FAILED) {
		v->run = NULL;
		return oserror(why, "mmap of a vCPU");
	}
	cpuid_fit(cpuid, v->index, m->config.cpus);
	if (ioctl(v->fd, KVM_SET_CPUID2, cpuid) < 0)
		return oserror(why, "KVM_SET_CPUID2");
	return 0;
}

static int check_cpus(const struct machine *m, struct kvmgdb_reason *why)
{
	const int max = ioctl(m->config.kvm_fd, KVM_CHECK_EXTENSION,
			      (unsigned long)KVM_CAP_MAX_VCPUS);

	if (max > 0 && m->config.cpus > (unsigned)max) {
		snprintf(why->text, sizeof(why->text),
			 "--cpus %u: this KVM has at most %d vCPUs",
			 m->config.cpus, max);
		return -EINVAL;
	}
	return 0;
}

static int make_vcpus(struct machine *m, struct kvmgdb_reason *why)
{
	const int run_size =
	    ioctl(m->config.kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0ul);
	struct kvm_cpuid2 *cpuid;
	int rc = 0;

	if (run_size < 0)
		return oserror(why, "KVM_GET_VCPU_MMAP_SIZE");
	m->run_size = (size_t)run_size;
	m->vcpus = calloc(m->config.cpus, sizeof(*m->vcpus));
	if (m->vcpus == NULL)
		return oserror(why, "vCPUs");
	cpuid = cpuid_supported(m->config.kvm_fd);
	if (cpuid == NULL)
		return oserror(why, "KVM_GET_SUPPORTED_CPUID");
	for (unsigned i = 0; i < m->config.cpus && rc == 0; i++) {
		struct vcpu *v = &m->vcpus[i];

		v->machine = m;
		v->index = i;
		v->fd = -1;
		m->count++;
		rc = make_vcpu(m, v, cpuid, why);
	}
	free(cpuid);
	return rc;
}

static int make_rom(struct machine *m, struct kvmgdb_reason *why)
{
	uint64_t gpa, size;
	void *rom = ram_rom(m->ram, &gpa, &size);
	struct kvm_userspace_memory_region region = {.slot = MACHINE_ROM_SLOT,
						     .flags = KVM_MEM_READONLY,
						     .guest_phys_addr = gpa,
						     .memory_size = size,
						     .userspace_addr =
							 (uintptr_t)rom};

	if (rom == NULL || m->rom_mapped)
		return 0;
	if (ioctl(m->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return oserror(why, "KVM_SET_USER_MEMORY_REGION (firmware)");
	m->rom_mapped = true;
	return 0;
}

/* The others start as KVM has them: they wait for a SIPI. */
int machine_boot(struct machine *m, struct kvmgdb_reason *why)
{
	const struct vcpu *v = &m->vcpus[0];
	int rc;

	if (ioctl(v->fd, KVM_GET_SREGS, &m->boot.sregs) < 0)
		return oserror(why, "KVM_GET_SREGS");
	rc = loader_load(&m->config.guest, m->ram, &m->boot, why);
	if (rc == 0)
		rc = make_rom(m, why);
	if (rc < 0)
		return rc;
	if (ioctl(v->fd, KVM_SET_SREGS, &m->boot.sregs) < 0)
		return oserror(why, "KVM_SET_SREGS");
	if (ioctl(v->fd, KVM_SET_REGS, &m->boot.regs) < 0)
		return oserror(why, "KVM_SET_REGS");
	return 0;
}

static int take_snapshot(struct machine *m, struct kvmgdb_reason *why)
{
	int *fds = calloc(m->count, sizeof(*fds));
	int rc;

	if (fds == NULL)
		return oserror(why, "snapshot");
	for (unsigned i = 0; i < m->count; i++)
		fds[i] = m->vcpus[i].fd;
	rc = snapshot_take(m->config.kvm_fd, m->vm_fd, fds, m->count, &m->reset,
			   why);
	free(fds);
	return rc;
}

int machine_new(const struct machine_config *config, struct machine **machine,
		struct kvmgdb_reason *why)
{
	struct machine *m = calloc(1, sizeof(*m));
	int rc;

	if (m == NULL)
		return oserror(why, "machine");
	m->config = *config;
	m->vm_fd = -1;
	pthread_mutex_init(&m->end_lock, NULL);
	rc = check_cpus(m, why);
	if (rc == 0)
		rc = pcvm_create(m->config.kvm_fd, &m->vm_fd, why);
	if (rc == 0)
		rc = make_ram(m, why);
	if (rc == 0)
		rc = make_slots(m, why);
	if (rc == 0)
		rc = pcvm_add_chips(m->vm_fd, why);
	if (rc == 0)
		rc = machine_make_devices(m, why);
	if (rc == 0)
		rc = make_vcpus(m, why);
	if (rc == 0)
		rc = take_snapshot(m, why);
	if (rc == 0)
		rc = machine_boot(m, why);
	if (rc == 0)
		rc = machine_make_debugged(m, why);
	if (rc < 0) {
		machine_free(m);
		return rc;
	}
	*machine = m;
	return 0;
}

int machine_start(struct machine *machine)
{
	sigset_t all, old;
	int rc = 0;

	/* The loop's thread takes the signals that are meant for the process.
	 */
	sigfillset(&all);
	sigdelset(&all, machine->config.kick_signal);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (unsigned i = 0; i < machine->count && rc == 0; i++) {
		struct vcpu *v = &machine->vcpus[i];

		rc = pthread_create(&v->thread, NULL, vcpu_main, v);
		v->started = rc == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

static void free_vcpu(const struct machine *m, const struct vcpu *v)
{
	if (v->run != NULL)
		munmap(v->run, m->run_size);
	if (v->fd >= 0)
		close(v->fd);
}

void machine_stop(struct machine *machine)
{
	kvmgdb_vm_shutdown(machine->vm);
	for (unsigned i = 0; i < machine->count; i++) {
		struct vcpu *v = &machine->vcpus[i];

		if (v->started)
			pthread_join(v->thread, NULL);
		v->started = false;
	}
}

void machine_free(struct machine *machine)
{
	struct machine *m = machine;

	if (m == NULL)
		return;
	if (m->vm != NULL)
		machine_stop(m);
	kvmgdb_vm_destroy(m->vm);
	for (unsigned i = 0; i < m->count; i++)
		free_vcpu(m, &m->vcpus[i]);
	free(m->vcpus);
	snapshot_free(m->reset);
	if (m->vm_fd >= 0)
		close(m->vm_fd);
	uart8250_free(m->uart);
	ram_free(m->ram);
	pthread_mutex_destroy(&m->end_lock);
	free(m);
}

struct kvmgdb_vm *machine_vm(struct machine *machine)
{
	return machine->vm;
}

enum loader_format machine_format(const struct machine *machine)
{
	return machine->boot.format;
}

uint64_t machine_entry(const struct machine *machine)
{
	return machine->boot.sregs.cs.base + machine->boot.regs.rip;
}

size_t machine_console_input(struct machine *machine, const void *data,
			     size_t len)
{
	return uart8250_input(machine->uart, data, len);
}
