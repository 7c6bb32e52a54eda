/* SPDX-License-Identifier: MIT */
/*
 * The objects that the modules of this room share.
 *
 * Who may touch a vCPU.  A vCPU is at one of four places (enum vcpu_place).
 * While it is INSIDE or OUTSIDE, everything in struct kvmgdb_vcpu that is not
 * marked "lock" belongs to the vCPU's own thread.  While it is NEW or PARKED it
 * belongs to whoever holds the VM's lock.  A vCPU ioctl is made only by the
 * present owner: KVM would block any other thread until KVM_RUN returns.
 */
#ifndef KVMBACKEND_VM_H
#define KVMBACKEND_VM_H

#include "counts.h"
#include "debugreg.h"
#include "drhabit.h"
#include "flow.h"
#include "gmem.h"
#include "handoff.h"
#include "insn.h"
#include "msr.h"
#include "operand.h"
#include "pageindex.h"
#include "pagetrap.h"
#include "regfile.h"
#include "request.h"
#include "swbreak.h"

#include <kvmgdb/backend.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <time.h>

enum vcpu_place {
	VCPU_NEW,     /* its thread has not called kvmgdb_vcpu_run yet */
	VCPU_OUTSIDE, /* the VMM's code is handling an exit */
	VCPU_INSIDE,  /* in KVM_RUN, or on the way in or out */
	VCPU_PARKED   /* waits in kvmgdb_vcpu_run for the debugger */
};

/* A stop that was not told yet, and what makes it void. */
struct pending_stop {
	struct kvmgdb_stop stop;
	uint64_t rip;             /* linear, when it happened */
	enum kvmgdb_bp_kind kind; /* of the request that stopped */
	bool of_request;
};

#define PENDING_MAX 4 /* one instruction can hit four registers */

enum step_kind {
	STEP_NONE,
	STEP_USER,  /* the debugger's step; ends in a stop */
	STEP_RANGE, /* the same, and goes on while in the range */
	STEP_OVER   /* our own, off a breakpoint; then the guest runs on */
};

/* What a stepped instruction may run into; see guard.h. */
struct guard {
	uint64_t at[DR_SLOTS]; /* linear: first instructions of handlers */
	uint8_t vector[DR_SLOTS];
	unsigned count;
	unsigned likely;       /* the first ones: expected to be entered */
	bool in_handler;       /* one of them runs, without TF */
	struct dr_piece image; /* in_handler: the flags in its frame */
};

/* Pages that are not trapped for the time of a step; see pagelift.h. */
#define PAGELIFT_MAX 8

struct pagelift {
	bool active, all;
	uint64_t gpa[PAGELIFT_MAX];
	unsigned count;
	int operands; /* of the instruction, or -1 */
	struct operand op[OPERAND_MAX];
};

/* A single step under way; see step.h. */
struct step {
	enum step_kind kind;
	struct kvm_regs before;
	uint64_t rip; /* linear, of the instruction that is stepped */
	struct insn insn;
	/* INSN is the second of two that are stepped at once (MOV SS), at RIP +
	 * this */
	unsigned second;
	/* the memory it touches; -1: not known */
	int operands;
	struct operand op[OPERAND_MAX];
	/* RFLAGS.TF as the guest has it, before and after: KVM hides its own */
	bool guest_tf, guest_tf_after;
	/* Where INT n, SYSCALL, IRET or SYSRET go: TF is cleared or replaced on
	 * the way there, so a breakpoint ends the step. */
	bool has_target;
	uint64_t target;
	uint64_t lifted; /* gpa of an int3 patch taken out, or NO_GPA */
	unsigned retries;
	struct guard guard;
	/* It goes to a handler and nowhere else (INT, or an exception that
	 * comes before the instruction): without TF, which its frame would
	 * have. */
	bool to_handler;
	bool mute_guest;  /* the guest has had its #DB for this instruction */
	bool event_frame; /* it is no instruction, but an event's delivery */
	bool has_error_code; /* of that event */
	bool wants_pages;    /* it touches a trapped page */
	struct pagelift pages;
	/* It runs in a handler that no guard saw: TF is in that handler's frame
	 * and comes back with IRET; to set it now would stop in the handler. */
	bool adrift;
	bool faulted;     /* not carried out: the guest handles a fault */
	bool was_at_stop; /* STEP_OVER a breakpoint that was reported */
};

#define STEP_NEST_MAX 2

/* What a plan was made of; only without a step and without habits. */
struct dr_question {
	bool valid;
	uint64_t db[DR_SLOTS], dr7; /* the guest's */
	struct dr_piece piece[DR_SLOTS];
	unsigned n;
};

/* A range step's loop that runs between breakpoints; see rangerun.h. */
struct range_run {
	bool on;
	bool refused; /* not to be tried again in this range */
	struct flow_exits exits;
	uint64_t rsp, cr3;
	bool ring3;
};

/* A watch that a trapped access has hit, until it can be posted. */
struct noted_hit {
	enum kvmgdb_bp_kind kind;
	uint64_t addr, len; /* of the request */
	uint64_t at;
	struct hit_bytes seen;
};

