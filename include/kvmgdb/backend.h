/* SPDX-License-Identifier: MIT */
/*
 * The KVM backend, for authors of a VMM: hand over the VM and vCPU fds and
 * call kvmgdb_vcpu_run() where ioctl(fd, KVM_RUN) stood.
 *
 * Life: kvmgdb_vm_create, kvmgdb_vm_memory for each slot, kvmgdb_vcpu_add for
 * each vCPU, then the vCPU threads call kvmgdb_vcpu_run in their loops, while
 * one other thread drives kvmgdb_kvm_ops() (usually through a gdb_session).
 * KVM API section numbers refer to Documentation/virt/kvm/api.rst.
 */
#ifndef KVMGDB_BACKEND_H
#define KVMGDB_BACKEND_H

#include <kvmgdb/target.h>

struct kvm_run;
struct kvmgdb_vm;
struct kvmgdb_vcpu;

/* What this KVM was seen doing, see kvmgdb_probe().  [0] is CPL 0, [1] CPL 3.
 */
struct kvmgdb_probe {
	bool exec[2];           /* an execution breakpoint stops */
	bool data_write[2][4];  /* a write watch of 1, 2, 4, 8 bytes stops */
	bool data_access[2][4]; /* an access watch stops on a load */
	bool step[2];        /* a single step stops at the next instruction */
	bool int3[2];        /* int3 is intercepted (KVM_GUESTDBG_USE_SW_BP) */
	bool dr_access;      /* DR7.GD stops a guest MOV DR before it runs */
	bool reinject;       /* a #DB given back has the right DR6 and RIP */
	bool readonly_slot;  /* a store to a read-only slot exits, undone */
	bool page_write[2];  /* a store to a page whose mapping was made
				read-only exits, undone */
	bool page_access[2]; /* so does a load, from one without rights */
	bool blockirq;       /* KVM_GUESTDBG_BLOCKIRQ holds interrupts off */
	bool exec_rf;        /* RFLAGS.RF steps over an execution breakpoint */
	bool guest_exec;     /* the guest's own execution breakpoints go on
				while the host holds debug registers */
	bool off_exec;       /* a disabled register that matches sets its bit
				in DR6 beside a hit: execution, */
	bool off_data;       /* and data */
	bool dr7_reported;   /* kvm_run.debug.arch.dr7 is written on a hardware
				hit (and not by KVM's emulator) */
	bool page_exec[2];   /* a fetch from a page without rights exits */
	bool page_mmio;      /* such accesses exit as MMIO, carried out by
				KVM's emulator, rather than by EFAULT */
};

/*
 * Run the built-in guest on a throw-away VM and note what is observed.
 * KVM_FD: /dev/kvm.  Returns 0 or -errno (-ENOTSUP: a capability without
 * which nothing works is missing, WHY names it).  Any thread; takes some
 * milliseconds on hardware.
 */
int kvmgdb_probe(int kvm_fd, struct kvmgdb_probe *probe,
		 struct kvmgdb_reason *why);

/*
 * The same for who has a thread for it: KNOWN, if it is not NULL, is called on
 * this thread when *PROBE is complete, not if an error is returned.  To take
 * the VM down then may take KVM longer than all else.
 */
int kvmgdb_probe_early(int kvm_fd, struct kvmgdb_probe *probe,
		       struct kvmgdb_reason *why, void (*known)(void *ctx),
		       void *ctx);

struct kvmgdb_vm_config {
	int vm_fd;                 /* from KVM_CREATE_VM; stays the caller's */
	int kick_signal;           /* a signal that is ours alone, for
				      pthread_kill on vCPU threads; a handler that
				      does nothing is installed */
	struct kvmgdb_probe probe; /* of the same KVM */
	/* Called on any thread, from inside the library, when
	 * kvmgdb_kvm_ops()->next_stop has something: only wake the owner of the
	 * session (write an eventfd, say). */
	void (*notify)(void *ctx);
	/* The debugger asks for the machine's end; any thread. */
	void (*kill)(void *ctx);
	/*
	 * Put guest memory and all vCPUs into the state that they had before
	 * the first instruction, by whatever KVM ioctls; all vCPU threads wait
	 * in kvmgdb_vcpu_run().  May call no function of this library.  0 or
	 * -errno.  On the session's thread, or in kvmgdb_vm_reboot().  NULL:
	 * the machine cannot be started again.
	 */
	int (*reset)(void *ctx);
	/* One line for the operator's console, no newline; any thread; may be
	 * NULL. */
	void (*warn)(void *ctx, const char *line);
	void *ctx;
};

