/* SPDX-License-Identifier: MIT */
#include "probe_vm.h"

#include "probe_guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY_SIZE 0x10000u
#define PML4        0x1000u
#define PDPT        0x2000u
#define PD          0x3000u
#define GDT         0x4000u
#define IDT         0x5000u
#define TSS         0x6000u
#define STACK_0     0x8000u
#define STACK_3     0x9000u

#define SEL_CODE0 0x08u
#define SEL_DATA0 0x10u
#define SEL_CODE3 0x1bu
#define SEL_DATA3 0x23u
#define SEL_TSS   0x28u

#define PTE_PWU  UINT64_C(7)
#define PTE_PS   UINT64_C(0x80)
#define PAGE_2M  UINT64_C(0x200000)
#define TSS_SIZE 104u

#define CPUID_MAX_ENTRIES 256

static void put64(struct probe_vm *vm, uint64_t gpa, uint64_t value)
{
	memcpy(vm->memory + gpa, &value, sizeof(value));
}

/* SDM vol. 3, 6.14.1: a 64-bit interrupt gate. */
static void put_gate(struct probe_vm *vm, unsigned vector, uint64_t handler)
{
	uint64_t low = (handler & 0xffff) | (uint64_t)SEL_CODE0 << 16 |
		       UINT64_C(0xee00) << 32 | (handler >> 16 & 0xffff) << 48;

	put64(vm, IDT + 16u * vector, low);
	put64(vm, IDT + 16u * vector + 8, handler >> 32);
}

static void build_memory(struct probe_vm *vm)
{
	size_t size = (size_t)(probe_guest_end - probe_guest_start);
	uint64_t rsp0 = STACK_0;
	unsigned vector;

	put64(vm, PML4, PDPT | PTE_PWU);
	put64(vm, PDPT, PD | PTE_PWU);
	put64(vm, PD, PTE_PWU | PTE_PS);
	put64(vm, PD + 8, PAGE_2M | PTE_PWU | PTE_PS);
	put64(vm, GDT + 8, UINT64_C(0x00af9b000000ffff));
	put64(vm, GDT + 16, UINT64_C(0x00cf93000000ffff));
	put64(vm, GDT + 24, UINT64_C(0x00affb000000ffff));
	put64(vm, GDT + 32, UINT64_C(0x00cff3000000ffff));
	put64(vm, GDT + 40,
	      UINT64_C(0x00008b0000000000) | (TSS_SIZE - 1) |
		  (uint64_t)TSS << 16);
	memcpy(vm->memory + TSS + 4, &rsp0, sizeof(rsp0));
	for (vector = 0; vector < 256; vector++)
		put_gate(vm, vector, PROBE_CODE + probe_h_other);
	put_gate(vm, 1, PROBE_CODE + probe_h_db);
	put_gate(vm, PROBE_VECTOR, PROBE_CODE + probe_h_irq);
	memcpy(vm->memory + PROBE_CODE, probe_guest_start, size);
}

static int set_slot(struct probe_vm *vm, uint32_t slot, uint32_t flags,
		    uint64_t gpa, uint64_t size, void *hva)
{
	struct kvm_userspace_memory_region region = {
	    .slot = slot,
	    .flags = flags,
	    .guest_phys_addr = gpa,
	    .memory_size = size,
	    .userspace_addr = (uint64_t)(uintptr_t)hva};

	return ioctl(vm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) ? -errno
								     : 0;
}

static int map_memory(struct probe_vm *vm)
{
	void *p = mmap(NULL, MEMORY_SIZE + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	vm->memory = p;
	vm->readonly = vm->memory + MEMORY_SIZE;
	build_memory(vm);
	/* optional: the probe finds out whether it works */
	set_slot(vm, 1, KVM_MEM_READONLY, PROBE_READONLY, 4096, vm->readonly);
	return set_slot(vm, 0, 0, 0, MEMORY_SIZE, vm->memory);
}

static int set_cpuid(struct probe_vm *vm, int kvm_fd)
{
	struct kvm_cpuid2 *cpuid = calloc(
	    1, sizeof(*cpuid) + CPUID_MAX_ENTRIES * sizeof(cpuid->entries[0]));
	int err = 0;

	if (!cpuid)
		return -ENOMEM;
	cpuid->nent = CPUID_MAX_ENTRIES;
	if (ioctl(kvm_fd, KVM_GET_SUPPORTED_CPUID, cpuid) ||
	    ioctl(vm->vcpu_fd, KVM_SET_CPUID2, cpuid))
		err = -errno;
	free(cpuid);
	return err;
}

static int open_vcpu(struct probe_vm *vm, int kvm_fd)
{
	int size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *run;

	if (size < 0)
		return -errno;
	vm->vcpu_fd = ioctl(vm->vm_fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu_fd < 0)
		return -errno;
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   vm->vcpu_fd, 0);
	if (run == MAP_FAILED)
		return -errno;
	vm->run = run;
	vm->run_size = (size_t)size;
	return set_cpuid(vm, kvm_fd);
}