#define NO_GPA UINT64_MAX

/* When tier_balance() has found nothing to do, and until when. */
struct balance {
	bool found;
	uint64_t version; /* of the requests */
	uint64_t enough;  /* heat that could drive a register's request out */
	uint64_t hottest; /* of those since then that would have a register */
};

/* See resync.h. */
enum trace_kind { TRACE_ALL, TRACE_DR7, TRACE_KINDS, TRACE_OFF = TRACE_KINDS };

struct resync {
	timer_t timer;
	bool exists, ticking;
	int trace[TRACE_KINDS]; /* see drtrace.h; valid if it exists, or -1 */
	enum trace_kind tracing;
};

/* What filters have printed; see filter.h. */
struct text_queue {
	char *data;
	size_t len, room;
};

struct kvmgdb_vcpu {
	struct kvmgdb_vm *vm;
	unsigned index;
	int fd;
	struct kvm_run *run;
	struct regfile *rf;
	pthread_t thread;
	struct handoff gate; /* lock; rung when it may not have to wait */

	/* lock */
	enum vcpu_place place;
	bool go; /* the debugger lets it run */
	bool kicked;
	uint64_t armed_generation; /* of the requests it last entered with */
	uint64_t entry_seen;       /* vm->seen at the last entry */
	/* its stops may be told: it was let go in the last resume */
	bool reports;
	bool interrupt; /* non-stop: a stop is wanted even if nothing happens */
	bool chosen;    /* scratch of a resume */
	bool visited;   /* kept out of the guest for a look, see nonstop.h */
	struct pending_stop pending[PENDING_MAX];
	unsigned npending;
	struct dr_guest guest_dr; /* as last read */
	uint64_t slot_hits[DR_SLOTS];
	struct counts counts;
	bool text_full; /* waits until what it printed is fetched */

	/* owner */
	struct kvmgdb_action action;
	struct range_run range; /* of the action */
	struct step step;
	/* Steps that wait while their instruction's handler steps over a
	 * trapped page itself; the last is the innermost. */
	struct step outer[STEP_NEST_MAX];
	unsigned nested;
	struct dr_plan plan;
	struct dr_question asked; /* that the plan answers, see slotplan.c */
	bool
	    plan_open; /* without the guest's registers, see slotplan_close() */
	struct dr_habit habit;
	struct kvm_guest_debug armed; /* what KVM was told last */
	uint64_t dr6_fixed;
	bool just_armed; /* see arm_check_guest() */
	struct dr_guest before_armed;
	struct resync resync;
	bool io_of_step; /* that exit is the stepped instruction's own */
	bool step_left;  /* nothing has happened since a step ended at ... */
	uint64_t left_rip;
	bool io_pending; /* KVM_RUN has to complete an exit's operand first */
	struct noted_hit noted[PENDING_MAX];
	unsigned nnoted;
	uint64_t follow_at_ns; /* when pagefollow_look() looks again */
	/* As they were when a signal last ended KVM_RUN; see run.c. */
	struct kvm_regs kicked_regs;
	bool kicked_here;
	bool mmio_hit;  /* that exit's operand was a trapped page's */
	bool held_exit; /* an exit kept from the VMM until the debugger
			   resumes */
	bool owes_db;   /* a #DB for the guest, not accepted by KVM yet */
	uint64_t db_payload;
	bool owes_bp;           /* the guest's own int3, to be given back */
	bool at_stop;           /* stopped at stop_rip by a breakpoint there */
	uint64_t stop_rip;      /* linear */
	bool passing;           /* at_stop, and a filter let the hit pass */
	bool gave_back;         /* a #DB was given back at given_rip, and no
				   hit of the CPU's own there since */
	uint64_t given_rip;     /* linear */
	uint32_t warned_pieces; /* unplaced pieces that were warned of */
};

struct kvmgdb_vm {
	struct kvmgdb_vm_config config;
	struct gmem *gmem;
	unsigned maxphyaddr;
	uint64_t sync_regs; /* what of KVM_CAP_SYNC_REGS is of use, or 0 */

	pthread_mutex_t lock;
	pthread_cond_t changed; /* a place, a holder or a generation changed */
	struct handoff news;    /* lock: the session waits for a stop */
	unsigned cpus;          /* that we may use */

