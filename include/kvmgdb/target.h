/* SPDX-License-Identifier: MIT */
/*
 * The seam: what a debugger asks of a machine.
 *
 * gdbproto/ calls these operations and knows nothing of KVM; kvmbackend/
 * implements them and knows nothing of packets.  Errors are -errno on this
 * side of the seam; RSP error replies exist only in gdbproto/.
 *
 * Threads: every operation is called on one thread, the owner of the session
 * (the libevent loop in the kvmgdb program), and none of them sleeps for the
 * guest.  The only call in the other direction is the notification that a
 * stop is ready, see struct kvmgdb_stop.
 */
#ifndef KVMGDB_TARGET_H
#define KVMGDB_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Architectural registers.  Values cross the seam little-endian, in the width
 * that kvmgdb_reg_size() gives.  RIP is the offset in CS, as the CPU has it.
 * DR0-DR7 are the guest's own view, never what the host has armed.
 */
enum kvmgdb_reg {
	KVMGDB_REG_RAX,
	KVMGDB_REG_RBX,
	KVMGDB_REG_RCX,
	KVMGDB_REG_RDX,
	KVMGDB_REG_RSI,
	KVMGDB_REG_RDI,
	KVMGDB_REG_RBP,
	KVMGDB_REG_RSP,
	KVMGDB_REG_R8,
	KVMGDB_REG_R9,
	KVMGDB_REG_R10,
	KVMGDB_REG_R11,
	KVMGDB_REG_R12,
	KVMGDB_REG_R13,
	KVMGDB_REG_R14,
	KVMGDB_REG_R15,
	KVMGDB_REG_RIP,
	KVMGDB_REG_EFLAGS, /* 32 bits */
	KVMGDB_REG_CS,     /* selectors: 32 bits, zero-extended */
	KVMGDB_REG_SS,
	KVMGDB_REG_DS,
	KVMGDB_REG_ES,
	KVMGDB_REG_FS,
	KVMGDB_REG_GS,
	KVMGDB_REG_ST0, /* 80 bits each; ST0 is the top of the x87 stack */
	KVMGDB_REG_ST7 = KVMGDB_REG_ST0 + 7,
	KVMGDB_REG_FCTRL, /* the x87 environment: 32 bits each */
	KVMGDB_REG_FSTAT,
	KVMGDB_REG_FTAG, /* the full 16-bit tag word, two bits a register */
	KVMGDB_REG_FISEG,
	KVMGDB_REG_FIOFF,
	KVMGDB_REG_FOSEG,
	KVMGDB_REG_FOOFF,
	KVMGDB_REG_FOP,
	KVMGDB_REG_XMM0, /* 128 bits each */
	KVMGDB_REG_XMM15 = KVMGDB_REG_XMM0 + 15,
	KVMGDB_REG_MXCSR, /* 32 bits */
	KVMGDB_REG_FS_BASE,
	KVMGDB_REG_GS_BASE,
	KVMGDB_REG_K_GS_BASE, /* MSR_KERNEL_GS_BASE */
	KVMGDB_REG_CR0,
	KVMGDB_REG_CR2,
	KVMGDB_REG_CR3,
	KVMGDB_REG_CR4,
	KVMGDB_REG_CR8,
	KVMGDB_REG_EFER,
	KVMGDB_REG_DR0,
	KVMGDB_REG_DR1,
	KVMGDB_REG_DR2,
	KVMGDB_REG_DR3,
	KVMGDB_REG_DR6,
	KVMGDB_REG_DR7,
	/* Hidden parts of segment registers, and system tables. */
	KVMGDB_REG_CS_BASE,
	KVMGDB_REG_SS_BASE,
	KVMGDB_REG_DS_BASE,
	KVMGDB_REG_ES_BASE,
	KVMGDB_REG_GDTR_BASE,
	KVMGDB_REG_GDTR_LIMIT,
	KVMGDB_REG_IDTR_BASE,
	KVMGDB_REG_IDTR_LIMIT,
	KVMGDB_REG_LDTR,
	KVMGDB_REG_LDTR_BASE,
	KVMGDB_REG_LDTR_LIMIT,
	KVMGDB_REG_TR,
	KVMGDB_REG_TR_BASE,
	KVMGDB_REG_TR_LIMIT,
	/* Of XSAVE; there only where the guest's CPUID has the component, see
	 * kvmgdb_target_ops.reg_present. */
	KVMGDB_REG_XCR0,
	KVMGDB_REG_K0, /* of AVX-512: 64 bits */
	KVMGDB_REG_K7 = KVMGDB_REG_K0 + 7,
	KVMGDB_REG_YMM0H, /* 128 bits: 255:128 */
	KVMGDB_REG_YMM15H = KVMGDB_REG_YMM0H + 15,
	KVMGDB_REG_XMM16, /* AVX-512 from here: 128 bits */
	KVMGDB_REG_XMM31 = KVMGDB_REG_XMM16 + 15,
	KVMGDB_REG_YMM16H, /* 128 bits: 255:128 */
	KVMGDB_REG_YMM31H = KVMGDB_REG_YMM16H + 15,
	KVMGDB_REG_ZMM0H, /* 256 bits: 511:256 */
	KVMGDB_REG_ZMM31H = KVMGDB_REG_ZMM0H + 31,
	KVMGDB_REG_PKRU, /* 32 bits */
	KVMGDB_REG_COUNT
};