int probe_vm_open(struct probe_vm *vm, int kvm_fd, struct kvmgdb_reason *why)
{
	const char *what = "create a VM";
	int err = 0;

	*vm = (struct probe_vm){.vm_fd = -1, .vcpu_fd = -1};
	vm->vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (vm->vm_fd < 0)
		err = -errno;
	if (!err) {
		what = "give it memory";
		err = map_memory(vm);
	}
	if (!err) {
		/* after the slots: until KVM is done with it, some 10 ms, they
		 * would wait (Linux 6.18) */
		vm->irqchip = !ioctl(vm->vm_fd, KVM_CREATE_IRQCHIP, 0);
		what = "create a vCPU";
		err = open_vcpu(vm, kvm_fd);
	}
	if (err) {
		snprintf(why->text, sizeof(why->text), "cannot %s: %s", what,
			 strerror(-err));
		probe_vm_close(vm);
		return err;
	}
	return 0;
}

void probe_vm_close(struct probe_vm *vm)
{
	if (vm->run)
		munmap(vm->run, vm->run_size);
	if (vm->vcpu_fd >= 0)
		close(vm->vcpu_fd);
	if (vm->vm_fd >= 0)
		close(vm->vm_fd);
	if (vm->memory)
		munmap(vm->memory, MEMORY_SIZE + 4096);
}

static struct kvm_segment segment(uint16_t selector, uint8_t type, bool code)
{
	return (struct kvm_segment){.limit = 0xffffffff,
				    .selector = selector,
				    .type = type,
				    .present = 1,
				    .dpl = selector & 3u,
				    .db = !code,
				    .s = 1,
				    .l = code,
				    .g = 1};
}

static bool set_sregs(struct probe_vm *vm, unsigned cpl)
{
	struct kvm_sregs s;

	if (ioctl(vm->vcpu_fd, KVM_GET_SREGS, &s))
		return false;
	s.cs = segment(cpl ? SEL_CODE3 : SEL_CODE0, 11, true);
	s.ss = segment(cpl ? SEL_DATA3 : SEL_DATA0, 3, false);
	s.ds = s.es = s.fs = s.gs = s.ss;
	s.tr = (struct kvm_segment){.base = TSS,
				    .limit = TSS_SIZE - 1,
				    .selector = SEL_TSS,
				    .type = 11,
				    .present = 1};
	s.gdt = (struct kvm_dtable){.base = GDT, .limit = 7 * 8 - 1};
	s.idt = (struct kvm_dtable){.base = IDT, .limit = 256 * 16 - 1};
	s.cr0 = 0x80000033; /* PG NE ET MP PE */
	s.cr3 = PML4;
	s.cr4 = 0x20;   /* PAE */
	s.efer = 0x500; /* LMA LME */
	return !ioctl(vm->vcpu_fd, KVM_SET_SREGS, &s);
}

static bool clear_events(struct probe_vm *vm)
{
	struct kvm_vcpu_events events;

	if (ioctl(vm->vcpu_fd, KVM_GET_VCPU_EVENTS, &events))
		return false;
	memset(&events.exception, 0, sizeof(events.exception));
	memset(&events.interrupt, 0, sizeof(events.interrupt));
	events.flags = 0;
	return !ioctl(vm->vcpu_fd, KVM_SET_VCPU_EVENTS, &events);
}

bool probe_vm_reset(struct probe_vm *vm, uint32_t label, unsigned cpl,
		    uint64_t data)
{
	struct kvm_regs regs = {.rip = PROBE_CODE + label,
				.rsp = cpl ? STACK_3 : STACK_0,
				.rax = 0x5a5a5a5a5a5a5a5a,
				.rbx = data,
				.rflags = 0x3002}; /* IOPL 3: OUT at CPL 3 */
	struct kvm_debugregs dr = {.dr6 = 0xffff0ff0, .dr7 = 0x400};

	/* an OUT of the last test that KVM has not completed yet would move
	 * the new RIP */
	vm->run->immediate_exit = 1;
	ioctl(vm->vcpu_fd, KVM_RUN, 0);
	vm->run->immediate_exit = 0;
	return clear_events(vm) && probe_vm_debug(vm, 0, 0, 0) &&
	       !ioctl(vm->vcpu_fd, KVM_SET_DEBUGREGS, &dr) &&
	       set_sregs(vm, cpl) && !ioctl(vm->vcpu_fd, KVM_SET_REGS, &regs);
}

bool probe_vm_run(struct probe_vm *vm)
{
	int tries;

	for (tries = 0; tries < 8; tries++) {
		if (!ioctl(vm->vcpu_fd, KVM_RUN, 0))
			return true;
		if (errno != EINTR && errno != EAGAIN)
			return false;
	}
	return false;
}

unsigned probe_vm_port(const struct probe_vm *vm)
{
	return vm->run->exit_reason == KVM_EXIT_IO ? vm->run->io.port : 0;
}

bool probe_vm_debug(struct probe_vm *vm, uint32_t control, uint64_t dr0,
		    uint64_t dr7)
{
	struct kvm_guest_debug dbg = {.control = control};

	dbg.arch.debugreg[0] = dbg.arch.debugreg[1] = dr0;
	dbg.arch.debugreg[7] = dr7;
	return !ioctl(vm->vcpu_fd, KVM_SET_GUEST_DEBUG, &dbg);
}

bool probe_vm_regs(struct probe_vm *vm, struct kvm_regs *regs)
{
	return !ioctl(vm->vcpu_fd, KVM_GET_REGS, regs);
}
