/* SPDX-License-Identifier: MIT */
/* kvmgdb run: the machine, the server, the console, and one loop. */
#include <elf.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "command.h"
#include "console.h"
#include "hits.h"
#include "kvmdev.h"
#include "kvmgdb_version.h"
#include "log.h"
#include "machine/machine.h"
#include "options.h"
#include "probetable.h"
#include "run.h"
#include "server.h"

#define SIGNAL_COUNT 3

struct run {
	struct options options;
	struct run_hooks hooks;
	struct log log;
	int kvm_fd, guest_fd, initrd_fd, wake_fd;
	struct event_base *base;
	struct event *wake, *timeout, *signals[SIGNAL_COUNT];
	struct console *console;
	struct machine *machine;
	struct server *server;
	char *exec_file;    /* NULL: the client is not told */
	atomic_bool killed; /* by the debugger */
	/* The machine has ended so often, with this status, and is there still:
	 * the client can start it again. */
	unsigned kept;
	int kept_status;
	bool ending; /* status is set, only the client is waited for */
	int status;
	int signal; /* that ended us, or 0 */
};

/* Any thread: the loop shall look at everything. */
static void wake_loop(void *ctx)
{
	const struct run *r = ctx;
	const uint64_t one = 1;

	/* A full counter (EAGAIN) wakes as well. */
	if (write(r->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static void kill_requested(void *ctx)
{
	struct run *r = ctx;

	atomic_store(&r->killed, true);
	wake_loop(r);
}

static void machine_output(void *ctx, const void *data, size_t len)
{
	const struct run *r = ctx;

	console_output(r->console, data, len);
}

static size_t machine_input(void *ctx, const void *data, size_t len)
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
	static const int statuses[] = {[MACHINE_RUNNING] = STATUS_KVM_ERROR,
				       [MACHINE_RESET] = STATUS_RESET,
				       [MACHINE_POWEROFF] = STATUS_OK,
				       [MACHINE_TRIPLE_FAULT] =
					   STATUS_TRIPLE_FAULT,
				       [MACHINE_ERROR] = STATUS_KVM_ERROR};

	return end->kind == MACHINE_EXIT_PORT ? end->status
					      : statuses[end->kind];
}

static void log_end(const struct run *r, const struct machine_end *end)
{
	if (end->kind == MACHINE_ERROR)
		log_msg(&r->log, LOG_ERROR, "%s", end->text);
	else if (end->kind == MACHINE_TRIPLE_FAULT)
		log_msg(&r->log, LOG_WARN, "%s", end->text);
	else
		log_msg(&r->log, LOG_INFO, "%s", end->text);
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

static void on_wake(evutil_socket_t fd, short what, void *arg)
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

static void on_timeout(evutil_socket_t fd, short what, void *arg)
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

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct run *r = arg;

	(void)what;
	log_msg(&r->log, LOG_INFO, "%s", strsignal(number));
	r->signal = number;
	finish(r, 128 + number);
}

static void disconnected(void *ctx, enum gdb_session_end end)
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

/* Returns false after an error message. */
static bool set_up_loop(struct run *r)
{
	static const int numbers[SIGNAL_COUNT] = {SIGINT, SIGTERM, SIGHUP};
	const struct timeval timeout = {.tv_sec = r->options.timeout};
	struct event_config *config = event_config_new();
	bool ok = true;

	/* epoll refuses regular files, and stdin may be one. */
	if (config != NULL) {
		event_config_require_features(config, EV_FEATURE_FDS);
		r->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->base == NULL || r->wake_fd < 0) {
		log_msg(&r->log, LOG_ERROR, "event loop: %s", strerror(errno));
		return false;
	}
	r->wake =
	    event_new(r->base, r->wake_fd, EV_READ | EV_PERSIST, on_wake, r);
	ok = ok && r->wake != NULL && event_add(r->wake, NULL) == 0;
	r->timeout = evtimer_new(r->base, on_timeout, r);
	ok = ok && r->timeout != NULL;
	if (ok && r->options.timeout > 0)
		ok = event_add(r->timeout, &timeout) == 0;
	for (unsigned i = 0; i < SIGNAL_COUNT && ok; i++) {
		r->signals[i] = evsignal_new(r->base, numbers[i], on_signal, r);
		ok = r->signals[i] != NULL &&
		     event_add(r->signals[i], NULL) == 0;
	}
	if (!ok)
		log_msg(&r->log, LOG_ERROR, "event loop: no memory");
	return ok;
}

static bool set_up_console(struct run *r)
{
	const struct console_config config = {.base = r->base,
					      .log = &r->log,
					      .where = r->options.console,
					      .path = r->options.console_path};
	struct kvmgdb_reason why;

	if (console_new(&config, &r->console, &why) == 0)
		return true;
	log_msg(&r->log, LOG_ERROR, "%s", why.text);
	return false;
}

static bool open_file(const struct run *r, const char *path, int *fd)
{
	/* Non-blocking: a FIFO without a writer must not hang us. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd >= 0)
		return true;
	log_msg(&r->log, LOG_ERROR, "%s: %s", path, strerror(errno));
	return false;
}

static bool probe_kvm(struct run *r, struct kvmgdb_probe *probe)
{
	struct kvmgdb_reason why = {.text = ""};
	int rc;

	r->kvm_fd = kvmdev_open(KVMDEV_PATH, &why);
	if (r->kvm_fd < 0) {
		log_msg(&r->log, LOG_ERROR, "%s", why.text);
		return false;
	}
	memset(probe, 0, sizeof(*probe));
	rc = kvmgdb_probe(r->kvm_fd, probe, &why);
	if (rc < 0) {
		log_msg(&r->log, LOG_ERROR, "this KVM cannot be used: %s",
			why.text[0] != '\0' ? why.text : strerror(-rc));
		return false;
	}
	if (r->options.without != NULL)
		probetable_without(probe, r->options.without);
	probetable_log(probe, &r->log);
	return true;
}

/* What a client has to know of the file before it connects. */
static void tell_of_elf(struct run *r)
{
	unsigned char ident[EI_NIDENT] = {0};
	const bool elf =
	    pread(r->guest_fd, ident, sizeof(ident), 0) == sizeof(ident) &&
	    memcmp(ident, ELFMAG, SELFMAG) == 0;

	if (elf && ident[EI_CLASS] == ELFCLASS32 &&
	    r->options.arch == ARCH_X86_64)
		log_msg(&r->log, LOG_WARN,
			"a 32-bit ELF file: in GDB, say `set architecture "
			"i386:x86-64' before `target remote', or start with "
			"--gdb-arch auto");
	if (!r->options.exec_file)
		return;
	/* GDB would read a 32-bit file as the wrong architecture */
	if (elf && ident[EI_CLASS] == ELFCLASS64)
		r->exec_file = realpath(r->options.guest, NULL);
	else
		log_msg(&r->log, LOG_WARN,
			"--exec-file: not an ELF64 file, GDB is not told of "
			"it");
}

static bool set_up_machine(struct run *r)
{
	const struct options *o = &r->options;
	struct machine_config config = {.memory = o->memory,
					.cpus = o->cpus,
					.exit_port = o->exit_port,
					.kick_signal = SIGRTMIN,
					.log = &r->log,
					.notify = wake_loop,
					.kill = kill_requested,
					.ended = wake_loop,
					.console_output = machine_output,
					.console_room = wake_loop,
					.ctx = r};
	struct kvmgdb_reason why = {.text = ""};
	int rc;

	if (!open_file(r, o->guest, &r->guest_fd) ||
	    (o->initrd != NULL && !open_file(r, o->initrd, &r->initrd_fd)) ||
	    !probe_kvm(r, &config.probe))
		return false;
	config.kvm_fd = r->kvm_fd;
	config.guest = (struct loader_request){.fd = r->guest_fd,
					       .firmware = o->firmware,
					       .flat = o->flat,
					       .flat_addr = o->flat_addr,
					       .append = o->append,
					       .cpus = o->cpus,
					       .initrd = o->initrd != NULL,
					       .initrd_fd = r->initrd_fd};
	rc = machine_new(&config, &r->machine, &why);
	if (rc < 0) {
		log_msg(&r->log, LOG_ERROR, "%s: %s", o->guest,
			why.text[0] != '\0' ? why.text : strerror(-rc));
		return false;
	}
	log_msg(&r->log, LOG_INFO, "%s: %s, entry at 0x%llx", o->guest,
		loader_format_name(machine_format(r->machine)),
		(unsigned long long)machine_entry(r->machine));
	tell_of_elf(r);
	return true;
}

static bool set_up_server(struct run *r)
{
	static const enum gdb_arch archs[] = {[ARCH_X86_64] = GDB_ARCH_X86_64,
					      [ARCH_I386] = GDB_ARCH_I386,
					      [ARCH_I8086] = GDB_ARCH_I8086,
					      [ARCH_AUTO] = GDB_ARCH_AUTO};
	const struct server_config config = {
	    .base = r->base,
	    .log = &r->log,
	    .ops = kvmgdb_kvm_ops(),
	    .target = machine_vm(r->machine),
	    .disconnected = disconnected,
	    .ctx = r,
	    .stay_on_detach = r->options.on_disconnect == DISCONNECT_STOP,
	    .arch = archs[r->options.arch],
	    .exec_file = r->exec_file};
	struct kvmgdb_reason why = {.text = ""};
	int rc = 0;

	r->server = server_new(&config);
	if (r->server == NULL) {
		log_msg(&r->log, LOG_ERROR, "server: no memory");
		return false;
	}
	if (r->options.wait)
		kvmgdb_vm_pause(machine_vm(r->machine));
	kvmgdb_vm_set_reboot(machine_vm(r->machine),
			     r->options.on_reset != RESET_EXIT,
			     r->options.on_reset == RESET_STOP);
	switch (r->options.gdb.kind) {
	case TRANSPORT_NONE:
		break;
	case TRANSPORT_STDIO:
		rc = server_attach(r->server, STDIN_FILENO, STDOUT_FILENO);
		break;
	case TRANSPORT_TCP:
	case TRANSPORT_UNIX:
		rc = server_listen(r->server, &r->options.gdb,
				   r->options.allow_remote, &why);
		break;
	}
	if (rc < 0)
		log_msg(&r->log, LOG_ERROR, "%s",
			why.text[0] != '\0' ? why.text : strerror(-rc));
	/* --allow-remote was not given */
	if (rc == -EPERM)
		r->status = STATUS_USAGE;
	return rc == 0;
}

static bool start(struct run *r)
{
	int rc;

	if (!set_up_loop(r) || !set_up_console(r) || !set_up_machine(r) ||
	    !set_up_server(r))
		return false;
	if (r->hooks.ready != NULL &&
	    !r->hooks.ready(r->hooks.ctx, machine_vm(r->machine),
			    machine_format(r->machine), &r->log, wake_loop, r))
		return false;
	rc = machine_start(r->machine);
	if (rc < 0) {
		log_msg(&r->log, LOG_ERROR, "vCPU threads: %s", strerror(-rc));
		return false;
	}
	console_start_input(r->console, machine_input, r);
	return true;
}

static void tear_down(struct run *r)
{
	if (r->console != NULL)
		console_stop(r->console);
	server_free(r->server);
	machine_free(r->machine);
	if (r->hooks.gone != NULL)
		r->hooks.gone(r->hooks.ctx, r->signal != 0);
	console_free(r->console);
	for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
		if (r->signals[i] != NULL)
			event_free(r->signals[i]);
	}
	if (r->timeout != NULL)
		event_free(r->timeout);
	if (r->wake != NULL)
		event_free(r->wake);
	if (r->base != NULL)
		event_base_free(r->base);
	if (r->wake_fd >= 0)
		close(r->wake_fd);
	free(r->exec_file);
	if (r->guest_fd >= 0)
		close(r->guest_fd);
	if (r->initrd_fd >= 0)
		close(r->initrd_fd);
	if (r->kvm_fd >= 0)
		close(r->kvm_fd);
}

static int run(struct run *r)
{
	r->kvm_fd = r->guest_fd = r->initrd_fd = r->wake_fd = -1;
	r->status = STATUS_SETUP;
	log_init(&r->log, STDERR_FILENO, r->options.log_level);
	signal(SIGPIPE, SIG_IGN);
	if (start(r))
		event_base_dispatch(r->base);
	tear_down(r);
	/* All is clean: let the shell see what ended us. */
	if (r->signal != 0) {
		signal(r->signal, SIG_DFL);
		raise(r->signal);
	}
	return r->status;
}

int run_guest(const struct options *options, const struct run_hooks *hooks)
{
	struct run r = {.status = STATUS_SETUP, .options = *options};

	if (hooks != NULL)
		r.hooks = *hooks;
	return run(&r);
}

int cmd_run(int argc, char **argv)
{
	struct run r = {.status = STATUS_SETUP};
	struct kvmgdb_reason why;

	switch (options_parse(argc, argv, &r.options, &why)) {
	case OPTIONS_HELP:
		fputs(options_help(), stdout);
		return STATUS_OK;
	case OPTIONS_VERSION:
		puts("kvmgdb " KVMGDB_VERSION);
		return STATUS_OK;
	case OPTIONS_WRONG:
		fprintf(stderr, "kvmgdb: error: %s; see kvmgdb run --help\n",
			why.text);
		return STATUS_USAGE;
	case OPTIONS_RUN:
		return run(&r);
	}
	return STATUS_USAGE;
}