#define KVMGDB_REG_MAX_SIZE 32u

/* Width of a register in bytes: 2..32; 0 for a number that is no register. */
static inline size_t kvmgdb_reg_size(enum kvmgdb_reg reg)
{
	if (reg <= KVMGDB_REG_RIP)
		return 8;
	if (reg <= KVMGDB_REG_GS)
		return 4;
	if (reg <= KVMGDB_REG_ST7)
		return 10;
	if (reg <= KVMGDB_REG_FOP)
		return 4;
	if (reg <= KVMGDB_REG_XMM15)
		return 16;
	if (reg == KVMGDB_REG_MXCSR || reg == KVMGDB_REG_PKRU)
		return 4;
	if (reg >= KVMGDB_REG_YMM0H && reg <= KVMGDB_REG_YMM31H)
		return 16;
	if (reg >= KVMGDB_REG_ZMM0H && reg <= KVMGDB_REG_ZMM31H)
		return 32;
	return reg < KVMGDB_REG_COUNT ? 8 : 0;
}

/* The values are RSP's Z types (GDB manual, "Packets", Z). */
enum kvmgdb_bp_kind {
	KVMGDB_BP_SOFTWARE = 0, /* execution, a patched instruction */
	KVMGDB_BP_HARDWARE = 1, /* execution, a debug register */
	KVMGDB_BP_WRITE = 2,    /* data, writes */
	KVMGDB_BP_READ = 3,     /* data, reads */
	KVMGDB_BP_ACCESS = 4    /* data, reads and writes */
};

/* Why something was refused: one line for a person, no newline, never
 * truncated in the middle of an escape because there are none. */
struct kvmgdb_reason {
	char text[160];
};

enum kvmgdb_action_kind {
	KVMGDB_ACTION_STAY, /* remains stopped */
	KVMGDB_ACTION_CONTINUE,
	KVMGDB_ACTION_STEP, /* one instruction */
	KVMGDB_ACTION_RANGE /* step while start <= RIP < end; start == end: one
			       instruction */
};

struct kvmgdb_action {
	enum kvmgdb_action_kind kind;
	uint64_t start, end; /* linear addresses, RANGE only */
};

enum kvmgdb_stop_reason {
	KVMGDB_STOP_INTERRUPT, /* kvmgdb_target_ops.interrupt, or a VM that
				  starts stopped */
	KVMGDB_STOP_STEP,      /* a step or a range step has ended */
	KVMGDB_STOP_SWBREAK,   /* RIP is at the breakpoint */
	KVMGDB_STOP_HWBREAK,   /* RIP is at the breakpoint */
	KVMGDB_STOP_WRITE,     /* RIP is after the access; addr is valid */
	KVMGDB_STOP_READ,
	KVMGDB_STOP_ACCESS,
	KVMGDB_STOP_SHUTDOWN, /* triple fault; the state is that before the
				 reset, but if code is not 0 registers are
				 lost */
	KVMGDB_STOP_ERROR,    /* KVM could not go on (KVM_EXIT_INTERNAL_ERROR or
				 FAIL_ENTRY) */
	KVMGDB_STOP_RESET,    /* the guest has reset the machine; all vCPUs are
				 before their first instruction */
	KVMGDB_STOP_EXITED    /* the machine has ended; code is its exit status.
				 Nothing can be resumed any more */
};

