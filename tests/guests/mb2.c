/* SPDX-License-Identifier: MIT */
/* Multiboot 2: reads its boot information, by section 3.6. */
#include "guest.h"

#define BOOT_MAGIC 0x36d76289

extern uint32_t multiboot_magic;
extern uint32_t multiboot_info;

enum { CMDLINE = 1, MEM = 4, MMAP = 6, ACPI = 15 };

static void show(const uint32_t *tag)
{
	if (tag[0] == CMDLINE) {
		guest_puts("command line: ");
		guest_puts((const char *)&tag[2]);
		guest_puts("\n");
	} else if (tag[0] == MEM) {
		guest_report("lower", tag[2]);
		guest_report("upper", tag[3]);
	} else if (tag[0] == MMAP) {
		guest_report("entries", (tag[1] - 16) / tag[2]);
	} else if (tag[0] == ACPI) {
		guest_puts(((const char *)&tag[2])[4] == 'P' ? "RSDP\n"
							     : "?\n");
	}
}

void guest_main(void)
{
	const uint32_t *info = (const uint32_t *)multiboot_info;
	const uint32_t *tag = info + 2;

	guest_puts("mb2: start\n");
	if (multiboot_magic != BOOT_MAGIC || (multiboot_info & 7) != 0)
		guest_end(GUEST_FAILED);
	while (tag[0] != 0) {
		show(tag);
		tag += ((tag[1] + 7) & ~7u) / 4;
	}
	if ((uint32_t)((const char *)(tag + 2) - (const char *)info) != info[0])
		guest_end(GUEST_FAILED);
	guest_puts("mb2: end\n");
}
