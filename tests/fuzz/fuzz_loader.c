/* SPDX-License-Identifier: MIT */
/*
 * Any file as a guest's image: refused with a reason, or what the guest starts
 * with lies in its RAM.  The first byte chooses how the file is loaded.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine/loader.h"

/* A page that nobody may touch lies before and behind RAM and ROM. */
static void *guarded_mmap(void *at, size_t len, int prot, int flags, int fd,
			  off_t offset)
{
	uint8_t *room =
	    mmap(at, len + 2 * (size_t)RAM_PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		return MAP_FAILED;
	return mmap(room + RAM_PAGE, len, prot, flags | MAP_FIXED, fd, offset);
}

static int guarded_munmap(void *at, size_t len)
{
	return munmap((uint8_t *)at - RAM_PAGE, len + 2 * (size_t)RAM_PAGE);
}

#define mmap   guarded_mmap
#define munmap guarded_munmap
/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "machine/ram.c"

enum { FLAT = 1, FIRMWARE = 2, INITRD = 4, APPEND = 8, LARGE = 16, CPUS = 32 };

#define CPUS_MAX   254u
#define RAM_SMALL  ((uint64_t)RAM_MIN)
#define RAM_LARGE  (RAM_HOLE_START + ((uint64_t)RAM_MIN))
#define FLAT_ADDRS 4u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file_of(const void *bytes, size_t size)
{
	const int fd = memfd_create("image", MFD_CLOEXEC);

	if (fd < 0 || (size > 0 && write(fd, bytes, size) != (ssize_t)size))
		abort();
	return fd;
}

static void check_start(const struct ram *ram, const struct loader_state *state)
{
	const uint64_t rip = state->regs.rip;
	const uint64_t entry =
	    state->format == LOADER_FLAT ? state->sregs.cs.base + rip : rip;

	if (loader_format_name(state->format)[0] == '?')
		abort();
	if (state->format == LOADER_FIRMWARE) {
		uint64_t gpa, size;

		if (ram_rom(ram, &gpa, &size) == NULL || size % RAM_PAGE != 0)
			abort();
		return;
	}
	if (ram_at(ram, entry, 1) == NULL || entry >= RAM_HOLE_END)
		abort();
	if (state->format != LOADER_FLAT &&
	    ram_at(ram, state->sregs.gdt.base,
		   (uint64_t)state->sregs.gdt.limit + 1) == NULL)
		abort();
	if ((state->sregs.efer & 0x400) != 0 &&
	    ram_at(ram, state->sregs.cr3, RAM_PAGE) == NULL)
		abort();
}

static void load(const struct loader_request *request, uint64_t memory)
{
	struct kvmgdb_reason why = {.text = "left as it was"};
	struct loader_state state;
	struct ram *ram;
	int rc;

	memset(&state, 0xff, sizeof(state));
	if (ram_new(memory, &ram) < 0)
		abort();
	rc = loader_load(request, ram, &state, &why);
	if (rc == 0)
		check_start(ram, &state);
	else if (rc > 0 || why.text[0] == '\0')
		abort();
	ram_free(ram);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t flat_addrs[FLAT_ADDRS] = {0, 0x7c00, 0xffff0,
							0x100000};
	const uint8_t how = size > 0 ? data[0] : 0;
	struct loader_request request = {
	    .flat = (how & FLAT) != 0,
	    .flat_addr = flat_addrs[how >> 6],
	    .firmware = (how & FIRMWARE) != 0,
	    .append = (how & APPEND) != 0 ? "console=ttyS0" : NULL,
	    .cpus = (how & CPUS) != 0 ? CPUS_MAX : 1,
	    .initrd = (how & INITRD) != 0,
	    .initrd_fd = -1};

	if (size == 0)
		return 0;
	request.fd = file_of(data + 1, size - 1);
	if (request.initrd)
		request.initrd_fd = file_of(data, size);
	load(&request, (how & LARGE) != 0 ? RAM_LARGE : RAM_SMALL);
	close(request.fd);
	if (request.initrd)
		close(request.initrd_fd);
	return 0;
}