struct kvmgdb_stop {
	unsigned vcpu;
	enum kvmgdb_stop_reason reason;
	uint64_t addr; /* WRITE, READ, ACCESS: a linear address inside the range
			  that was asked for */
	int code;      /* EXITED: 0..255; SHUTDOWN */
};

enum kvmgdb_vcpu_state {
	KVMGDB_VCPU_RUNNABLE,
	KVMGDB_VCPU_HALTED,    /* in HLT (KVM_MP_STATE_HALTED) */
	KVMGDB_VCPU_WAIT_SIPI, /* not started yet */
	KVMGDB_VCPU_RUNNING    /* does not stand: nothing more is known */
};

enum kvmgdb_slot_owner {
	KVMGDB_OWNER_NONE,
	KVMGDB_OWNER_GUEST,
	KVMGDB_OWNER_HOST,
	KVMGDB_OWNER_BOTH
};

/* One vCPU's debug registers, for `monitor dr`. */
struct kvmgdb_dr_view {
	struct {
		enum kvmgdb_slot_owner owner;
		uint64_t addr; /* linear; what is armed in DRn */
		unsigned len;  /* bytes: 1, 2, 4, 8 */
		unsigned
		    rw; /* DR7.R/W: 0 execution, 1 write, 2 I/O, 3 access */
		uint64_t hits; /* reported to the debugger */
	} slot[4];
	uint64_t guest_db[4], guest_dr6, guest_dr7; /* what the guest reads */
	uint64_t effective_dr7;                     /* what the CPU runs with */
	bool mov_dr_trapped; /* a guest MOV DR is seen at once (DR7.GD) */
	/* where it is not: after this many ms at the latest (0: the host has no
	 * register), and how many the kernel told of at once */
	unsigned resync_ms;
	uint64_t traced;
};

/* A request of the debugger's, for `monitor dr`. */
struct kvmgdb_request_view {
	enum kvmgdb_bp_kind kind;
	uint64_t addr, len;
	const char *tier; /* "debug register", "int3", ...: static storage */
	uint64_t hits;
	uint64_t filtered; /* hits that a filter let pass */
};

/* A counter, for `monitor exits`. */
struct kvmgdb_count_view {
	const char *name; /* one word, static storage */
	uint64_t count;
};

/* ---- filters: hits decided beside the vCPU ---- */

/* A hit that nobody was told of yet.  The vCPU is as a stop would show it. */
struct kvmgdb_hit {
	unsigned vcpu;
	enum kvmgdb_bp_kind kind; /* of the request, as its range is */
	uint64_t addr, len;
	uint64_t at; /* linear, inside the range: what the stop would name */
	/* Data: SIZE bytes at START, inside the range, before and after the
	 * access: all of a range of up to KVMGDB_HIT_BYTES, else those around
	 * AT.  SIZE is 0 for execution, and where they are not known. */
	uint64_t start;
	size_t size;
	const uint8_t *before, *after;
};

#define KVMGDB_HIT_BYTES 32u

/* What a filter may ask of the vCPU that stands at the hit, with the
 * contracts of the operations of these names. */
struct kvmgdb_filter_ctx {
	void *self; /* first argument of each */
	ssize_t (*reg_read)(void *self, enum kvmgdb_reg reg, void *buf);
	ssize_t (*mem_read)(void *self, uint64_t gva, void *buf, size_t len);
	/* Text for the debugger's console: queued, see next_text. */
	void (*print)(void *self, const char *text, size_t len);
};

enum kvmgdb_verdict {
	KVMGDB_VERDICT_STOP,  /* a stop, as without a filter */
	KVMGDB_VERDICT_RUN_ON /* as if nothing had happened */
};

/*
 * Decides hits of one request.  Both functions are called with the target's
 * lock held: one at a time over all vCPUs, never after release(); they may
 * call no operation and must be quick, since other vCPUs wait meanwhile.
 */
