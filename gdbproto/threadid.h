/* SPDX-License-Identifier: MIT */
/*
 * Thread ids of the remote protocol.  There is one process, THREADID_PROCESS,
 * and vCPU n is thread n + 1 (0 and -1 have meanings of their own).
 */
#ifndef GDBPROTO_THREADID_H
#define GDBPROTO_THREADID_H

#include "buffer.h"
#include "hex.h"

#define THREADID_PROCESS 1u

enum threadid_kind {
	THREADID_ONE,
	THREADID_ANY, /* 0 */
	THREADID_ALL, /* -1, or a process without a thread */
	THREADID_NONE /* well-formed, but there is no such thread */
};

struct threadid {
	enum threadid_kind kind;
	unsigned vcpu; /* ONE */
};

/* TID, -1, 0, pPID, pPID.TID with -1 and 0 in either place, VCPUS being the
 * number of vCPUs.  Both forms are taken whatever was negotiated: GDB sends
 * Hgp0.0, others do not negotiate.  False: not a thread id. */
bool threadid_parse(struct hex_in *in, unsigned vcpus, struct threadid *id);

/* A process id, as in D;PID: *OURS if it stands for our process. */
bool threadid_parse_process(struct hex_in *in, bool *ours);

/* In the form that was negotiated. */
void threadid_add(struct buffer *b, bool multiprocess, unsigned vcpu);

#endif
