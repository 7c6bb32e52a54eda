/* SPDX-License-Identifier: MIT */
#include "machine/cpuid.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* KVM answers E2BIG until there is room; it has some dozens of entries. */
#define ENTRIES_FIRST 64u
#define ENTRIES_MAX   4096u

struct kvm_cpuid2 *cpuid_supported(int kvm_fd)
{
	for (unsigned n = ENTRIES_FIRST; n <= ENTRIES_MAX; n *= 2) {
		struct kvm_cpuid2 *cpuid;

		cpuid = calloc(1, sizeof(*cpuid) +
				      n * sizeof(struct kvm_cpuid_entry2));
		if (cpuid == NULL)
			return NULL;
		cpuid->nent = n;
		if (ioctl(kvm_fd, KVM_GET_SUPPORTED_CPUID, cpuid) == 0)
			return cpuid;
		free(cpuid);
		if (errno != E2BIG)
			return NULL;
	}
	errno = E2BIG;
	return NULL;
}

/* The bits of an APIC id that number CPUS logical CPUs. */
static unsigned id_bits(unsigned cpus)
{
	unsigned bits = 0;

	while ((1u << bits) < cpus)
		bits++;
	return bits;
}

/* SDM vol. 2, CPUID: leaves 1, 4, 0xb and 0x1f hold the vCPU's place;
 * AMD's manual vol. 3, E.4: 0x8000001e. */
void cpuid_fit(struct kvm_cpuid2 *cpuid, unsigned index, unsigned cpus)
{
	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		switch (e->function) {
		case 0x1:
			e->ebx &= 0x0000ffff;
			e->ebx |= index << 24 | (cpus & 0xff) << 16;
			e->ecx |= 1u << 31; /* a hypervisor is present */
			e->edx &= ~(1u << 28);
			if (cpus > 1)
				e->edx |= 1u << 28; /* HTT: EBX[23:16] holds */
			break;
		case 0x4: /* caches are not shared, cores in one package */
			e->eax &= 0x3fff;
			if ((e->eax & 0x1f) != 0)
				e->eax |= ((1u << id_bits(cpus)) - 1) << 26;
			break;
		case 0xb:
		case 0x1f:
			e->edx = index;
			e->eax = e->ebx = 0;
			e->ecx = e->index & 0xff;
			if (e->index == 0) { /* one thread a core */
				e->ebx = 1;
				e->ecx |= 1u << 8;
			} else if (e->index == 1) {
				e->eax = id_bits(cpus);
				e->ebx = cpus;
				e->ecx |= 2u << 8;
			}
			break;
		case 0x8000001e: /* AMD: extended APIC id, core id */
			e->eax = index;
			e->ebx = index & 0xff;
			e->ecx = 0;
			break;
		default:
			break;
		}
	}
}