struct kvmgdb_filter {
	/* On the vCPU's thread.  A step that ends on an execution request asks
	 * too, for the sake of what is printed, and stops in any case. */
	enum kvmgdb_verdict (*decide)(struct kvmgdb_filter *filter,
				      const struct kvmgdb_filter_ctx *ctx,
				      const struct kvmgdb_hit *hit);
	/* Its request is gone, or has another one: free it.  Any thread. */
	void (*release)(struct kvmgdb_filter *filter);
};

/* An option of the target's, for `monitor set`. */
struct kvmgdb_option_view {
	const char *name, *value, *help; /* static storage */
};

/* How a vCPU reads its code: CR0.PE, RFLAGS.VM, EFER.LMA, CS.L and CS.D. */
enum kvmgdb_cpu_mode {
	KVMGDB_MODE_REAL,   /* 16 bits, CS base = 16 * CS after a far jump */
	KVMGDB_MODE_VM86,   /* the same, under protected mode */
	KVMGDB_MODE_PROT16, /* protected mode, a 16-bit code segment */
	KVMGDB_MODE_PROT32,
	KVMGDB_MODE_COMPAT16, /* long mode, a 16-bit code segment */
	KVMGDB_MODE_COMPAT32,
	KVMGDB_MODE_LONG64
};

/* Where a vCPU is. */
struct kvmgdb_place_view {
	enum kvmgdb_cpu_mode mode;
	uint16_t cs;
	uint64_t cs_base;
	uint64_t rip;    /* the offset in CS */
	uint64_t linear; /* what breakpoints go by */
	unsigned cpl;
};

#define KVMGDB_WALK_LEVELS 5

/* One translation, level by level. */
struct kvmgdb_walk_view {
	const char *paging; /* "none", "32-bit", ...: static storage */
	struct {
		const char *name; /* "PML4E", ...: static storage */
		uint64_t gpa;     /* of the entry */
		uint64_t entry;
		bool large; /* maps a page, though not of the last level */
	} level[KVMGDB_WALK_LEVELS]; /* those that were read, from the root */
	unsigned levels;
	const char *why; /* NULL: mapped; else what ended the walk, static */
	uint64_t gpa, page_size;         /* if mapped, likewise: */
	bool writable, user, executable; /* at every level */
	bool memory; /* RAM or ROM is there, not MMIO or nothing */
};

/*
 * One client debugs one target.  TARGET is the implementer's own object and
 * is handed back in each call.  A vCPU is a number from 0, dense.
 *
 * Unless a function says otherwise it wants all vCPUs it touches to stand
 * still, and returns -EBUSY if one runs.
 */
struct kvmgdb_target_ops {
	/* Number of vCPUs, at least 1, constant after start.  Any time. */
	unsigned (*vcpu_count)(void *target);

	/* Any time. */
	enum kvmgdb_vcpu_state (*vcpu_state)(void *target, unsigned vcpu);

	/* True while any vCPU runs or has yet to come to a stand.  Any time. */
	bool (*running)(void *target);

	/*
	 * Read a register into BUF (room for KVMGDB_REG_MAX_SIZE bytes,
	 * little-endian).  Returns its size in bytes, or -ENODATA where this
	 * CPU does not have it or KVM does not tell, -EINVAL for no such
	 * register or vCPU, -EBUSY.
	 */
	ssize_t (*reg_read)(void *target, unsigned vcpu, enum kvmgdb_reg reg,
			    void *buf);

	/*
	 * Write a register: SIZE must be kvmgdb_reg_size().  Returns 0, -EINVAL
	 * for a value that the CPU would refuse (nothing is changed then),
	 * -ENODATA, -EBUSY.
	 */
	int (*reg_write)(void *target, unsigned vcpu, enum kvmgdb_reg reg,
			 const void *buf, size_t size);

	/*
	 * Read guest memory at a linear address through the page tables of
	 * VCPU, from RAM and ROM only, without side effects; patched
	 * breakpoints are hidden.  Returns the number of bytes up to the first
	 * unreadable one (1..LEN), or -EFAULT if that is the first; 0 only if
	 * LEN is 0.
	 */
	ssize_t (*mem_read)(void *target, unsigned vcpu, uint64_t gva,
			    void *buf, size_t len);