/* 0 or -errno (-ENOMEM, or what a KVM ioctl said). */
int kvmgdb_vm_create(const struct kvmgdb_vm_config *config,
		     struct kvmgdb_vm **out);

/* The vCPU threads must have ended.  NULL is allowed. */
void kvmgdb_vm_destroy(struct kvmgdb_vm *vm);

/*
 * Tell of a memory slot, as KVM_SET_USER_MEMORY_REGION (4.35) was told:
 * SIZE 0 deletes.  HVA is where the guest's memory is mapped here, readable,
 * and writable unless READONLY.  Any thread.  0, -ENOMEM, -EINVAL.
 */
int kvmgdb_vm_memory(struct kvmgdb_vm *vm, uint32_t slot, uint64_t gpa,
		     uint64_t size, void *hva, bool readonly);

/*
 * Optional: KVM was given MAPPING as the userspace_addr of guest memory
 * [GPA, GPA + SIZE) (whole pages), and nobody else uses that mapping; the same
 * memory is mapped at the HVA of kvmgdb_vm_memory() too (map a memfd twice).
 * Watchpoints that no debug register can serve take access rights from it.
 * SIZE 0 forgets the one at GPA: before it is unmapped.  Any thread.
 * 0, -EINVAL, -ENOMEM.
 */
int kvmgdb_vm_trap_mapping(struct kvmgdb_vm *vm, uint64_t gpa, uint64_t size,
			   void *mapping);

/*
 * Add a vCPU; its number is the order of adding.  VCPU_FD and RUN stay the
 * caller's.  Before the first kvmgdb_vcpu_run of any.  0 or -errno.
 */
int kvmgdb_vcpu_add(struct kvmgdb_vm *vm, int vcpu_fd, struct kvm_run *run,
		    struct kvmgdb_vcpu **out);

/*
 * KVM_RUN (4.10), but debug exits stay inside, and the call waits while the
 * debugger holds the vCPU.  Only on the vCPU's own thread.
 *
 * Returns 0 with RUN filled: an exit that is the VMM's.  -EINTR as KVM_RUN, and
 * also after each kick of ours.  -ECANCELED after kvmgdb_vm_shutdown.
 */
int kvmgdb_vcpu_run(struct kvmgdb_vcpu *vcpu);

/* All vCPUs stop before their next instruction, with no client yet (--wait).
 * Any thread. */
void kvmgdb_vm_pause(struct kvmgdb_vm *vm);

/* Let all vCPUs go (a client went away).  Any thread. */
void kvmgdb_vm_unpause(struct kvmgdb_vm *vm);

/* The machine has ended with CODE (0..255): the debugger hears of it. */
void kvmgdb_vm_exited(struct kvmgdb_vm *vm, int code);

/* No vCPU enters the guest any more; notify() is called when all threads wait
 * in kvmgdb_vcpu_run().  Until the debugger's reset, or kvmgdb_vm_reboot().
 * Any thread. */
void kvmgdb_vm_hold(struct kvmgdb_vm *vm);

/* Is a guest that resets the machine to be started again?  `monitor set reboot`
 * and `stop-on-reset`.  Any thread. */
bool kvmgdb_vm_reboots(struct kvmgdb_vm *vm);
/* What these options are at the start; any time. */
void kvmgdb_vm_set_reboot(struct kvmgdb_vm *vm, bool reboot, bool stop);

/*
 * The guest has reset the machine, and kvmgdb_vm_hold() was called: start it
 * again by config.reset.  Breakpoints stay.  0; -EBUSY: not all vCPU threads
 * wait yet, notify() will be called; -ENOTSUP; or what config.reset said.
 * On one thread at a time.
 */
int kvmgdb_vm_reboot(struct kvmgdb_vm *vm);

/* All present and later calls of kvmgdb_vcpu_run return -ECANCELED. */
void kvmgdb_vm_shutdown(struct kvmgdb_vm *vm);

/* The seam, implemented on a struct kvmgdb_vm (pass that as target). */
const struct kvmgdb_target_ops *kvmgdb_kvm_ops(void);

#endif
