// SPDX-License-Identifier: MIT
/* monitor gva2gpa, pt, phys. */
#include "monitor_impl.h"

#include <inttypes.h>
#include <string.h>

/* Flags of paging-structure entries: SDM vol. 3A, 4.5, tables 4-15 to 4-20; 32
 * bits long ones have none above bit 8 that is shown. */
static const struct {
	unsigned bit;
	const char *name;
	bool leaf; /* means this only where a page is mapped */
} flags[] = {{0, "P", false},   {1, "RW", false},  {2, "US", false},
	     {3, "PWT", false}, {4, "PCD", false}, {5, "A", false},
	     {6, "D", true},    {7, "PS", false},  {8, "G", true},
	     {63, "XD", false}};

static bool walk(struct gdb_session *s, uint64_t gva, struct buffer *text,
		 struct kvmgdb_walk_view *view)
{
	int error = s->ops->walk_view(s->target, s->current, gva, view);

	if (error)
		buffer_addf(text, "vcpu%u: %s\n", s->current,
			    monitor_why(error));
	return !error;
}

static void add_result(struct buffer *text, uint64_t gva,
		       const struct kvmgdb_walk_view *view)
{
	static const struct {
		unsigned shift;
		char unit;
	} units[] = {{30, 'G'}, {20, 'M'}, {10, 'K'}};
	unsigned i = 0;

	if (view->why) {
		buffer_addf(text, "0x%" PRIx64 " is not mapped: %s\n", gva,
			    view->why);
		return;
	}
	while (i < 2 && view->page_size >> units[i].shift == 0)
		i++;
	buffer_addf(text,
		    "0x%" PRIx64 " is at guest-physical 0x%" PRIx64 " (%" PRIu64
		    "%c page, r%c%c, %s%s)\n",
		    gva, view->gpa, view->page_size >> units[i].shift,
		    units[i].unit, view->writable ? 'w' : '-',
		    view->executable ? 'x' : '-',
		    view->user ? "user" : "supervisor",
		    view->memory ? "" : ", neither RAM nor ROM");
}

bool monitor_gva2gpa(struct gdb_session *s, const char *args,
		     struct buffer *text)
{
	struct kvmgdb_walk_view view;
	uint64_t gva;

	if (!monitor_only_number(args, &gva))
		return false;
	if (walk(s, gva, text, &view))
		add_result(text, gva, &view);
	return true;
}

static void add_flags(struct buffer *text, uint64_t entry, bool maps,
		      bool large)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const char *name = flags[i].name;

		if (!(entry >> flags[i].bit & 1) || (flags[i].leaf && !maps))
			continue;
		/* Of an entry for 4 KiB, bit 7 is PAT. */
		if (flags[i].bit == 7 && maps && !large)
			name = "PAT";
		buffer_addf(text, " %s", name);
	}
	if (!(entry & 1))
		buffer_add_text(text, " not present");
}

/* Level by level, from the root. */
bool monitor_pt(struct gdb_session *s, const char *args, struct buffer *text)
{
	struct kvmgdb_walk_view view;
	uint64_t gva;

	if (!monitor_only_number(args, &gva))
		return false;
	if (!walk(s, gva, text, &view))
		return true;
	buffer_addf(text, "vcpu%u, paging: %s\n", s->current, view.paging);
	for (unsigned i = 0; i < view.levels; i++) {
		bool maps = !view.why && i + 1 == view.levels;

		buffer_addf(
		    text, "  %-5s at 0x%010" PRIx64 ": 0x%016" PRIx64 " ",
		    view.level[i].name, view.level[i].gpa, view.level[i].entry);
		add_flags(text, view.level[i].entry, maps, view.level[i].large);
		buffer_add_char(text, '\n');
	}
	add_result(text, gva, &view);
	return true;
}

bool monitor_phys(struct gdb_session *s, const char *args, struct buffer *text)
{
	if (!strcmp(args, "on"))
		s->physical = true;
	else if (!strcmp(args, "off"))
		s->physical = false;
	else if (*args)
		return false;
	buffer_addf(text, "addresses in GDB's commands are %s%s\n",
		    s->physical ? "guest-physical" : "linear",
		    *args ? "; `maint flush dcache' forgets what GDB has read"
			  : "");
	return true;
}
