// SPDX-License-Identifier: MIT
/* monitor cpus, where, msr, arch. */
#include "modes.h"
#include "monitor_impl.h"
#include "msrnames.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static const char *mode_name(enum kvmgdb_cpu_mode mode)
{
	static const char *const names[] = {
	    [KVMGDB_MODE_REAL] = "real mode",
	    [KVMGDB_MODE_VM86] = "virtual-8086 mode",
	    [KVMGDB_MODE_PROT16] = "16-bit protected mode",
	    [KVMGDB_MODE_PROT32] = "32-bit protected mode",
	    [KVMGDB_MODE_COMPAT16] = "16-bit code in long mode",
	    [KVMGDB_MODE_COMPAT32] = "32-bit code in long mode",
	    [KVMGDB_MODE_LONG64] = "64-bit mode"};

	return (unsigned)mode < sizeof(names) / sizeof(names[0]) ? names[mode]
								 : "?";
}

static void add_place(struct buffer *text,
		      const struct kvmgdb_place_view *place)
{
	buffer_addf(text,
		    "%s, CPL %u, CS:IP %04x:%04" PRIx64 ", linear 0x%" PRIx64,
		    mode_name(place->mode), place->cpl, place->cs, place->rip,
		    place->linear);
}

static const char *state_name(enum kvmgdb_vcpu_state state)
{
	switch (state) {
	case KVMGDB_VCPU_RUNNABLE:
		return "runnable";
	case KVMGDB_VCPU_HALTED:
		return "halted";
	case KVMGDB_VCPU_WAIT_SIPI:
		return "waiting for SIPI";
	case KVMGDB_VCPU_RUNNING:
		return "running";
	}
	return "?";
}

bool monitor_cpus(struct gdb_session *s, const char *args, struct buffer *text)
{
	struct kvmgdb_place_view place;

	if (*args)
		return false;
	for (unsigned i = 0; i < s->vcpus; i++) {
		int error = s->ops->place_view(s->target, i, &place);

		buffer_addf(text, "%c vcpu%u, thread %u, %s",
			    i == s->current ? '*' : ' ', i, i + 1,
			    state_name(s->ops->vcpu_state(s->target, i)));
		if (!error) {
			buffer_add_text(text, ": ");
			add_place(text, &place);
		}
		buffer_add_char(text, '\n');
	}
	return true;
}

/* In real mode GDB's $pc is the offset in CS: say what its commands want. */
bool monitor_where(struct gdb_session *s, const char *args, struct buffer *text)
{
	struct kvmgdb_place_view place;
	int error;

	if (*args)
		return false;
	error = s->ops->place_view(s->target, s->current, &place);
	if (error) {
		buffer_addf(text, "vcpu%u: %s\n", s->current,
			    monitor_why(error));
		return true;
	}
	buffer_addf(text, "vcpu%u: ", s->current);
	add_place(text, &place);
	buffer_addf(text, ", CS base 0x%" PRIx64 "\n", place.cs_base);
	if (place.linear != place.rip)
		buffer_addf(text,
			    "Breakpoints go by linear addresses: here `break "
			    "*0x%" PRIx64 "', and `x/i 0x%" PRIx64 "'.\n",
			    place.linear, place.linear);
	return true;
}

/* ---- msr ---- */

static void add_msr_name(struct buffer *text, uint32_t msr)
{
	char name[MSRNAMES_MAX] = "-";

	msrnames_name(msr, name, sizeof(name));
	buffer_addf(text, "0x%08" PRIx32 " %-32s ", msr, name);
}

static void add_msr(struct gdb_session *s, struct buffer *text, uint32_t msr)
{
	uint64_t value;
	int error = s->ops->msr_read(s->target, s->current, msr, &value);

	add_msr_name(text, msr);
	if (error)
		buffer_addf(text, "%s\n",
			    error == -ENODATA ? "this KVM does not tell it"
					      : monitor_why(error));
	else
		buffer_addf(text, "0x%" PRIx64 "\n", value);
}

static void list_msrs(struct gdb_session *s, struct buffer *text)
{
	uint32_t msr;
	unsigned count = 0;

	for (; s->ops->msr_list(s->target, count, &msr) == 0; count++)
		add_msr(s, text, msr);
	if (!count)
		buffer_add_text(text, "KVM's list of MSRs cannot be had\n");
}

static void unknown_msr(struct buffer *text, const char *name)
{
	char near[MSRNAMES_MAX];

	buffer_addf(text, "No MSR is called \"%s\" here.", name);
	if (msrnames_nearest(name, near, sizeof(near)))
		buffer_addf(text, "  Did you mean \"%s\"?", near);
	buffer_add_text(text, "  `monitor msr' lists those that KVM has; a "
			      "number does as well.\n");
}

static void write_msr(struct gdb_session *s, struct buffer *text, uint32_t msr,
		      uint64_t value)
{
	int error = s->ops->msr_write(s->target, s->current, msr, value);

	if (error)
		buffer_addf(
		    text, "KVM did not take 0x%" PRIx64 " for it: %s\n", value,
		    error == -EINVAL ? "no such MSR, or a reserved value"
				     : monitor_why(error));
}

bool monitor_msr(struct gdb_session *s, const char *args, struct buffer *text)
{
	char word[MSRNAMES_MAX], value_word[24];
	uint64_t number, value;
	uint32_t msr;
	bool write;

	if (!*args) {
		list_msrs(s, text);
		return true;
	}
	if (!monitor_word(&args, word, sizeof(word)))
		return false;
	write = monitor_word(&args, value_word, sizeof(value_word));
	if (*args || (write && !monitor_number(value_word, &value)))
		return false;
	if (monitor_number(word, &number) && number <= UINT32_MAX) {
		msr = (uint32_t)number;
	} else if (!msrnames_find(word, &msr)) {
		unknown_msr(text, word);
		return true;
	}
	if (write)
		write_msr(s, text, msr, value);
	add_msr(s, text, msr);
	return true;
}

/* ---- arch ---- */

bool monitor_arch(struct gdb_session *s, const char *args, struct buffer *text)
{
	enum tdesc_arch arch = s->arch;

	if (*args && !modes_parse(args, &arch))
		return false;
	if (s->config.arch == GDB_ARCH_AUTO && *args) {
		buffer_add_text(text, "The server follows the guest's mode "
				      "(--gdb-arch auto).\n");
		return true;
	}
	s->arch = arch;
	buffer_addf(text, "GDB is told of %s%s\n", modes_name(s->arch),
		    *args ? "; now say `unset tdesc filename', and GDB reads "
			    "the registers anew"
			  : "");
	return true;
}
