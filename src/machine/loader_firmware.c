/* SPDX-License-Identifier: MIT */
/*
 * A firmware image: it ends at 4 GiB, cannot be written, and the first vCPU
 * starts as after reset, at f000:fff0 with CS's base at ffff0000h (SDM vol. 3,
 * 9.1.4).  Its last 128 KiB are also found below 1 MiB, in RAM, as on a PC.
 */
#include <errno.h>
#include <string.h>

#include "machine/loader_internal.h"

#define RESET_IP    0xfff0u
#define SHADOW_MAX  0x20000u
#define RESET_BYTES 16u
#define RDX_RESET   0x600u /* a family 6 CPU */

int loader_firmware_load(struct loader *loader)
{
	struct loader_state *state = loader->state;
	const uint64_t size = loader->file_size;
	const uint64_t shadow = size < SHADOW_MAX ? size : SHADOW_MAX;
	void *rom;
	int rc;

	if (size < RESET_BYTES)
		return loader_fail(loader, -EINVAL,
				   "--firmware: %llu bytes do not reach the "
				   "reset vector",
				   (unsigned long long)size);
	if (size > RAM_ROM_MAX || size % RAM_PAGE != 0)
		return loader_fail(loader, -EINVAL,
				   "--firmware: %llu bytes: want a multiple of "
				   "4 KiB, up to %u MiB",
				   (unsigned long long)size, RAM_ROM_MAX >> 20);
	rom = ram_add_rom(loader->ram, size);
	if (rom == NULL)
		return loader_fail(loader, -ENOMEM, "--firmware: no memory");
	rc = loader_read(loader, 0, rom, size, "the firmware");
	if (rc < 0)
		return rc;
	memcpy(ram_at(loader->ram, RAM_LEGACY_END - shadow, shadow),
	       (uint8_t *)rom + (size - shadow), (size_t)shadow);
	memset(&state->regs, 0, sizeof(state->regs));
	state->regs.rip = RESET_IP;
	state->regs.rdx = RDX_RESET;
	state->regs.rflags = 2;
	state->format = LOADER_FIRMWARE;
	return 0;
}
