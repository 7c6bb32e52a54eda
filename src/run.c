/* SPDX-License-Identifier: MIT */
/* The machine, the server, the console, and one loop. */
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "hits.h"
#include "run_impl.h"

/* Any thread: the loop shall look at everything. */
void run_wake(void *ctx)
{
	const struct run *r = ctx;
	const uint64_t one = 1;

	/* A full counter (EAGAIN) wakes as well. */
	if (write(r->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void run_kill(void *ctx)
{
	struct run *r = ctx;

	atomic_store(&r->killed, true);
	run_wake(r);
}

void run_machine_output(void *ctx, const void *data, size_t len)
{
	const struct run *r = ctx;

	console_output(r->console, data, len);
}

size_t run_machine_input(void *ctx, const void *data, size_t len)
{
	const struct run *r = ctx;

	return machine_console_input(r->machine, data, len);
}

/* Before the client hears of the end, so that it can look there. */
static void write_hits(const struct run *r)
{
	int rc;

	if (r->options.hits_path == NULL || r->server == NULL)
		return;
	rc = hits_write(server_counts(r->server), r->options.hits_path);
	if (rc < 0)
		log_msg(&r->log, LOG_ERROR, "--hits %s: %s",
			r->options.hits_path, strerror(-rc));
}

/* The machine is over: stop it, tell the client, leave the loop. */
static void finish(struct run *r, int status)
{
	if (r->ending) {
		event_base_loopbreak(r->base);
		return;
	}
	r->ending = true;
	r->status = status;
	console_stop(r->console);
	if (r->hooks.ending != NULL)
		r->hooks.ending(r->hooks.ctx);
	machine_stop(r->machine);
	kvmgdb_vm_exited(machine_vm(r->machine), status);
	write_hits(r);
	if (!server_finish(r->server))
		event_base_loopbreak(r->base);
}

static int status_of(const struct machine_end *end)
{
	static const int statuses[] = {
	    [MACHINE_RUNNING] = STATUS_KVM_ERROR,
	    [MACHINE_RESET] = STATUS_RESET,
	    [MACHINE_POWEROFF] = STATUS_OK,
	    [MACHINE_TRIPLE_FAULT] = STATUS_TRIPLE_FAULT,
	    [MACHINE_ERROR] = STATUS_KVM_ERROR,
	    [MACHINE_NOT_EMULATED] = STATUS_KVM_ERROR};

	return end->kind == MACHINE_EXIT_PORT ? end->status
					      : statuses[end->kind];
}

static void log_end(const struct run *r, const struct machine_end *end)
{
	if (end->kind == MACHINE_ERROR || end->kind == MACHINE_NOT_EMULATED)
		log_msg(&r->log, LOG_ERROR, "%s", end->text);
	else if (end->kind == MACHINE_TRIPLE_FAULT)
		log_msg(&r->log, LOG_WARN, "%s", end->text);
	else
		log_msg(&r->log, LOG_INFO, "%s", end->text);
	if (end->kind == MACHINE_NOT_EMULATED)
		log_msg(&r->log, LOG_WARN,
			"what a Linux guest can be told not to use on such a "
			"KVM: docs/linux.md, \"What is not there\"");
}

/* A PC starts again after these, and so does ours if that is wanted.  False: it
 * has ended. */
static bool reboot(const struct run *r, const struct machine_end *end)
{
	struct kvmgdb_vm *vm = machine_vm(r->machine);
	int rc;

	if ((end->kind != MACHINE_RESET && end->kind != MACHINE_TRIPLE_FAULT) ||
	    !kvmgdb_vm_reboots(vm))
		return false;
	rc = kvmgdb_vm_reboot(vm);
	if (rc == -EBUSY)
		return true; /* we are woken when all vCPUs wait */
	if (rc == 0)
		log_msg(&r->log, LOG_WARN, "%s; it starts again", end->text);
	return rc == 0;
}

static void machine_is_over(struct run *r, const struct machine_end *end)
{
	if (r->kept == end->serial || reboot(r, end))
		return;
	log_end(r, end);
	if (!server_keeps_machine(r->server)) {
		finish(r, status_of(end));
		return;
	}
	r->kept = end->serial;
	r->kept_status = status_of(end);
	kvmgdb_vm_exited(machine_vm(r->machine), r->kept_status);
}

void run_on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	struct machine_end end;
	uint64_t count;
	int status;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	console_room(r->console);
	server_poll(r->server);
	if (r->ending)
		return;
	if (machine_ended(r->machine, &end))
		machine_is_over(r, &end);
	else if (atomic_load(&r->killed) && !server_has_client(r->server))
		finish(r, STATUS_OK);
	else if (r->hooks.poll != NULL && r->hooks.poll(r->hooks.ctx, &status))
		finish(r, status);
}

void run_on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd;
	(void)what;
	if (r->ending)
		return;
	log_msg(&r->log, LOG_WARN, "the time is up (--timeout %u)",
		r->options.timeout);
	finish(r, STATUS_TIMEOUT);
}

void run_on_signal(evutil_socket_t number, short what, void *arg)
{
	struct run *r = arg;

	(void)what;
	log_msg(&r->log, LOG_INFO, "%s", strsignal(number));
	r->signal = number;
	finish(r, 128 + number);
}

void run_disconnected(void *ctx, enum gdb_session_end end)
{
	struct run *r = ctx;
	struct machine_end last;

	if (r->ending) {
		event_base_loopbreak(r->base);
		return;
	}
	if (machine_ended(r->machine, &last) && r->kept == last.serial) {
		finish(r, r->kept_status);
		return;
	}
	if (end == GDB_SESSION_KILLED) {
		finish(r, STATUS_OK);
		return;
	}
	switch (r->options.on_disconnect) {
	case DISCONNECT_CONTINUE:
		kvmgdb_vm_unpause(machine_vm(r->machine));
		break;
	case DISCONNECT_STOP:
		kvmgdb_vm_pause(machine_vm(r->machine));
		break;
	case DISCONNECT_EXIT:
		finish(r, STATUS_OK);
		break;
	}
}

int run_guest(const struct options *options, const struct run_hooks *hooks)
{
	struct run r = {.status = STATUS_SETUP,
			.options = *options,
			.kvm_fd = -1,
			.guest_fd = -1,
			.initrd_fd = -1,
			.at = {.fd = -1},
			.wake_fd = -1};

	if (hooks != NULL)
		r.hooks = *hooks;
	log_init(&r.log, STDERR_FILENO, r.options.log_level);
	signal(SIGPIPE, SIG_IGN);
	if (run_set_up(&r))
		event_base_dispatch(r.base);
	run_tear_down(&r);
	/* All is clean: let the shell see what ended us. */
	if (r.signal != 0) {
		signal(r.signal, SIG_DFL);
		raise(r.signal);
	}
	return r.status;
}
