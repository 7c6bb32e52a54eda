/* SPDX-License-Identifier: MIT */
/*
 * Guest images: which format a file is, and how each one is started.
 *
 * A loader copies the image into RAM, puts what the format promises (start
 * info, tables, a stack) where the image is not, and sets the first vCPU's
 * registers.  It makes no ioctl.  Errors come with a line for a person, that
 * does not repeat the file's name.
 */
#ifndef MACHINE_LOADER_H
#define MACHINE_LOADER_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include <kvmgdb/target.h>

#include "machine/ram.h"

enum loader_format {
	LOADER_PVH,
	LOADER_LINUX,
	LOADER_MULTIBOOT,
	LOADER_MULTIBOOT2,
	LOADER_ELF64,
	LOADER_FLAT,
	LOADER_FIRMWARE
};

/* The I/O APIC's pin of the ISA timer's interrupt, as on a PC; the other ISA
 * interrupts have the pin of their number. */
#define LOADER_TIMER_GSI 2u

struct loader_request {
	int fd;             /* the image, open for reading, seekable */
	bool firmware;      /* an image for the top of the first 4 GiB */
	bool flat;          /* an image without a format, at flat_addr */
	uint64_t flat_addr; /* gpa, below 1 MiB */
	const char *append; /* the guest's command line; NULL: none */
	unsigned cpus;      /* 1..254 */
	bool initrd;        /* initrd_fd holds a module for the guest */
	int initrd_fd;
};

/* In: the state after reset.  Out: how the guest starts. */
struct loader_state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	enum loader_format format;
};

/* 0; -ENOEXEC not an image that can be started, -EINVAL a broken one,
 * -E2BIG no room in RAM, -EIO and others from reading. */
int loader_load(const struct loader_request *request, struct ram *ram,
		struct loader_state *state, struct kvmgdb_reason *why);

/* "PVH", "Multiboot", ... */
const char *loader_format_name(enum loader_format format);

#endif