	/*
	 * Write guest memory at a linear address, ignoring page permissions.
	 * All or nothing.  Returns 0, -EFAULT where a byte is not mapped to
	 * RAM.
	 */
	int (*mem_write)(void *target, unsigned vcpu, uint64_t gva,
			 const void *buf, size_t len);

	/*
	 * Ask for a break- or watchpoint on all vCPUs; linear address, LEN in
	 * bytes (1 for execution).  VCPU names the page tables that a
	 * SOFTWARE breakpoint is resolved by: that vCPU must stand for one.
	 * Idempotent.  May be called while vCPUs run; is in force on all of
	 * them on return.
	 *
	 * Returns 0: it will fire.  Otherwise WHY has the reason as text:
	 * -ENOSPC out of debug registers, -ENOTSUP this KVM cannot report it,
	 * -EINVAL address or length, -EFAULT not mapped.
	 */
	int (*bp_insert)(void *target, unsigned vcpu, enum kvmgdb_bp_kind kind,
			 uint64_t gva, uint64_t len, struct kvmgdb_reason *why);

	/* Take it back.  0, or -ENOENT if there is none. Any time. */
	int (*bp_remove)(void *target, enum kvmgdb_bp_kind kind, uint64_t gva,
			 uint64_t len);

	/* Take back all, and forget all stops not yet told.  Any time. */
	void (*bp_clear)(void *target);

	/*
	 * Let vCPUs go; ACTIONS has vcpu_count() entries.  All must stand.
	 * When one of those that were let go stops for a reason, all come to a
	 * stand and a notification says that next_stop() has something.  A stop
	 * of one of them that was pending and whose breakpoint still stands
	 * comes at once; an end of a step that was not told is forgotten, and
	 * what others have to tell waits for a resume of theirs.
	 * Returns 0, -EBUSY, -ENODEV after EXITED, -ENOTSUP for a step that
	 * this KVM cannot do at the vCPU's present privilege level.
	 */
	int (*resume)(void *target, const struct kvmgdb_action *actions);

	/*
	 * Bring all vCPUs to a stand; a notification follows when they do, with
	 * KVMGDB_STOP_INTERRUPT if nothing else happened first.  0; -EALREADY
	 * if they stand.  Any time.
	 */
	int (*interrupt)(void *target);

	/*
	 * Fetch the next stop to report.  Returns 1 and fills STOP when all
	 * vCPUs stand and one has something to say that was not said; else 0.
	 */
	int (*next_stop)(void *target, struct kvmgdb_stop *stop);

	/* End the machine (k, vKill).  Its owner ends it; returns at once. */
	void (*kill)(void *target);

	/* For `monitor dr`. 0, -EINVAL, -EBUSY. */
	int (*dr_view)(void *target, unsigned vcpu,
		       struct kvmgdb_dr_view *view);

	/* The INDEXth request; 0, or -ENOENT past the last one.  Any time. */
	int (*request_view)(void *target, unsigned index,
			    struct kvmgdb_request_view *view);

	/* `monitor set NAME VALUE`.  0, -ENOENT no such option, -EINVAL not a
	 * value of it.  Any time. */
	int (*option_set)(void *target, const char *name, const char *value);

	/* The INDEXth option; 0, or -ENOENT past the last one.  Any time. */
	int (*option_view)(void *target, unsigned index,
			   struct kvmgdb_option_view *view);

	/* ---- decided beside the vCPU ---- */

	/*
	 * bp_insert, where FILTER decides the hits.  It replaces the one that
	 * the request had; bp_insert leaves it without.  From the call on
	 * FILTER belongs to the target, which releases it also if it returns an
	 * error.
	 */
	int (*bp_insert_filtered)(void *target, unsigned vcpu,
				  enum kvmgdb_bp_kind kind, uint64_t gva,
				  uint64_t len, struct kvmgdb_filter *filter,
				  struct kvmgdb_reason *why);

	/*
	 * Take up to SIZE bytes of what filters have printed, in order; returns
	 * how many.  A notification tells that there are some
	 * (or, after this call, that some are left).  What was
	 * printed before a stop is there when next_stop() has that stop.  A
	 * vCPU whose text is not fetched waits after about 64 KiB.  Any time.
	 */
	size_t (*next_text)(void *target, char *buf, size_t size);

