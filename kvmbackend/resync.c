/* SPDX-License-Identifier: MIT */
#include "resync.h"

#include "drtrace.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

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
		v->resync.trace = drtrace_open(v->vm->config.kick_signal);
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
	if (on == v->resync.tracing || !v->resync.exists)
		return;
	v->resync.tracing = on;
	drtrace_set(v->resync.trace, on);
}

void resync_end(struct kvmgdb_vcpu *v)
{
	if (!v->resync.exists)
		return;
	timer_delete(v->resync.timer);
	if (v->resync.trace >= 0)
		close(v->resync.trace);
	v->resync.exists = false;
}

bool resync_at_once(const struct kvmgdb_vcpu *v)
{
	return v->resync.exists && v->resync.trace >= 0;
}

uint64_t resync_traced(const struct kvmgdb_vcpu *v)
{
	return v->resync.exists ? drtrace_count(v->resync.trace) : 0;
}
