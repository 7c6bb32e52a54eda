/* SPDX-License-Identifier: MIT */
/*
 * ACPI 4.0 tables, the fewest that bring up an operating system: RSDP, XSDT,
 * FADT, FACS, MADT, and a DSDT that tells how to power off.  Section numbers
 * are of the specification.
 */
#include <stddef.h>
#include <string.h>

#include "machine/acpipm.h"
#include "machine/loader_internal.h"

/* 5.2.5.1: the RSDP is searched here; the other tables fit behind it. */
#define ACPI_GPA 0xe0000u

#define LAPIC_GPA  0xfee00000u
#define IOAPIC_GPA 0xfec00000u
#define SCI_IRQ    9u

#define RESET_PORT  0xcf9u
#define RESET_VALUE 0x06u

/* 5.2.3.1: generic address structure. */
struct address {
	uint8_t space, bits, offset, access;
	uint64_t at;
} __attribute__((packed));

enum { SPACE_IO = 1 };

/* 5.2.5.3 */
struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt, length;
	uint64_t xsdt;
	uint8_t extended_checksum, reserved[3];
} __attribute__((packed));

/* 5.2.6 */
struct header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], table[8];
	uint32_t oem_revision;
	char creator[4];
	uint32_t creator_revision;
} __attribute__((packed));

/* 5.2.9 */
struct fadt {
	struct header header;
	uint32_t facs, dsdt;
	uint8_t reserved, profile;
	uint16_t sci_irq;
	uint32_t smi_command;
	uint8_t enable, disable, s4bios, pstate;
	uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control;
	uint32_t pm2_control, pm_timer, gpe0, gpe1;
	uint8_t pm1_event_len, pm1_control_len, pm2_control_len, pm_timer_len;
	uint8_t gpe0_len, gpe1_len, gpe1_base, cstate;
	uint16_t level2_latency, level3_latency, flush_size, flush_stride;
	uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
	uint16_t boot_arch;
	uint8_t reserved2;
	uint32_t flags;
	struct address reset;
	uint8_t reset_value, reserved3[3];
	uint64_t x_facs, x_dsdt;
	struct address x_pm1a_event, x_pm1b_event, x_pm1a_control;
	struct address x_pm1b_control, x_pm2_control, x_pm_timer;
	struct address x_gpe0, x_gpe1;
} __attribute__((packed));

_Static_assert(sizeof(struct fadt) == 244, "ACPI 4.0, table 5-9");

enum {
	FLAG_WBINVD = 1 << 0,
	FLAG_PROC_C1 = 1 << 2,
	FLAG_NO_POWER_BUTTON = 1 << 4,
	FLAG_NO_SLEEP_BUTTON = 1 << 5,
	FLAG_NO_RTC_WAKE = 1 << 6,
	FLAG_RESET = 1 << 10
};
enum { ARCH_LEGACY = 1 << 0, ARCH_NO_VGA = 1 << 2 };

/* 5.2.10 */
struct facs {
	char signature[4];
	uint32_t length, hardware_signature, waking, lock, flags;
	uint64_t x_waking;
	uint8_t version, reserved[31];
} __attribute__((packed));

/* 5.2.12 */
struct madt {
	struct header header;
	uint32_t lapic, flags;
} __attribute__((packed));

enum { MADT_PICS = 1 };

struct madt_lapic {
	uint8_t type, length, processor, apic_id;
	uint32_t flags;
};

struct madt_ioapic {
	uint8_t type, length, id, reserved;
	uint32_t gpa, gsi;
};

struct madt_override {
	uint8_t type, length, bus, irq;
	uint32_t gsi;
	uint16_t flags;
} __attribute__((packed));

struct madt_nmi {
	uint8_t type, length, processor;
	uint16_t flags;
	uint8_t lint;
} __attribute__((packed));

enum { LAPIC, IOAPIC, OVERRIDE, LAPIC_NMI = 4 };
enum { ACTIVE_HIGH_LEVEL = 0xd };

struct dsdt {
	struct header header;
	uint8_t aml[14];
} __attribute__((packed));

/* Where each table lies behind ACPI_GPA. */
struct layout {
	struct rsdp rsdp;
	uint8_t pad[64 - sizeof(struct rsdp)];
	struct facs facs; /* 64-byte aligned */
	struct {
		struct header header;
		uint64_t tables[2];
	} __attribute__((packed)) xsdt;
	struct fadt fadt;
	struct dsdt dsdt;
	struct madt madt;
	uint8_t madt_entries[];
} __attribute__((packed));

#define AT(member) ((uint32_t)(ACPI_GPA + offsetof(struct layout, member)))

static struct header header(const char *signature, uint8_t revision,
			    uint64_t length)
{
	struct header h = {.length = (uint32_t)length,
			   .revision = revision,
			   .oem = "KVMGDB",
			   .table = "KVMGDB  ",
			   .creator = "KGDB"};

	memcpy(h.signature, signature, sizeof(h.signature));
	return h;
}

static struct address port(uint32_t at, uint8_t bytes)
{
	return (struct address){SPACE_IO, (uint8_t)(bytes * 8), 0, bytes, at};
}

