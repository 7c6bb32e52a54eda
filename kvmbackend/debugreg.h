/* SPDX-License-Identifier: MIT */
/*
 * The arbiter of the four debug registers, as pure functions: no ioctl, no
 * state of its own.  Guest first; what the host asks for takes what is left,
 * and equal requests share a register.  SDM vol. 3, 18.2 (debug registers),
 * APM vol. 2, 13.1.
 *
 * Invariant: a guest slot keeps its number, so that B0-B3 of an exit are the
 * guest's own bits; only host requests move between numbers.
 */
#ifndef KVMBACKEND_DEBUGREG_H
#define KVMBACKEND_DEBUGREG_H

#include <stdbool.h>
#include <stdint.h>

#define DR_SLOTS 4

#define DR6_RESET UINT64_C(0xffff0ff0)
#define DR6_B     UINT64_C(0xf)
#define DR6_BD    UINT64_C(0x2000)
#define DR6_BS    UINT64_C(0x4000)
#define DR6_BT    UINT64_C(0x8000)
/* active low: 0 means that it happened */
#define DR6_BLD      UINT64_C(0x800)
#define DR6_RTM      UINT64_C(0x10000)
#define DR6_WRITABLE UINT64_C(0x1e80f)

#define DR7_RESET    UINT64_C(0x400)
#define DR7_GD       UINT64_C(0x2000)
#define DR7_ENABLES  UINT64_C(0xff)
#define DR7_LE_GE    UINT64_C(0x300)
#define DR7_WRITABLE UINT64_C(0xffff2bff) /* as KVM: bit 11, RTM's, always */

/* DR7.R/W (SDM vol. 3, 18.2.4) */
enum dr_rw { DR_EXEC = 0, DR_WRITE = 1, DR_IO = 2, DR_ACCESS = 3 };

/* What the guest has written; dr6 is not looked at by dr_merge. */
struct dr_guest {
	uint64_t db[DR_SLOTS];
	uint64_t dr6, dr7;
};

/* A host request: one register's worth.  LEN is 1, 2, 4 or 8 bytes, ADDR is
 * aligned to it; LEN is 1 for DR_EXEC. */
struct dr_piece {
	uint64_t addr;
	uint8_t len;
	uint8_t rw;
};

struct dr_plan {
	uint64_t db[DR_SLOTS];
	uint64_t dr7;           /* effective */
	uint8_t guest;          /* slots that the guest owns, one bit each */
	uint8_t host;           /* slots that serve a host request */
	int8_t piece[DR_SLOTS]; /* which host request, or -1 */
	uint32_t unplaced;      /* host requests, by index, without a slot */
};

enum dr_merge_flags {
	DR_TRAP_ACCESS = 1,    /* arm DR7.GD: every guest MOV DR exits */
	DR_SKIP_GUEST_EXEC = 2 /* this KVM serves the guest's execution
				  breakpoints by itself: do not arm them */
};

/* At most this many host requests in one call. */
#define DR_MAX_PIECES 32

/*
 * Merge N host requests into the guest's registers.  PREV, if not NULL, is the
 * plan in force, for this list of requests or another: what can stay in its
 * slot stays.
 */
void dr_merge(const struct dr_guest *guest, const struct dr_piece *pieces,
	      unsigned n, unsigned flags, const struct dr_plan *prev,
	      struct dr_plan *plan);

/* What the DR6 of a debug exit means under PLAN. */
struct dr_hits {
	uint8_t host;  /* slots of host requests that hit */
	uint8_t guest; /* the guest's own slots that hit */
	uint8_t
	    disabled; /* slots of nobody's that match: no cause of anything,
			 but the guest sees them beside a cause of its own */
	bool bs, bd, bt;
};

/* Bits of slots that match but are disabled are dropped (SDM vol. 3, 18.2.3:
 * B0-B3 are set whether or not enabled); bits that an overlapping hit implies
 * are added, since there are CPUs that report one slot of several. */
struct dr_hits dr_classify(const struct dr_plan *plan, uint64_t dr6);

/* Those of SLOTS that are for execution, or those that are for data. */
uint8_t dr_slots_of_kind(const struct dr_plan *plan, uint8_t slots, bool exec);

/*
 * A CPU may show in DR6 that a disabled register matches.  Where the host has
 * a register that the guest left disabled, this is what it would show beside
 * HITS of the guest's at RIP, so far as that follows: execution if RIP is its
 * address, data if each access that makes one of HITS touches it.  (An access
 * of which only a part is known may have touched it as well.)  SHOWS: which of
 * the two kinds this CPU shows.
 */
enum dr_shows { DR_SHOWS_EXEC = 1, DR_SHOWS_DATA = 2 };

uint8_t dr_bystanders(const struct dr_guest *guest, const struct dr_plan *plan,
		      uint8_t hits, uint64_t rip, unsigned shows);

/*
 * The DR6 that the guest must see when the causes in PAYLOAD (B0-B3, BD, BS,
 * BT, set = happened) are delivered over its OLD one: B0-B3 replaced, the
 * others sticky, fixed bits set.
 */
uint64_t dr6_deliver(uint64_t old, uint64_t payload);

/* What a MOV to DR6/DR7 stores (bits 63:32 of VALUE are the caller's #GP).
 * FIXED: the bits that read as one on this guest's CPU, by dr6_fixed() from
 * CPUID.7.EBX.RTM and CPUID.7.ECX.BUS_LOCK_DETECT. */
uint64_t dr6_fixed(bool rtm, bool bus_lock_detect);
uint64_t dr6_write(uint64_t fixed, uint64_t value);
uint64_t dr7_write(uint64_t value);

/* Bytes of a LEN field: 00 1, 01 2, 10 8, 11 4. */
#define DR7_LEN_BYTES(len) (0x4821u >> (4 * (len)) & 0xfu)

/* DR7 fields of slot I. */
static inline bool dr7_enabled(uint64_t dr7, unsigned i)
{
	return (dr7 >> (2 * i)) & 3;
}

static inline unsigned dr7_rw(uint64_t dr7, unsigned i)
{
	return (unsigned)(dr7 >> (16 + 4 * i)) & 3;
}

static inline unsigned dr7_len(uint64_t dr7, unsigned i) /* bytes */
{
	return DR7_LEN_BYTES(dr7 >> (18 + 4 * i) & 3);
}

/*
 * Cover [ADDR, ADDR + LEN) with aligned pieces of kind RW.  EXACT: nothing but
 * the range (more pieces); else the fewest pieces, which may be wider.
 * Returns how many (1..MAX), or 0 if MAX is not enough or LEN is 0.
 */
unsigned dr_split(uint64_t addr, uint64_t len, enum dr_rw rw, bool exact,
		  struct dr_piece *pieces, unsigned max);

#endif
