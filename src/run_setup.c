/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "command.h"
#include "hits.h"
#include "kvmdev.h"
#include "probetable.h"
#include "run_impl.h"

/* Returns false after an error message. */
static bool set_up_loop(struct run *r)
{
	static const int numbers[SIGNAL_COUNT] = {SIGINT, SIGTERM, SIGHUP};
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
	r->wake = event_new(r->base, r->wake_fd, EV_READ | EV_PERSIST,
			    run_on_wake, r);
	ok = ok && r->wake != NULL && event_add(r->wake, NULL) == 0;
	r->timeout = evtimer_new(r->base, run_on_timeout, r);
	ok = ok && r->timeout != NULL;
	for (unsigned i = 0; i < SIGNAL_COUNT && ok; i++) {
		r->signals[i] =
		    evsignal_new(r->base, numbers[i], run_on_signal, r);
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

/* For struct machine_config. */
static int probed(void *ctx, struct kvmgdb_probe *probe,
		  struct kvmgdb_reason *why)
{
	struct run *r = ctx;
	const int rc = probing_result(&r->probing, probe, why);

	if (rc < 0) {
		log_msg(&r->log, LOG_ERROR, "this KVM cannot be used: %s",
			why->text[0] != '\0' ? why->text : strerror(-rc));
		r->kvm_unfit = true;
		return rc;
	}
	if (r->options.without != NULL)
		probetable_without(probe, r->options.without);
	probetable_log(probe, &r->log);
	return 0;
}

static bool open_kvm(struct run *r)
{
	struct kvmgdb_reason why = {.text = ""};

	r->kvm_fd = kvmdev_open(KVMDEV_PATH, &why);
	if (r->kvm_fd < 0)
		log_msg(&r->log, LOG_ERROR, "%s", why.text);
	return r->kvm_fd >= 0;
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

/* All that can be told of before anything is made. */
static bool open_files(struct run *r)
{
	const struct options *o = &r->options;

	if (!open_file(r, o->guest, &r->guest_fd) ||
	    (o->initrd != NULL && !open_file(r, o->initrd, &r->initrd_fd)) ||
	    !open_kvm(r))
		return false;
	tell_of_elf(r);
	return true;
}

/* Long before there is a machine: clients wait for it in the backlog, and are
 * hung up on if it cannot be made. */
static bool open_listener(struct run *r)
{
	const struct transport_addr *addr = &r->options.gdb;
	struct kvmgdb_reason why = {.text = ""};
	int rc;

	if (addr->kind != TRANSPORT_TCP && addr->kind != TRANSPORT_UNIX)
		return true;
	rc = transport_listen(addr, r->options.allow_remote, &r->at, &why);
	if (rc == 0) {
		log_say(&r->log, "listening on %s", r->at.name);
		return true;
	}
	log_msg(&r->log, LOG_ERROR, "%s", why.text);
	/* --allow-remote was not given */
	if (rc == -EPERM)
		r->status = STATUS_USAGE;
	return false;
}

static bool set_up_machine(struct run *r)
{
	const struct options *o = &r->options;
	struct machine_config config = {.memory = o->memory,
					.cpus = o->cpus,
					.exit_port = o->exit_port,
					.kick_signal = SIGRTMIN,
					.log = &r->log,
					.probe = probed,
					.notify = run_wake,
					.kill = run_kill,
					.ended = run_wake,
					.console_output = run_machine_output,
					.console_room = run_wake,
					.ctx = r};
	struct kvmgdb_reason why = {.text = ""};
	int rc;

	probing_start(&r->probing, r->kvm_fd);
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
	if (rc < 0 && !r->kvm_unfit)
		log_msg(&r->log, LOG_ERROR, "%s: %s", o->guest,
			why.text[0] != '\0' ? why.text : strerror(-rc));
	if (rc < 0)
		return false;
	log_msg(&r->log, LOG_INFO, "%s: %s, entry at 0x%llx", o->guest,
		loader_format_name(machine_format(r->machine)),
		(unsigned long long)machine_entry(r->machine));
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
	    .disconnected = run_disconnected,
	    .ctx = r,
	    .stay_on_detach = r->options.on_disconnect == DISCONNECT_STOP,
	    .arch = archs[r->options.arch],
	    .exec_file = r->exec_file};
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
	if (r->options.gdb.kind == TRANSPORT_STDIO) {
		rc = server_attach(r->server, STDIN_FILENO, STDOUT_FILENO);
	} else if (r->at.fd >= 0) {
		rc = server_listen(r->server, &r->at);
		r->at.fd = -1;
	}
	if (rc < 0)
		log_msg(&r->log, LOG_ERROR, "server: %s", strerror(-rc));
	return rc == 0;
}

/* --timeout is the guest's time: much memory takes KVM seconds to set up. */
static bool start_timeout(struct run *r)
{
	const struct timeval timeout = {.tv_sec = r->options.timeout};

	if (r->options.timeout == 0 || event_add(r->timeout, &timeout) == 0)
		return true;
	log_msg(&r->log, LOG_ERROR, "event loop: no memory");
	return false;
}

/* Not only at the end. */
static bool check_hits(const struct run *r)
{
	const int rc =
	    r->options.hits_path != NULL ? hits_check(r->options.hits_path) : 0;

	if (rc < 0)
		log_msg(&r->log, LOG_ERROR, "--hits %s: %s",
			r->options.hits_path, strerror(-rc));
	return rc == 0;
}

bool run_set_up(struct run *r)
{
	int rc;

	if (!check_hits(r) || !set_up_loop(r) || !set_up_console(r) ||
	    !open_files(r) || !open_listener(r) || !set_up_machine(r) ||
	    !set_up_server(r))
		return false;
	if (r->hooks.ready != NULL &&
	    !r->hooks.ready(r->hooks.ctx, machine_vm(r->machine),
			    machine_format(r->machine), &r->log, run_wake, r))
		return false;
	rc = machine_start(r->machine);
	if (rc < 0) {
		log_msg(&r->log, LOG_ERROR, "vCPU threads: %s", strerror(-rc));
		return false;
	}
	console_start_input(r->console, run_machine_input, r);
	return start_timeout(r);
}

void run_tear_down(struct run *r)
{
	probing_end(&r->probing);
	if (r->console != NULL)
		console_stop(r->console);
	server_free(r->server);
	transport_close(&r->at);
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