static void fill_fadt(struct fadt *f)
{
	*f = (struct fadt){
	    .header = header("FACP", 4, sizeof(*f)),
	    .facs = AT(facs),
	    .dsdt = AT(dsdt),
	    .sci_irq = SCI_IRQ,
	    .pm1a_event = ACPIPM_PORT,
	    .pm1a_control = ACPIPM_PORT + ACPIPM_CONTROL,
	    .pm1_event_len = 4,
	    .pm1_control_len = 2,
	    .level2_latency = 0xffff, /* no C2, no C3 */
	    .level3_latency = 0xffff,
	    .boot_arch = ARCH_LEGACY | ARCH_NO_VGA,
	    .flags = FLAG_WBINVD | FLAG_PROC_C1 | FLAG_NO_POWER_BUTTON |
		     FLAG_NO_SLEEP_BUTTON | FLAG_NO_RTC_WAKE | FLAG_RESET,
	    .reset = port(RESET_PORT, 1),
	    .reset_value = RESET_VALUE,
	    .x_dsdt = AT(dsdt),
	    .x_pm1a_event = port(ACPIPM_PORT, 4),
	    .x_pm1a_control = port(ACPIPM_PORT + ACPIPM_CONTROL, 2)};
	f->x_pm1a_event.access = 2;
}

/* Name (_S5, Package () {5, 5, 0, 0}): 20.2 and 7.3.4.6. */
static void fill_dsdt(struct dsdt *d)
{
	static const uint8_t aml[sizeof(d->aml)] = {
	    0x08, '_',  'S',       '5',  '_',       0x12, 0x08,
	    0x04, 0x0a, ACPIPM_S5, 0x0a, ACPIPM_S5, 0x00, 0x00};

	d->header = header("DSDT", 2, sizeof(*d));
	memcpy(d->aml, aml, sizeof(aml));
}

static uint8_t *put(uint8_t *to, const void *entry, size_t size)
{
	memcpy(to, entry, size);
	return to + size;
}

static void fill_madt(struct layout *l, unsigned cpus)
{
	const struct madt_ioapic ioapic = {.type = IOAPIC,
					   .length = sizeof(ioapic),
					   .id = (uint8_t)cpus,
					   .gpa = IOAPIC_GPA};
	/* As on a PC; see machine.c's routes. */
	const struct madt_override timer = {.type = OVERRIDE,
					    .length = sizeof(timer),
					    .irq = 0,
					    .gsi = LOADER_TIMER_GSI};
	const struct madt_override sci = {.type = OVERRIDE,
					  .length = sizeof(sci),
					  .irq = SCI_IRQ,
					  .gsi = SCI_IRQ,
					  .flags = ACTIVE_HIGH_LEVEL};
	const struct madt_nmi nmi = {.type = LAPIC_NMI,
				     .length = sizeof(nmi),
				     .processor = 0xff,
				     .lint = 1};
	uint8_t *to = l->madt_entries;

	for (unsigned i = 0; i < cpus; i++) {
		const struct madt_lapic lapic = {.type = LAPIC,
						 .length = sizeof(lapic),
						 .processor = (uint8_t)i,
						 .apic_id = (uint8_t)i,
						 .flags = 1};

		to = put(to, &lapic, sizeof(lapic));
	}
	to = put(to, &ioapic, sizeof(ioapic));
	to = put(to, &timer, sizeof(timer));
	to = put(to, &sci, sizeof(sci));
	to = put(to, &nmi, sizeof(nmi));
	l->madt.header =
	    header("APIC", 3, (uint64_t)(to - (uint8_t *)&l->madt));
	l->madt.lapic = LAPIC_GPA;
	l->madt.flags = MADT_PICS;
}

static void sum_table(struct header *h)
{
	h->checksum = loader_checksum(h, h->length);
}

uint64_t loader_acpi_rsdp(const struct loader *loader)
{
	return loader_overlaps(loader, ACPI_GPA, LOADER_MP_GPA - ACPI_GPA)
		   ? 0
		   : ACPI_GPA;
}

void loader_acpi(struct loader *loader)
{
	struct layout *l =
	    ram_at(loader->ram, ACPI_GPA, LOADER_MP_GPA - ACPI_GPA);

	/* An image that has bytes there needs them more. */
	if (l == NULL || loader_acpi_rsdp(loader) == 0)
		return;
	l->facs = (struct facs){
	    .signature = "FACS", .length = sizeof(l->facs), .version = 1};
	fill_dsdt(&l->dsdt);
	fill_fadt(&l->fadt);
	fill_madt(l, loader->request->cpus);
	l->xsdt.header = header("XSDT", 1, sizeof(l->xsdt));
	l->xsdt.tables[0] = AT(fadt);
	l->xsdt.tables[1] = AT(madt);
	sum_table(&l->dsdt.header);
	sum_table(&l->fadt.header);
	sum_table(&l->madt.header);
	sum_table(&l->xsdt.header);
	l->rsdp = (struct rsdp){.signature = "RSD PTR ",
				.oem = "KVMGDB",
				.revision = 2,
				.length = sizeof(l->rsdp),
				.xsdt = AT(xsdt)};
	l->rsdp.checksum =
	    loader_checksum(&l->rsdp, offsetof(struct rsdp, length));
	l->rsdp.extended_checksum = loader_checksum(&l->rsdp, sizeof(l->rsdp));
}
