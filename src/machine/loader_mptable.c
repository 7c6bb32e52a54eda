/* SPDX-License-Identifier: MIT */
/*
 * The Intel MultiProcessor Specification 1.4, chapter 4: which CPUs and
 * interrupt chips there are, for guests that look for it (Linux does with
 * CONFIG_X86_MPPARSE, which Debian's cloud kernel has not).
 */
#include <string.h>

#include "machine/loader_internal.h"

#define LAPIC_GPA      0xfee00000u
#define LAPIC_VERSION  0x14
#define IOAPIC_GPA     0xfec00000u
#define IOAPIC_VERSION 0x11
#define ISA_IRQS       16u
#define ISA_TIMER      0u
#define ISA_CASCADE    2u

enum { ENTRY_CPU, ENTRY_BUS, ENTRY_IOAPIC, ENTRY_IO_INT, ENTRY_LOCAL_INT };
enum { INT_INT, INT_NMI, INT_SMI, INT_EXTINT };
enum { CPU_ENABLED = 1, CPU_BOOT = 2 };

struct pointer {
	char signature[4];
	uint32_t table;
	uint8_t paragraphs, revision, checksum, features[5];
};

struct header {
	char signature[4];
	uint16_t length;
	uint8_t revision, checksum;
	char oem[8], product[12];
	uint32_t oem_table;
	uint16_t oem_size, entries;
	uint32_t lapic;
	uint16_t extended_length;
	uint8_t extended_checksum, reserved;
};

struct cpu {
	uint8_t type, apic_id, apic_version, flags;
	uint32_t signature, features, reserved[2];
};

struct isa_bus {
	uint8_t type, id;
	char name[6];
};

struct ioapic {
	uint8_t type, id, version, enabled;
	uint32_t gpa;
};

struct interrupt {
	uint8_t type, kind;
	uint16_t flags; /* 0: as the bus has it */
	uint8_t bus, irq, apic, pin;
};

struct writer {
	uint8_t *at;
	uint16_t entries;
};

static void put(struct writer *w, const void *entry, size_t size)
{
	memcpy(w->at, entry, size);
	w->at += size;
	w->entries++;
}

static void put_cpus(struct writer *w, unsigned cpus)
{
	for (unsigned i = 0; i < cpus; i++) {
		const struct cpu cpu = {
		    .type = ENTRY_CPU,
		    .apic_id = (uint8_t)i,
		    .apic_version = LAPIC_VERSION,
		    .flags = i == 0 ? CPU_ENABLED | CPU_BOOT : CPU_ENABLED,
		    .signature = 0x600, /* family 6; CPUID tells the rest */
		    .features = 0x201}; /* FPU, APIC */

		put(w, &cpu, sizeof(cpu));
	}
}

/* See machine.c's routes. */
static void put_interrupts(struct writer *w, uint8_t ioapic)
{
	const struct interrupt extint = {
	    .type = ENTRY_LOCAL_INT, .kind = INT_EXTINT, .apic = 0, .pin = 0};
	const struct interrupt nmi = {
	    .type = ENTRY_LOCAL_INT, .kind = INT_NMI, .apic = 0xff, .pin = 1};

	for (unsigned irq = 0; irq < ISA_IRQS; irq++) {
		const struct interrupt entry = {
		    .type = ENTRY_IO_INT,
		    .kind = INT_INT,
		    .irq = (uint8_t)irq,
		    .apic = ioapic,
		    .pin =
			(uint8_t)(irq == ISA_TIMER ? LOADER_TIMER_GSI : irq)};

		if (irq != ISA_CASCADE)
			put(w, &entry, sizeof(entry));
	}
	put(w, &extint, sizeof(extint));
	put(w, &nmi, sizeof(nmi));
}

void loader_mptable(struct loader *loader)
{
	const unsigned cpus = loader->request->cpus;
	const uint64_t size = RAM_LEGACY_END - LOADER_MP_GPA;
	uint8_t *base = ram_at(loader->ram, LOADER_MP_GPA, size);
	struct pointer pointer = {.signature = "_MP_",
				  .table = LOADER_MP_GPA + sizeof(pointer),
				  .paragraphs = sizeof(pointer) / 16,
				  .revision = 4};
	struct header header = {.signature = "PCMP",
				.revision = 4,
				.oem = "KVMGDB  ",
				.product = "KVMGDB      ",
				.lapic = LAPIC_GPA};
	const struct isa_bus isa = {
	    .type = ENTRY_BUS, .id = 0, .name = "ISA   "};
	const struct ioapic ioapic = {.type = ENTRY_IOAPIC,
				      .id = (uint8_t)cpus,
				      .version = IOAPIC_VERSION,
				      .enabled = 1,
				      .gpa = IOAPIC_GPA};
	struct writer w;
	uint8_t *table;

	/* An image that has bytes there needs them more. */
	if (base == NULL || loader_overlaps(loader, LOADER_MP_GPA, size))
		return;
	pointer.checksum = loader_checksum(&pointer, sizeof(pointer));
	memcpy(base, &pointer, sizeof(pointer));
	table = base + sizeof(pointer);
	w = (struct writer){.at = table + sizeof(header), .entries = 0};
	put_cpus(&w, cpus);
	put(&w, &isa, sizeof(isa));
	put(&w, &ioapic, sizeof(ioapic));
	put_interrupts(&w, ioapic.id);
	header.length = (uint16_t)(w.at - table);
	header.entries = w.entries;
	memcpy(table, &header, sizeof(header));
	header.checksum = loader_checksum(table, header.length);
	memcpy(table, &header, sizeof(header));
}
