// SPDX-License-Identifier: MIT
#include "modes.h"

#include <string.h>

static const char *const names[] = {
    [TDESC_X86_64] = "x86-64", [TDESC_I386] = "i386", [TDESC_I8086] = "i8086"};

const char *modes_name(enum tdesc_arch arch)
{
	return names[arch];
}

bool modes_parse(const char *name, enum tdesc_arch *arch)
{
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		*arch = (enum tdesc_arch)i;
		return true;
	}
	return false;
}

/* In long mode there is only one description: 32-bit code under it has the same
 * registers, and goes on to 64-bit code. */
static enum tdesc_arch arch_of(enum kvmgdb_cpu_mode mode)
{
	switch (mode) {
	case KVMGDB_MODE_REAL:
	case KVMGDB_MODE_VM86:
	case KVMGDB_MODE_PROT16:
		return TDESC_I8086;
	case KVMGDB_MODE_PROT32:
		return TDESC_I386;
	default:
		return TDESC_X86_64;
	}
}

static bool place(struct gdb_session *s, unsigned vcpu,
		  struct kvmgdb_place_view *view)
{
	return s->ops->place_view(s->target, vcpu, view) == 0;
}

void modes_describe(struct gdb_session *s)
{
	struct kvmgdb_place_view view;

	if (s->config.arch == GDB_ARCH_AUTO && !s->described &&
	    place(s, s->current, &view))
		s->arch = arch_of(view.mode);
	s->described = true;
}

bool modes_report(struct gdb_session *s)
{
	struct kvmgdb_place_view view;
	static const char prefix[] = "kvmgdb-guest-in-";
	const char *name;

	if (s->config.arch != GDB_ARCH_AUTO || !s->exec_events || s->non_stop ||
	    s->attaching || !place(s, s->stop.vcpu, &view) ||
	    arch_of(view.mode) == s->arch)
		return false;
	s->arch = arch_of(view.mode);
	/* GDB looks for a file of that name; there must be none. */
	name = modes_name(s->arch);
	buffer_add_text(&s->reply, "T05exec:");
	buffer_add_hex(&s->reply, prefix, sizeof(prefix) - 1);
	buffer_add_hex(&s->reply, name, strlen(name));
	buffer_add_text(&s->reply, ";thread:");
	threadid_add(&s->reply, s->multiprocess, s->stop.vcpu);
	buffer_add_char(&s->reply, ';');
	return true;
}

void modes_pc_read(struct gdb_session *s, unsigned vcpu, uint64_t *value)
{
	struct kvmgdb_place_view view;

	if (s->arch == TDESC_I8086 && place(s, vcpu, &view))
		*value = view.linear;
}

bool modes_pc_write(struct gdb_session *s, unsigned vcpu, uint64_t *value)
{
	struct kvmgdb_place_view view;

	if (s->arch != TDESC_I8086 || !place(s, vcpu, &view))
		return true;
	if (*value < view.cs_base || *value - view.cs_base > 0xffff)
		return false;
	*value -= view.cs_base;
	return true;
}

bool modes_pc_is_linear(struct gdb_session *s, unsigned vcpu)
{
	struct kvmgdb_place_view view;

	return s->arch == TDESC_I8086 || !place(s, vcpu, &view) ||
	       view.rip == view.linear;
}
