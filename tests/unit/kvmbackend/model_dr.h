/* SPDX-License-Identifier: MIT */
/*
 * The independent model of the shared debug registers.  A random guest, host
 * and CPU; each step asks first principles (the guest alone; every host
 * request as if it had registers of its own) who is due a hit, and then the
 * arbiter, through a CPU that has only four registers.
 */
#ifndef TESTS_MODEL_DR_H
#define TESTS_MODEL_DR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvmbackend/debugreg.h"

/* The functions under test; a test's positive controls put broken ones. */
struct arbiter {
	void (*merge)(const struct dr_guest *guest,
		      const struct dr_piece *pieces, unsigned n, unsigned flags,
		      const struct dr_plan *prev, struct dr_plan *plan);
	struct dr_hits (*classify)(const struct dr_plan *plan, uint64_t dr6);
	uint64_t (*deliver)(uint64_t old, uint64_t payload);
	uint64_t (*write6)(uint64_t fixed, uint64_t value);
	uint64_t (*write7)(uint64_t value);
};

extern const struct arbiter model_real_arbiter;

/* How often each case was met: a model that never meets one proves nothing. */
#define MODEL_CASES(X)                                                      \
	X(guest_hit)                                                        \
	X(host_hit)                                                         \
	X(both_hit)   /* one slot, both owners */                           \
	X(apart_hit)  /* both, by different slots */                        \
	X(quiet)      /* an instruction that nobody waits for */            \
	X(disabled)   /* Bn of a slot that is off */                        \
	X(implied)    /* reported by another slot's bit only */             \
	X(shared)     /* a plan with a slot of two owners */                \
	X(full)       /* a plan without a free slot, nothing left over */   \
	X(overflow)   /* a plan with unplaced requests */                   \
	X(kept)       /* a host slot that stayed, by PREV */                \
	X(moved)      /* a host slot that the guest claimed, moved */       \
	X(evicted)    /* ... and without a place now */                     \
	X(skipped)    /* a guest execution slot left to KVM */              \
	X(guest_gd)   /* a MOV DR that is the guest's own #DB */            \
	X(host_gd)    /* a MOV DR that only the host traps */               \
	X(top)        /* a hit in the last 16 bytes of the address space */ \
	X(odd_length) /* an execution slot with LEN other than 00 */        \
	X(port)       /* an I/O hit */

enum model_case {
#define X(name) MODEL_##name,
	MODEL_CASES(X)
#undef X
	    MODEL_CASE_COUNT
};

const char *model_case_name(enum model_case c);

struct model_dr;

/* From a seed, or from BYTES (a fuzzer's; NULL for none), which must outlive
 * the model.  NULL: no memory. */
struct model_dr *model_dr_new(const struct arbiter *arbiter, uint64_t seed,
			      const uint8_t *bytes, size_t n);
void model_dr_free(struct model_dr *m);

/* False: arbiter and model disagree; then model_dr_print() tells. */
bool model_dr_step(struct model_dr *m);
bool model_dr_exhausted(const struct model_dr *m);
void model_dr_print(const struct model_dr *m);
uint64_t model_dr_count(const struct model_dr *m, enum model_case c);

#endif
