/* SPDX-License-Identifier: MIT */
/*
 * Where KVM cannot stop a guest's MOV DR (DR7.GD), what the guest has written
 * is seen at the next exit.  A guest that makes none is made to: while the host
 * holds debug registers, a timer interrupts KVM_RUN, so that a breakpoint of
 * the guest is armed at most RESYNC_MS after it was set.  Where the kernel's
 * tracepoint can be had, it is armed at once; see drtrace.h.  The timer runs as
 * well while pages are trapped or patched: the guest may map others there; see
 * pagefollow_look().
 *
 * The vCPU's own thread.
 */
#ifndef KVMBACKEND_RESYNC_H
#define KVMBACKEND_RESYNC_H

#include "vm.h"

#define RESYNC_MS 5

/* Start or stop the timer; does nothing if it is so already. */
void resync_set(struct kvmgdb_vcpu *v, bool on);

/*
 * Start or stop the tracepoint: only while KVM has the host's registers.
 * Without, the guest's first MOV DR makes KVM leave them to the guest, and a
 * signal before the entry that this asks for would let us take them back
 * unnoticed: KVM would then read the host's as the guest's (Linux 6.1).
 */
void resync_trace(struct kvmgdb_vcpu *v, bool on);

/* The tracepoint tells of each of the guest's writes that counts: nothing is
 * armed late. */
bool resync_at_once(const struct kvmgdb_vcpu *v);

/*
 * All of the guest's registers were disabled at the last entry, and only its
 * writes of DR7 are told of: a kernel that switches breakpoints writes the
 * addresses first.  Those of v->guest_dr and of the plan may be older than the
 * guest's, which matters to what a disabled register shows in DR6.
 */
bool resync_by_dr7(const struct kvmgdb_vcpu *v);

/* How many of the guest's writes the tracepoint has told of.  Any thread. */
uint64_t resync_traced(const struct kvmgdb_vcpu *v);

/* Any thread, when the vCPU's has ended. */
void resync_end(struct kvmgdb_vcpu *v);

#endif
