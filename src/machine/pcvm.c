/* SPDX-License-Identifier: MIT */
#include "machine/pcvm.h"

#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "machine/loader.h"
#include "machine/oserror.h"

/* Three pages in the hole below 4 GiB, and below any firmware, needed by Intel
 * CPUs: KVM API 4.34 and 4.42. */
#define TSS_ADDR      0xfeffd000u
#define IDENTITY_ADDR 0xfeffc000u

/*
 * As on a PC: ISA interrupts go to the PICs and to the I/O APIC's pin of the
 * same number, but for the timer's, whose pin is LOADER_TIMER_GSI.
 */
static int route_interrupts(int vm_fd, struct kvmgdb_reason *why)
{
	enum { PIC_PINS = 8, PICS = 2, IOAPIC_PINS = 24 };
	struct kvm_irq_routing *routing =
	    calloc(1, sizeof(*routing) + (PIC_PINS * PICS + IOAPIC_PINS) *
					     sizeof(*routing->entries));
	struct kvm_irq_routing_entry *e;
	int rc = 0;

	if (routing == NULL)
		return oserror(why, "interrupt routes");
	e = routing->entries;
	for (unsigned gsi = 0; gsi < PIC_PINS * PICS; gsi++) {
		e->gsi = gsi;
		e->type = KVM_IRQ_ROUTING_IRQCHIP;
		e->u.irqchip.irqchip = gsi < PIC_PINS ? KVM_IRQCHIP_PIC_MASTER
						      : KVM_IRQCHIP_PIC_SLAVE;
		e->u.irqchip.pin = gsi % PIC_PINS;
		e++;
	}
	for (unsigned gsi = 0; gsi < IOAPIC_PINS; gsi++) {
		if (gsi == LOADER_TIMER_GSI)
			continue;
		e->gsi = gsi;
		e->type = KVM_IRQ_ROUTING_IRQCHIP;
		e->u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
		e->u.irqchip.pin = gsi == 0 ? LOADER_TIMER_GSI : gsi;
		e++;
	}
	routing->nr = (uint32_t)(e - routing->entries);
	if (ioctl(vm_fd, KVM_SET_GSI_ROUTING, routing) < 0)
		rc = oserror(why, "KVM_SET_GSI_ROUTING");
	free(routing);
	return rc;
}

int pcvm_create(int kvm_fd, int *vm_fd, struct kvmgdb_reason *why)
{
	const uint64_t identity = IDENTITY_ADDR;

	*vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0ul);
	if (*vm_fd < 0)
		return oserror(why, "KVM_CREATE_VM");
	if (ioctl(*vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &identity) < 0)
		return oserror(why, "KVM_SET_IDENTITY_MAP_ADDR");
	if (ioctl(*vm_fd, KVM_SET_TSS_ADDR, (unsigned long)TSS_ADDR) < 0)
		return oserror(why, "KVM_SET_TSS_ADDR");
	return 0;
}

int pcvm_add_chips(int vm_fd, struct kvmgdb_reason *why)
{
	const struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};

	if (ioctl(vm_fd, KVM_CREATE_IRQCHIP, 0ul) < 0)
		return oserror(why, "KVM_CREATE_IRQCHIP");
	if (ioctl(vm_fd, KVM_CREATE_PIT2, &pit) < 0)
		return oserror(why, "KVM_CREATE_PIT2");
	return route_interrupts(vm_fd, why);
}
