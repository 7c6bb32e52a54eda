/* SPDX-License-Identifier: MIT */
/*
 * A machine of two toy vCPUs, to test sessions on.  It runs only in
 * fake_run(), so tests decide what happens between which bytes.
 *
 * The program at FAKE_CODE (vCPU 0), an endless loop:
 *   1000 incl 0x2000; 1007 nop; 1008 mov 0x2000,%eax; 100f nop; 1010 jmp 1000
 * and at 1012 hlt, 1013 ud2 (a triple fault here).  vCPU 1 is at 1100:
 *   1100 nop; 1101 nop; 1102 jmp 1100
 */
#ifndef TESTS_FAKE_TARGET_H
#define TESTS_FAKE_TARGET_H

#include <kvmgdb/target.h>

#define FAKE_RAM      0x1000u /* 16 KiB of it */
#define FAKE_RAM_SIZE 0x4000u
#define FAKE_CODE     0x1000u
#define FAKE_COUNTER  0x2000u
#define FAKE_HLT      0x1012u
#define FAKE_UD2      0x1013u
#define FAKE_CODE1    0x1100u
#define FAKE_VCPUS    2u
#define FAKE_BPS      8u
#define FAKE_MSRS     3u /* efer, tsc, and 12345h */
#define FAKE_SLOTS    4u /* of BP_HARDWARE and watchpoints, together */

struct fake_bp {
	bool used;
	enum kvmgdb_bp_kind kind;
	uint64_t addr, len, hits, filtered;
	struct kvmgdb_filter *filter;
};

struct fake_vcpu {
	uint8_t regs[KVMGDB_REG_COUNT][KVMGDB_REG_MAX_SIZE];
	enum kvmgdb_vcpu_state state;
	uint64_t msr[FAKE_MSRS];
	struct kvmgdb_action action;
	bool fresh; /* not one instruction since the resume */
	/* Non-stop. */
	bool going, interrupted;
};

struct fake_target {
	struct fake_vcpu vcpu[FAKE_VCPUS];
	uint8_t ram[FAKE_RAM_SIZE];
	uint8_t top[0x1000]; /* the last page of the address space */
	struct fake_bp bp[FAKE_BPS];

	bool running, interrupted; /* all-stop */
	bool non_stop;
	struct kvmgdb_stop stops[4]; /* to be told, oldest first */
	unsigned stop_count;
	bool exited;

	/* What tests arrange. */
	enum kvmgdb_reg missing;   /* -ENODATA; KVMGDB_REG_COUNT: none */
	enum kvmgdb_cpu_mode mode; /* of all vCPUs */
	bool no_avx;
	bool no_read_watch;  /* Z3: -ENOTSUP */
	bool no_reset;       /* reset: -ENOTSUP */
	int resume_error;    /* of the next resume */
	bool all_ram;        /* zeroes everywhere, to be read only ... */
	const char *planted; /* ... but for these bytes, or NULL */
	uint64_t planted_at;

	/* What filters have printed, not fetched yet. */
	char text[4096];
	size_t text_len;

	/* What tests look at. */
	unsigned resets;
	unsigned kills, clears, resumes, interrupts, writes;
	bool blue; /* an option */
};

extern const struct kvmgdb_target_ops fake_ops;

/* Standing, with nothing to say. */
void fake_init(struct fake_target *f);

/* Release what the breakpoints hold. */
void fake_free(struct fake_target *f);

/* Let the vCPUs that were resumed execute up to STEPS instructions each.
 * True: a stop is ready, as if the notification had come. */
bool fake_run(struct fake_target *f, unsigned steps);

/* Stop for this reason, whatever runs. */
void fake_stop(struct fake_target *f, struct kvmgdb_stop stop);

uint64_t fake_reg(const struct fake_target *f, unsigned vcpu,
		  enum kvmgdb_reg reg);
void fake_set_reg(struct fake_target *f, unsigned vcpu, enum kvmgdb_reg reg,
		  uint64_t value);
const struct fake_bp *fake_find(const struct fake_target *f,
				enum kvmgdb_bp_kind kind, uint64_t addr,
				uint64_t len);
unsigned fake_bp_count(const struct fake_target *f);

#endif
