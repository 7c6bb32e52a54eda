// SPDX-License-Identifier: MIT
/*
 * What LLDB asks, and GDB does not (LLDB's docs/lldb-gdb-remote.txt).  What is
 * not here gets the empty answer, which LLDB takes well: it then asks as GDB
 * does.
 */
#include "session_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define TRIPLE "x86_64-unknown-unknown"
#define PAGE   UINT64_C(4096)

/* Translations that one answer may cost. */
#define REGION_WALKS 1024u

/* Its threads are selected by Hg, as GDB's: not supported. */
static void cmd_thread_suffix(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	s->lldb = true;
}

static void cmd_error_strings(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	s->error_strings = true;
	rsp_ok(s);
}

static void add_triple(struct gdb_session *s)
{
	buffer_add_text(&s->reply, "triple:");
	buffer_add_hex(&s->reply, TRIPLE, strlen(TRIPLE));
	buffer_add_text(&s->reply, ";endian:little;ptrsize:8;");
}

/* What machine is it?  x86 stops after the access that a watchpoint saw. */
static void cmd_host_info(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	add_triple(s);
	buffer_addf(&s->reply,
		    "watchpoint_exceptions_received:after;vm-page-size:%u;",
		    (unsigned)PAGE);
}

static void cmd_process_info(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	buffer_addf(&s->reply, "pid:%x;", THREADID_PROCESS);
	add_triple(s);
}

/* ---- memory regions ---- */

/* Pages of one kind, from a page's start. */
struct region {
	uint64_t start, size; /* size 0: to the end of the address space */
	bool mapped, writable, executable;
};

static int region_at(struct gdb_session *s, uint64_t addr, struct region *r)
{
	struct kvmgdb_walk_view view;
	int error = s->ops->walk_view(s->target, s->current, addr, &view);

	if (error)
		return error;
	*r = (struct region){.start = addr & ~(PAGE - 1), .size = PAGE};
	if (view.why || !view.memory)
		return 0;
	r->size = view.page_size;
	r->start = addr & ~(view.page_size - 1);
	r->mapped = true;
	r->writable = view.writable;
	r->executable = view.executable;
	return 0;
}

static bool same_kind(const struct region *a, const struct region *b)
{
	return a->mapped == b->mapped && a->writable == b->writable &&
	       a->executable == b->executable;
}

/* `memory region ADDR`; and for each address that LLDB wonders about */
static void cmd_memory_region(struct gdb_session *s, struct hex_in args)
{
	struct region r, next;
	uint64_t addr;
	int error;

	if (!hex_number(&args, &addr) || hex_left(&args)) {
		rsp_error(s, -EINVAL);
		return;
	}
	error = region_at(s, addr, &r);
	for (unsigned i = 0; !error && i < REGION_WALKS; i++) {
		uint64_t behind = r.start + r.size;

		if (!behind || region_at(s, behind, &next) ||
		    !same_kind(&r, &next))
			break;
		r.size += next.size;
	}
	if (error) {
		rsp_error(s, error);
		return;
	}
	buffer_addf(&s->reply, "start:%" PRIx64 ";size:%" PRIx64 ";", r.start,
		    r.size ? r.size : -r.start);
	if (r.mapped)
		buffer_addf(&s->reply, "permissions:r%s%s;",
			    r.writable ? "w" : "", r.executable ? "x" : "");
}

const struct session_command lldb_commands[] = {
    {"QThreadSuffixSupported", cmd_thread_suffix, SESSION_EXACT},
    {"QEnableErrorStrings", cmd_error_strings, SESSION_EXACT},
    {"qHostInfo", cmd_host_info, SESSION_EXACT},
    {"qProcessInfo", cmd_process_info, SESSION_EXACT},
    {"qMemoryRegionInfo:", cmd_memory_region, SESSION_STOPPED},
    {NULL, NULL, 0},
};
