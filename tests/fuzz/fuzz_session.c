// SPDX-License-Identifier: MIT
/*
 * A whole session on the fake target.  The input is what the client sends;
 * a NUL in it is followed by something else that happens:
 *   00 a NUL    01 the vCPUs run, the session is polled    02 they stop
 *   03 a register cannot be had    04 the machine ends    05 another client
 *   06 the program writes to the console    07 Z3 is not possible
 *   08 the vCPUs are in another mode    09 another client, told of another CPU
 *
 * Invariants: what comes out is well-formed, and afterwards a client that
 * interrupts and asks is answered.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct rig *r)
{
	if (r->bad)
		abort();
}

/* rig_take() judges acknowledgements by this; inputs switch them off. */
static void take(struct rig *r)
{
	r->noack = false;
	rig_take(r);
	check(r);
}

static void happen(struct rig *r, uint8_t what, uint8_t how)
{
	switch (what) {
	case 1:
		rig_run(r, how);
		break;
	case 2:
		if (r->fake.running)
			fake_stop(&r->fake,
				  (struct kvmgdb_stop){
				      .vcpu = how & 1,
				      .reason = how % KVMGDB_STOP_EXITED,
				      .addr = 0x2000 + how});
		break;
	case 3:
		r->fake.missing = how % (KVMGDB_REG_COUNT + 1);
		break;
	case 4:
		fake_stop(&r->fake,
			  (struct kvmgdb_stop){.reason = KVMGDB_STOP_EXITED,
					       .code = how});
		break;
	case 5:
		rig_reopen(r);
		break;
	case 6:
		gdb_session_console(r->session, "console\n");
		break;
	case 7:
		r->fake.no_read_watch = true;
		break;
	case 8:
		r->fake.mode = how % (KVMGDB_MODE_LONG64 + 1u);
		break;
	case 9:
		r->config.arch = how % (GDB_ARCH_AUTO + 1u);
		r->config.exec_file = how & 4 ? "/x.elf" : NULL;
		rig_reopen(r);
		break;
	default:
		break;
	}
	take(r);
}

static void feed(struct rig *r, const uint8_t *bytes, size_t len)
{
	if (gdb_session_feed(r->session, bytes, len))
		abort();
	take(r);
}

/* A packet that every state must answer at once. */
static void check_alive(struct rig *r)
{
	enum gdb_session_end end = gdb_session_end(r->session);

	if (end != GDB_SESSION_OPEN && end != GDB_SESSION_EXITED)
		return;
	/* Whatever packet was under way is over after this one. */
	feed(r, (const uint8_t *)"$#00", 4);
	feed(r, (const uint8_t *)"$qAttached#8f", 13);
	if (r->packets != 1 || strcmp(r->reply, "1") != 0)
		abort();
	if (end == GDB_SESSION_EXITED)
		return;
	/* Bring it to a stand; then memory can be read. */
	feed(r, (const uint8_t *)"\x03", 1);
	rig_run(r, 1);
	check(r);
	if (gdb_session_poll(r->session))
		abort();
	take(r);
	end = gdb_session_end(r->session);
	if (end != GDB_SESSION_OPEN)
		return;
	feed(r, (const uint8_t *)"$m1000,1#8b", 11);
	if (r->packets != 1)
		abort();
	/* E19: it has ended; E03: in extended mode, and the client knows; the
	 * same in words, for GDB or LLDB */
	if (strlen(r->reply) != 2 && strcmp(r->reply, "E19") != 0 &&
	    strcmp(r->reply, "E03") != 0 && strncmp(r->reply, "E.", 2) != 0 &&
	    strncmp(r->reply, "E13;", 4) != 0 &&
	    strncmp(r->reply, "E03;", 4) != 0 &&
	    strncmp(r->reply, "E0e;", 4) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig r;
	size_t start = 0;

	rig_open(&r);
	if (!r.session)
		return 0;
	for (size_t i = 0; i + 1 < size; i++) {
		if (data[i])
			continue;
		feed(&r, data + start, i - start);
		if (data[i + 1])
			happen(&r, data[i + 1], i + 2 < size ? data[i + 2] : 0);
		else
			feed(&r, data + i, 1);
		i++;
		start = i + 1;
	}
	if (start < size)
		feed(&r, data + start, size - start);
	check_alive(&r);
	rig_close(&r);
	return 0;
}
