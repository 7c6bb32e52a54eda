/* SPDX-License-Identifier: MIT */
/* The inside of run.h, shared by run.c and run_setup.c. */
#ifndef KVMGDB_RUN_IMPL_H
#define KVMGDB_RUN_IMPL_H

#include <event2/event.h>
#include <stdatomic.h>

#include "console.h"
#include "machine/machine.h"
#include "probing.h"
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
	struct probing probing;
	bool kvm_unfit; /* which is told already */
	struct console *console;
	struct transport_listener at; /* fd -1: none, or the server's */
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

/* run.c: what the loop, the machine and the server call; CTX is a struct run.
 */
void run_wake(void *ctx);
void run_kill(void *ctx);
void run_machine_output(void *ctx, const void *data, size_t len);
size_t run_machine_input(void *ctx, const void *data, size_t len);
void run_disconnected(void *ctx, enum gdb_session_end end);
void run_on_wake(evutil_socket_t fd, short what, void *arg);
void run_on_timeout(evutil_socket_t fd, short what, void *arg);
void run_on_signal(evutil_socket_t number, short what, void *arg);

/* run_setup.c: all is made, and the guest runs; or false after an error
 * message.  run_tear_down() in both cases. */
bool run_set_up(struct run *r);
void run_tear_down(struct run *r);

#endif
