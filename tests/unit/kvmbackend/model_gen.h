/* SPDX-License-Identifier: MIT */
/*
 * The random machine of the model: what the guest writes to its debug
 * registers, what the host asks for, what an instruction touches.  Few
 * addresses, close together, so that most things meet.
 */
#ifndef TESTS_MODEL_GEN_H
#define TESTS_MODEL_GEN_H

#include <stddef.h>

#include "model_cpu.h"

#include "kvmbackend/debugreg.h"

struct dice {
	uint64_t state;
	const uint8_t *bytes; /* a fuzzer's input, or NULL */
	size_t left;
};

/* 0..N-1, N at most 2^32; 0 for ever when a fuzzer's bytes are used up. */
uint64_t dice_roll(struct dice *d, uint64_t n);

struct machine {
	struct dice dice;
	struct cpu cpu;
	struct dr_guest guest;
	struct dr_piece list[DR_MAX_PIECES]; /* the host's requests */
	unsigned n, max;
	unsigned flags; /* enum dr_merge_flags */
	unsigned page;  /* where this guest lives */
};

#define MACHINE_EVENTS 4u

struct instruction {
	struct event event[MACHINE_EVENTS];
	unsigned n;
	bool mov_dr, bs, bt;
};

/* Another CPU, guest and host. */
void machine_reset(struct machine *m);
/* Something that guest or host does to its requests, or nothing. */
void machine_change(struct machine *m);
void machine_instruction(struct machine *m, struct instruction *in);

struct bp piece_bp(const struct dr_piece *piece);

#endif
