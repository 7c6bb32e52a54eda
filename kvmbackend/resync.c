/* SPDX-License-Identifier: MIT */
#include "resync.h"

#include "drtrace.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static void open_traces(struct kvmgdb_vcpu *v)
{
	const int signal = v->vm->config.kick_signal;
	struct resync *r = &v->resync;

	r->tracing = TRACE_OFF;
	r->trace[TRACE_ALL] = drtrace_open(signal, false);
	/* a disabled register that shows for data would need its address */
	r->trace[TRACE_DR7] =
	    r->trace[TRACE_ALL] < 0 || v->vm->config.probe.off_data
		? -1
		: drtrace_open(signal, true);
}

static bool create(struct kvmgdb_vcpu *v)
{
	struct sigevent event;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_THREAD_ID;
	event.sigev_signo = v->vm->config.kick_signal;
	event.sigev_notify_thread_id = gettid();
	v->resync.exists =
	    !timer_create(CLOCK_MONOTONIC, &event, &v->resync.timer);
	if (v->resync.exists)
		open_traces(v);
	else
		vm_warn(v->vm,
			"vCPU %u: no timer: breakpoints that the guest sets "
			"while the debugger has some are armed late",
			v->index);
	return v->resync.exists;
}

void resync_set(struct kvmgdb_vcpu *v, bool on)
{
	struct itimerspec spec = {{0, 0}, {0, 0}};

	if (on == v->resync.ticking)
		return;
	v->resync.ticking = on;
	if (!v->resync.exists && !create(v))
		return;
	if (on)
		spec.it_value.tv_nsec = spec.it_interval.tv_nsec =
		    RESYNC_MS * 1000000L;
	timer_settime(v->resync.timer, 0, &spec, NULL);
}

void resync_trace(struct kvmgdb_vcpu *v, bool on)
{
	struct resync *r = &v->resync;
	enum trace_kind now = TRACE_OFF;

	if (!r->exists)
		return;
	if (on)
		now =
		    r->trace[TRACE_DR7] >= 0 && !(v->guest_dr.dr7 & DR7_ENABLES)
			? TRACE_DR7
			: TRACE_ALL;
	if (now == r->tracing)
		return;
	if (now != TRACE_OFF)
		drtrace_set(r->trace[now], true);
	if (r->tracing != TRACE_OFF)
		drtrace_set(r->trace[r->tracing], false);
	r->tracing = now;
}

void resync_end(struct kvmgdb_vcpu *v)
{
	unsigned i;

	if (!v->resync.exists)
		return;
	timer_delete(v->resync.timer);
	for (i = 0; i < TRACE_KINDS; i++)
		if (v->resync.trace[i] >= 0)
			close(v->resync.trace[i]);
	v->resync.exists = false;
}

bool resync_at_once(const struct kvmgdb_vcpu *v)
{
	return v->resync.exists && v->resync.trace[TRACE_ALL] >= 0;
}

bool resync_by_dr7(const struct kvmgdb_vcpu *v)
{
	return v->resync.exists && v->resync.tracing == TRACE_DR7;
}

uint64_t resync_traced(const struct kvmgdb_vcpu *v)
{
	const struct resync *r = &v->resync;

	return r->exists ? drtrace_count(r->trace[TRACE_ALL]) +
			       drtrace_count(r->trace[TRACE_DR7])
			 : 0;
}
