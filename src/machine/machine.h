/* SPDX-License-Identifier: MIT */
/*
 * The built-in monitor: a small PC.  RAM, KVM's interrupt chips and timer,
 * COM1, the exit port, one thread per vCPU.
 *
 * Life: machine_new, then whatever the owner wants to do with machine_vm()
 * before the first instruction, machine_start, ..., machine_free.
 */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include <kvmgdb/backend.h>

#include "log.h"
#include "machine/loader.h"

struct machine;

enum machine_end_kind {
	MACHINE_RUNNING,
	MACHINE_EXIT_PORT,    /* status is what the port says */
	MACHINE_RESET,        /* the guest asked for a reset */
	MACHINE_POWEROFF,     /* KVM_EXIT_SYSTEM_EVENT */
	MACHINE_TRIPLE_FAULT, /* KVM_EXIT_SHUTDOWN */
	MACHINE_ERROR,        /* KVM could not go on; text says why */
	MACHINE_NOT_EMULATED  /* the same: its emulator lacks an instruction */
};

struct machine_end {
	enum machine_end_kind kind;
	int status;      /* EXIT_PORT: 0..255, odd */
	unsigned serial; /* counts the ends of a machine that starts again */
	char text[200];
};

struct machine_config {
	int kvm_fd;      /* stays the caller's */
	uint64_t memory; /* bytes, see ram_new() */
	unsigned cpus;
	bool exit_port;
	int kick_signal; /* see struct kvmgdb_vm_config */
	struct loader_request guest;
	const struct log *log;
	/* What the same KVM can do; 0, or -errno with WHY.  In machine_new(),
	 * as late as can be. */
	int (*probe)(void *ctx, struct kvmgdb_probe *probe,
		     struct kvmgdb_reason *why);
	/* Each of these on any thread. */
	void (*notify)(void *ctx); /* see struct kvmgdb_vm_config */
	void (*kill)(void *ctx);   /* likewise */
	void (*ended)(void *ctx);  /* machine_ended() has news */
	void (*console_output)(void *ctx, const void *data, size_t len);
	void (*console_room)(void *ctx); /* see struct uart8250_config */
	void *ctx;
};

/* Make the machine and load the guest.  0 or -errno, with WHY. */
int machine_new(const struct machine_config *config, struct machine **machine,
		struct kvmgdb_reason *why);

/* Let the vCPU threads run.  0 or -errno. */
int machine_start(struct machine *machine);

/* No vCPU runs after this; for good.  The debugger's operations still work. */
void machine_stop(struct machine *machine);

/* Stops as well; NULL is allowed. */
void machine_free(struct machine *machine);

/* For the debugger. */
struct kvmgdb_vm *machine_vm(struct machine *machine);

/* How the guest starts. */
enum loader_format machine_format(const struct machine *machine);
uint64_t machine_entry(const struct machine *machine);

/* Bytes for COM1; returns how many were taken. */
size_t machine_console_input(struct machine *machine, const void *data,
			     size_t len);

/* False while the guest lives, or lives again.  Any thread. */
bool machine_ended(struct machine *machine, struct machine_end *end);

#endif
