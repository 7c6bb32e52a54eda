/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define CPUID_ENTRIES 256u

/* Present, writable, user, 2 MiB pages in the directory. */
#define TABLE_RIGHTS 0x7u
#define LARGE_RIGHTS 0x87u
#define PML4         0x1000u
#define PDPT         0x2000u
#define DIRECTORY    0x3000u

static void give_cpuid(struct machine *m)
{
	struct kvm_cpuid2 *cpuid =
	    calloc(1, sizeof(*cpuid) + CPUID_ENTRIES * sizeof(*cpuid->entries));

	assert_non_null(cpuid);
	cpuid->nent = CPUID_ENTRIES;
	assert_return_code(ioctl(m->kvm, KVM_GET_SUPPORTED_CPUID, cpuid),
			   errno);
	assert_return_code(ioctl(m->vcpu, KVM_SET_CPUID2, cpuid), errno);
	free(cpuid);
}

static void give_memory(struct machine *m)
{
	struct kvm_userspace_memory_region region = {.memory_size =
							 MACHINE_MEMORY};

	m->memory = mmap(NULL, MACHINE_MEMORY, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(m->memory, MAP_FAILED);
	region.userspace_addr = (uintptr_t)m->memory;
	assert_return_code(ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &region),
			   errno);
}

int machine_setup(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));
	int size;

	assert_non_null(m);
	*state = NULL;
	m->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (m->kvm < 0) {
		print_message("no KVM: /dev/kvm: %s\n", strerror(errno));
		free(m);
		return 0;
	}
	m->vm = ioctl(m->kvm, KVM_CREATE_VM, 0);
	assert_return_code(m->vm, errno);
	m->vcpu = ioctl(m->vm, KVM_CREATE_VCPU, 0);
	assert_return_code(m->vcpu, errno);
	size = ioctl(m->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	assert_return_code(size, errno);
	m->run_size = (size_t)size;
	m->run = mmap(NULL, m->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      m->vcpu, 0);
	assert_ptr_not_equal(m->run, MAP_FAILED);
	size = ioctl(m->vm, KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2);
	m->xsave_size = size > 0 ? (size_t)size : 0;
	give_memory(m);
	give_cpuid(m);
	*state = m;
	return 0;
}

int machine_teardown(void **state)
{
	struct machine *m = *state;

	if (!m)
		return 0;
	munmap(m->run, m->run_size);
	munmap(m->memory, MACHINE_MEMORY);
	close(m->vcpu);
	close(m->vm);
	close(m->kvm);
	free(m);
	return 0;
}

struct machine *machine_or_skip(void **state)
{
	if (!*state)
		skip();
	return *state;
}

static void put64(struct machine *m, uint32_t gpa, uint64_t value)
{
	memcpy(m->memory + gpa, &value, sizeof(value));
}

static void load(struct machine *m, const struct kvm_sregs *sregs,
		 uint64_t rflags)
{
	struct kvm_regs regs = {
	    .rip = MACHINE_CODE, .rsp = MACHINE_STACK, .rflags = rflags};

	assert_return_code(ioctl(m->vcpu, KVM_SET_SREGS, sregs), errno);
	assert_return_code(ioctl(m->vcpu, KVM_SET_REGS, &regs), errno);
}

void machine_long_mode(struct machine *m)
{
	const struct kvm_segment data = {.limit = 0xffffffff,
					 .selector = 0x1b,
					 .type = 3,
					 .present = 1,
					 .dpl = 3,
					 .db = 1,
					 .s = 1,
					 .g = 1};
	struct kvm_sregs sregs;
	unsigned i;

	put64(m, PML4, PDPT | TABLE_RIGHTS);
	put64(m, PDPT, DIRECTORY | TABLE_RIGHTS);
	for (i = 0; i < MACHINE_MEMORY >> 21; i++)
		put64(m, DIRECTORY + 8 * i, (uint64_t)i << 21 | LARGE_RIGHTS);

	assert_return_code(ioctl(m->vcpu, KVM_GET_SREGS, &sregs), errno);
	sregs.cr3 = PML4;
	sregs.cr4 = 0x620;      /* PAE, OSFXSR, OSXMMEXCPT */
	sregs.cr0 = 0x80050033; /* PE, MP, ET, NE, WP, AM, PG */
	sregs.efer = 0xd00;     /* LME, LMA, NXE */
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cs = data;
	sregs.cs.selector = 0x23;
	sregs.cs.type = 11;
	sregs.cs.db = 0;
	sregs.cs.l = 1;
	load(m, &sregs, 0x3002); /* IOPL 3 */
}

void machine_real_mode(struct machine *m)
{
	struct kvm_sregs sregs;

	assert_return_code(ioctl(m->vcpu, KVM_GET_SREGS, &sregs), errno);
	sregs.cs.base = sregs.cs.selector = 0;
	sregs.cr4 = 0x600;
	load(m, &sregs, 0x2);
}

int machine_run(struct machine *m, const void *code, size_t size)
{
	assert_true(size < 0x1000);
	memcpy(m->memory + MACHINE_CODE, code, size);
	if (ioctl(m->vcpu, KVM_RUN, 0))
		return -errno;
	return (int)m->run->exit_reason;
}
