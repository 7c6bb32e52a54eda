/* SPDX-License-Identifier: MIT */
/*
 * A guest's MOV to a debug register, seen through the kernel's tracepoint
 * kvm:kvm_exit: while KVM debugs, it intercepts each of them and carries it out
 * without telling.  A perf event on that tracepoint signals the vCPU's thread
 * there and then, and KVM does not enter the guest over a pending signal, so
 * that what was written is merged before the next instruction.
 *
 * It needs root, or CAP_PERFMON and a tracefs that may be read; nothing depends
 * on it but how early a breakpoint is armed.
 */
#ifndef KVMBACKEND_DRTRACE_H
#define KVMBACKEND_DRTRACE_H

#include <stdbool.h>
#include <stdint.h>

/* For the calling thread, which gets SIGNAL; off at first.  DR7_ONLY: for MOV
 * to DR7 alone, on AMD's CPUs.  The event's file descriptor, or -1. */
int drtrace_open(int signal, bool dr7_only);

void drtrace_set(int fd, bool on);

/* How many moves it has seen. */
uint64_t drtrace_count(int fd);

#endif