	/* ---- memory by guest-physical address, page tables ---- */

	/* As mem_read and mem_write, by guest-physical address.  Any time. */
	ssize_t (*phys_read)(void *target, uint64_t gpa, void *buf, size_t len);
	int (*phys_write)(void *target, uint64_t gpa, const void *buf,
			  size_t len);

	/* Translate a linear address by the tables of VCPU, without a trace in
	 * them.  0 (also if it is not mapped), -EINVAL, -EBUSY, -ENODATA. */
	int (*walk_view)(void *target, unsigned vcpu, uint64_t gva,
			 struct kvmgdb_walk_view *view);

	/* 0, -EINVAL, -EBUSY, -ENODATA. */
	int (*place_view)(void *target, unsigned vcpu,
			  struct kvmgdb_place_view *view);

	/* Has the guest's CPU this register at all?  The same for all vCPUs.
	 * Any time; of those that not every CPU has, only false until a vCPU
	 * has run or stands. */
	bool (*reg_present)(void *target, enum kvmgdb_reg reg);

	/* ---- model-specific registers ---- */

	/* The INDEXth MSR that this KVM lists, in KVM's order; 0, or -ENOENT
	 * past the last one.  Any time. */
	int (*msr_list)(void *target, unsigned index, uint32_t *msr);

	/* Listed or not.  0; -ENODATA: KVM does not tell it; for a write
	 * -EINVAL: KVM does not take the value, or the MSR; -EBUSY. */
	int (*msr_read)(void *target, unsigned vcpu, uint32_t msr,
			uint64_t *value);
	int (*msr_write)(void *target, unsigned vcpu, uint32_t msr,
			 uint64_t value);

	/* ---- non-stop ---- */

	/*
	 * In non-stop each vCPU stops, and is let go, for itself:
	 *   - a reason stops its vCPU alone; next_stop() has one stop of each
	 *     that stands, and the rest of its stops after its next resume;
	 *   - resume() passes over those that run or whose stop was not
	 * fetched;
	 *   - interrupt() is interrupt_vcpu() of all;
	 *   - memory and requests may be used while vCPUs run.
	 * Those that stand when it is turned on have told all.  Any time; 0.
	 */
	int (*set_non_stop)(void *target, bool on);

	/* Bring one vCPU to a stand; its stop is KVMGDB_STOP_INTERRUPT if
	 * nothing else happened first.  0; -EALREADY if its stop was fetched;
	 * -EINVAL where non-stop is off.  Any time. */
	int (*interrupt_vcpu)(void *target, unsigned vcpu);

	/* ---- what debugging costs ---- */

	/* The INDEXth counter of VCPU; 0, -ENOENT past the last one, -EINVAL,
	 * -EBUSY. */
	int (*count_view)(void *target, unsigned vcpu, unsigned index,
			  struct kvmgdb_count_view *view);

	/* ---- starting again ---- */

	/*
	 * Start the machine again, also after EXITED: on return all vCPUs stand
	 * at the entry, requests are in force, and there is no stop to be told.
	 * Waits for vCPUs that run, as long as their VMM needs to handle an
	 * exit.  0, -ENOTSUP this machine cannot be started again, -EBUSY a
	 * vCPU did not come, or what the VMM says.  Any time.
	 */
	int (*reset)(void *target);

	/* ---- the way back from a resume ---- */

	/*
	 * Has next_stop() something now?  May wait for it, awake and for a
	 * fraction of a millisecond, where the last stops came as fast: to be
	 * called when the client has been read and has nothing more.  There is
	 * no notification then.  NULL: there is one each time.
	 */
	bool (*poll_stop)(void *target);

	/* ---- many registers at once ---- */

	/*
	 * reg_read of COUNT registers from FIRST on into BUF, one behind the
	 * other, each in its kvmgdb_reg_size() bytes; BUF has room for
	 * KVMGDB_REG_MAX_SIZE bytes more.  HAVE tells of each whether it could
	 * be read; bytes of those that could not mean nothing.  0, -EINVAL,
	 * -EBUSY.  NULL: reg_read is called for each.
	 */
	int (*reg_read_block)(void *target, unsigned vcpu,
			      enum kvmgdb_reg first, unsigned count, void *buf,
			      bool *have);
};

#endif