	/* lock */
	struct kvmgdb_vcpu **vcpus;
	unsigned count;
	struct requests *requests;
	struct swbreak *swbreak;
	struct pagetrap *pagetrap;
	struct pageindex pageindex;
	struct text_queue text;
	bool told_stack;  /* that interrupts may be lost; see breakpoints.c */
	bool told_ring3;  /* that breakpoints work in ring 0 only */
	bool pages_stale; /* pagewatch_update() is due before a resume */
	uint64_t generation; /* counts changes of the requests */
	bool slots_freed;    /* a guest has given registers back */
	unsigned page_exits; /* accesses that trapped */
	/* Does any request wait for a register?  Of that version. */
	bool wanting;
	uint64_t wanting_version;
	struct balance balance;
	uint64_t seen;         /* counts changes seen in watched bytes */
	bool report_unchanged; /* option: stores of the same value are hits */
	bool run_loops;        /* option: see rangerun.h */
	bool held;             /* by the VMM: see kvmgdb_vm_hold() */
	bool reboot;           /* a guest that resets is started again */
	bool stop_on_reset;    /* ... and stops before its first instruction */
	unsigned resets;       /* counts them */
	bool non_stop;         /* each vCPU stops for itself, see nonstop.h */
	bool attached;         /* a debugger wants to hear of stops */
	bool interrupt;        /* a stop is wanted even if nothing happens */
	bool shutdown;
	bool exited;
	bool exit_told;
	int exit_code;
	unsigned last_vcpu;   /* of the last stop told */
	struct msr_list msrs; /* if msrs_asked */
	bool msrs_asked;
	/* Registers that the guest's CPU has, if present_known. */
	bool present[KVMGDB_REG_COUNT], present_known;
	struct kvmgdb_vcpu *holder;
};

/* Does it stand, so that it belongs to the lock's holder? */
static inline bool vcpu_standing(const struct kvmgdb_vcpu *v)
{
	return v->place == VCPU_PARKED || v->place == VCPU_NEW ||
	       (v->visited && v->place == VCPU_OUTSIDE);
}

static inline bool vcpu_has_news(const struct kvmgdb_vcpu *v)
{
	if (!v->vm->non_stop)
		return v->reports && v->npending;
	return v->reports && !v->go && vcpu_standing(v) &&
	       (v->npending || v->interrupt);
}

/* rendezvous.c: the lock is held in all of these. */
void vm_post_stop(struct kvmgdb_vcpu *v, const struct pending_stop *stop);
void vm_stop_all(struct kvmgdb_vm *vm);
void vm_settle(struct kvmgdb_vm *vm);
/* The next in turn after the one told of last that has a stop to tell. */
struct kvmgdb_vcpu *vm_next_news(const struct kvmgdb_vm *vm);
/* Is there a stop to tell?  May wait for it a moment, see handoff.h. */
bool vm_poll_stop(struct kvmgdb_vm *vm);
bool vm_standing(const struct kvmgdb_vm *vm);
void vcpu_kick(struct kvmgdb_vcpu *v);
/* Fetch the first of its stops; there is one. */
void vcpu_take_pending(struct kvmgdb_vcpu *v, struct kvmgdb_stop *stop);
/* Set the place and wake whoever waits for it. */
void vcpu_set_place(struct kvmgdb_vcpu *v, enum vcpu_place place);
/* Wait at the gate while the debugger or another vCPU holds this one. */
void vcpu_wait(struct kvmgdb_vcpu *v);
bool vcpu_must_wait(const struct kvmgdb_vcpu *v);
/* Keep all other vCPUs out of the guest, to lift a patch.  May park V on the
 * way; false: the debugger wants a stop, nothing is held. */
bool vm_hold_others(struct kvmgdb_vcpu *v);
void vm_release_others(struct kvmgdb_vcpu *v);
/* Wait until no vCPU runs with older requests than the present ones. */
void vm_rearm(struct kvmgdb_vm *vm);

void vm_warn(struct kvmgdb_vm *vm, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* guest.c: the guest's memory and place as one vCPU has them.  Owner. */
bool vcpu_gva_to_gpa(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t *gpa,
		     bool *user);
/* The same with all entries; false: the registers cannot be had. */
bool vcpu_walk_view(struct kvmgdb_vcpu *v, uint64_t gva,
		    struct kvmgdb_walk_view *view);
/* Is the page of GPA one of the tables that translate GVA? */
bool vcpu_walks_through(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t gpa);
/* Bytes up to the first unreadable one; patches hidden.  Lock. */
size_t vcpu_read(struct kvmgdb_vcpu *v, uint64_t gva, void *buf, size_t len);
/* The same; AT: the guest-physical addresses of the first and the last byte. */
size_t vcpu_read_at(struct kvmgdb_vcpu *v, uint64_t gva, void *buf, size_t len,
		    uint64_t at[2]);
/* All or nothing; lock. */
int vcpu_write(struct kvmgdb_vcpu *v, uint64_t gva, const void *buf,
	       size_t len);
uint64_t vcpu_linear_rip(struct kvmgdb_vcpu *v);
uint64_t vcpu_stack_top(struct kvmgdb_vcpu *v); /* linear, of SS:RSP */
unsigned vcpu_cpl(struct kvmgdb_vcpu *v);
unsigned vcpu_code_bits(struct kvmgdb_vcpu *v); /* 16, 32, 64 */
/* Would an access of the instruction at RIP be allowed?  (Not without doubt.)
 */
bool vcpu_may_access(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t len,
		     bool write);
/* The memory operands of the instruction at RIP, whose bytes are in CODE, or
 * -1. */
int vcpu_operands(struct kvmgdb_vcpu *v, const uint8_t *code, size_t n,
		  struct operand out[OPERAND_MAX]);
/* An exception of the guest's, of the instruction at RIP; error code 0. */
bool vcpu_queue_fault(struct kvmgdb_vcpu *v, uint8_t vector, bool has_error);

#endif
