/* SPDX-License-Identifier: MIT */
/*
 * What the debugger has asked for: break- and watchpoints, each with the tier
 * that serves it, and the debug-register pieces that all of them need
 * together.  No lock: the VM's lock is held by the caller.
 */
#ifndef KVMBACKEND_REQUEST_H
#define KVMBACKEND_REQUEST_H

#include "debugreg.h"

#include <kvmgdb/target.h>

enum request_tier {
	TIER_SLOT,     /* debug registers */
	TIER_INT3,     /* a patched instruction; lives in swbreak */
	TIER_PAGE,     /* rights taken from pages; see pagewatch.h */
	TIER_EXEC_PAGE /* the same for an execution breakpoint: its page is
			  stepped */
};

/* Some watched bytes before and after an access; see struct kvmgdb_hit. */
struct hit_bytes {
	uint64_t start;
	size_t size;
	uint8_t before[KVMGDB_HIT_BYTES], after[KVMGDB_HIT_BYTES];
};

struct request {
	enum kvmgdb_bp_kind kind;
	enum request_tier tier;
	uint64_t addr, len; /* linear, bytes */
	struct dr_piece piece[DR_SLOTS];
	unsigned pieces;
	/* The watched bytes as last seen; valid only for a watch (LEN is at
	 * most 32 bytes in slots), and for the guest-physical addresses of its
	 * first and last byte.  See watchvalue.h. */
	uint8_t old[8 * DR_SLOTS];
	bool old_valid;
	uint64_t old_gpa[2];
	uint64_t old_seen; /* kvmgdb_vm.seen when they became those */
	uint64_t cr3;      /* of the page tables that it was made with */
	/* TIER_PAGE: the guest-physical pages of the range, and its bytes
	 * before the instruction that is looked at */
	uint64_t *page;
	unsigned pages;
	uint8_t *bytes;
	uint64_t exits;  /* accesses to its pages that trapped, hits or not */
	bool tried;      /* within one tier_balance() */
	bool no_slots;   /* registers, even if free, cannot serve it here */
	bool due;        /* hit, and not told yet: within one debug exit */
	bool told_moved; /* that its int3 could not follow */
	bool wide; /* a piece covers more than the range: hits that left the
		      range's bytes alone are not the debugger's */
	uint64_t hits, filtered;
	struct kvmgdb_filter *filter; /* ours to release; NULL: none */
	struct hit_bytes seen;        /* of the hit that is looked at */
	/* GDB takes everything back at each stop that it shows and asks again
	 * before it resumes: what was withdrawn keeps its count of hits, and
	 * stays in view, for a few resumes. */
	bool withdrawn;
	unsigned withdrawn_at; /* requests_tick() count */
	bool accepted;         /* it has been in force before */
	struct request *next;  /* of those with the same hash */
};

/* 1 MiB at any alignment, and a good deal more. */
#define REQUEST_MAX_PAGES 4096u

struct requests;

struct requests *requests_new(void); /* NULL: no memory */
void requests_free(struct requests *rs);

/* Stores that leave the bytes as they were are to be told: from now on write
 * watches are covered exactly, since no change tells whose a hit was. */
void requests_exact_writes(struct requests *rs, bool exact);

/* The request with this identity that is in force, or NULL. */
struct request *requests_find(struct requests *rs, enum kvmgdb_bp_kind kind,
			      uint64_t addr, uint64_t len);
/* By index, with those that were withdrawn. */
struct request *requests_at(struct requests *rs, unsigned index);
unsigned requests_count(const struct requests *rs);
/* The same at once, for a look at all of them; until the next change. */
struct request *const *requests_all(const struct requests *rs, unsigned *n);

/* Another one after each change of what is asked for, or of a tier. */
uint64_t requests_version(const struct requests *rs);
/* ... or of their pages, which are not ours to see. */
void requests_changed(struct requests *rs);

/* The guest is resumed: forget what was withdrawn long ago. */
void requests_tick(struct requests *rs);

/* Add; TIER_SLOT requests get their pieces.  NULL with errno: ENOMEM, or
 * ENOSPC if four registers cannot cover the range. */
struct request *requests_add(struct requests *rs, enum kvmgdb_bp_kind kind,
			     enum request_tier tier, uint64_t addr,
			     uint64_t len);
/* Served by another tier from now on; not TIER_SLOT. */
void requests_move(struct requests *rs, struct request *r,
		   enum request_tier tier);
/* By debug registers from now on; false: four cannot cover it. */
bool requests_to_slots(struct requests *rs, struct request *r);
void requests_withdraw(struct requests *rs, struct request *r);
/* FILTER is released when another one comes, or R goes or is withdrawn. */
void requests_set_filter(struct request *r, struct kvmgdb_filter *filter);
/* It could not be placed: as it was before requests_add(). */
void requests_refuse(struct requests *rs, struct request *r);
/* The pages of TIER_PAGE and TIER_EXEC_PAGE: they are to be found anew. */
void request_forget_pages(struct request *r);
/* As if it had never been. */
void requests_remove(struct requests *rs, struct request *r);
void requests_clear(struct requests *rs);

/* The distinct pieces of all TIER_SLOT requests; at most DR_MAX_PIECES.
 * The pointer is valid until the next change. */
const struct dr_piece *requests_pieces(const struct requests *rs, unsigned *n);

/* The address inside R to report when PIECE was hit; false if PIECE does not
 * serve R. */
bool request_serves(const struct request *r, const struct dr_piece *piece,
		    uint64_t *addr);

bool bp_is_exec(enum kvmgdb_bp_kind kind);
enum dr_rw bp_rw(enum kvmgdb_bp_kind kind);

#endif
