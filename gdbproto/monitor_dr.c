// SPDX-License-Identifier: MIT
/* monitor dr, monitor watch: what is armed, for whom, and what was hit. */
#include "monitor_impl.h"

#include <inttypes.h>

static const char *kind_name(unsigned rw)
{
	static const char *const names[] = {"execute", "write", "i/o",
					    "access"};

	return rw < 4 ? names[rw] : "?";
}

static const char *owner_name(enum kvmgdb_slot_owner owner)
{
	switch (owner) {
	case KVMGDB_OWNER_NONE:
		return "-";
	case KVMGDB_OWNER_GUEST:
		return "guest";
	case KVMGDB_OWNER_HOST:
		return "host";
	case KVMGDB_OWNER_BOTH:
		return "both";
	}
	return "?";
}

static void add_slot(struct buffer *text, const struct kvmgdb_dr_view *view,
		     unsigned n)
{
	buffer_addf(text, "  %u  %-5s ", n, owner_name(view->slot[n].owner));
	if (view->slot[n].owner == KVMGDB_OWNER_NONE)
		buffer_addf(text, "%-18s %-7s %6s %8s", "-", "-", "-", "-");
	else
		buffer_addf(text, "0x%016" PRIx64 " %-7s %6u %8" PRIu64,
			    view->slot[n].addr, kind_name(view->slot[n].rw),
			    view->slot[n].len, view->slot[n].hits);
	buffer_addf(text, "  0x%016" PRIx64 "\n", view->guest_db[n]);
}

/* How a guest's MOV DR is noticed. */
static void add_how(struct buffer *text, const struct kvmgdb_dr_view *view)
{
	buffer_add_text(text, view->mov_dr_trapped ? "trapped" : "not trapped");
	if (view->resync_ms)
		buffer_addf(text, ", seen within %u ms", view->resync_ms);
	if (view->traced)
		buffer_addf(text, ", %" PRIu64 " traced at once", view->traced);
	buffer_add_char(text, '\n');
}

static void add_vcpu(struct gdb_session *s, struct buffer *text, unsigned vcpu)
{
	struct kvmgdb_dr_view view = {0};
	int error = s->ops->dr_view(s->target, vcpu, &view);

	if (error) {
		buffer_addf(text, "vcpu%u: %s\n", vcpu, monitor_why(error));
		return;
	}
	buffer_addf(text,
		    "vcpu%u: DR7 effective 0x%" PRIx64 ", guest 0x%" PRIx64
		    "; DR6 guest 0x%" PRIx64 "; guest MOV DR ",
		    vcpu, view.effective_dr7, view.guest_dr7, view.guest_dr6);
	add_how(text, &view);
	buffer_add_text(text,
			"  DR owner address            kind    length     "
			"hits  guest's value\n");
	for (unsigned n = 0; n < 4; n++)
		add_slot(text, &view, n);
}

static void add_request(struct buffer *text,
			const struct kvmgdb_request_view *view)
{
	static const char *const names[] = {[KVMGDB_BP_SOFTWARE] = "break",
					    [KVMGDB_BP_HARDWARE] = "hbreak",
					    [KVMGDB_BP_WRITE] = "watch",
					    [KVMGDB_BP_READ] = "rwatch",
					    [KVMGDB_BP_ACCESS] = "awatch"};

	buffer_addf(
	    text,
	    "  %-6s 0x%016" PRIx64 " length %" PRIu64 ", by %s, hits %" PRIu64,
	    view->kind <= KVMGDB_BP_ACCESS ? names[view->kind] : "?",
	    view->addr, view->len, view->tier ? view->tier : "?", view->hits);
	if (view->filtered)
		buffer_addf(text, ", filtered %" PRIu64, view->filtered);
	buffer_add_char(text, '\n');
}

static void add_none(struct buffer *text)
{
	buffer_add_text(text, "  none (GDB takes its breakpoints out while the "
			      "guest stands; see `set breakpoint "
			      "always-inserted on`)\n");
}

bool monitor_dr(struct gdb_session *s, const char *args, struct buffer *text)
{
	struct kvmgdb_request_view view;
	unsigned count = 0;

	if (*args)
		return false;
	for (unsigned i = 0; i < s->vcpus; i++)
		add_vcpu(s, text, i);
	buffer_add_text(text, "requests:\n");
	while (s->ops->request_view(s->target, count, &view) == 0) {
		add_request(text, &view);
		count++;
	}
	if (!count)
		add_none(text);
	return true;
}

bool monitor_watch(struct gdb_session *s, const char *args, struct buffer *text)
{
	struct kvmgdb_request_view view;
	unsigned count = 0;

	if (*args)
		return false;
	for (unsigned i = 0; s->ops->request_view(s->target, i, &view) == 0;
	     i++) {
		if (view.kind < KVMGDB_BP_WRITE)
			continue;
		add_request(text, &view);
		count++;
	}
	if (!count)
		add_none(text);
	return true;
}
