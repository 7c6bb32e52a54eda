/* SPDX-License-Identifier: MIT */
#include "option.h"

#include <errno.h>
#include <string.h>

struct option {
	const char *name, *help;
	const char *(*get)(const struct kvmgdb_vm *vm);
	int (*set)(struct kvmgdb_vm *vm, const char *value);
};

static int parse_on_off(const char *value, bool *on)
{
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		return -EINVAL;
	*on = value[1] == 'n';
	return 0;
}

static const char *get_unchanged(const struct kvmgdb_vm *vm)
{
	return vm->report_unchanged ? "on" : "off";
}

static int set_unchanged(struct kvmgdb_vm *vm, const char *value)
{
	int err = parse_on_off(value, &vm->report_unchanged);

	if (!err)
		requests_exact_writes(vm->requests, vm->report_unchanged);
	return err;
}

static const char *get_reboot(const struct kvmgdb_vm *vm)
{
	return vm->reboot ? "on" : "off";
}

static int set_reboot(struct kvmgdb_vm *vm, const char *value)
{
	return parse_on_off(value, &vm->reboot);
}

static const char *get_stop_on_reset(const struct kvmgdb_vm *vm)
{
	return vm->stop_on_reset ? "on" : "off";
}

static int set_stop_on_reset(struct kvmgdb_vm *vm, const char *value)
{
	return parse_on_off(value, &vm->stop_on_reset);
}

static const char *get_run_loops(const struct kvmgdb_vm *vm)
{
	return vm->run_loops ? "on" : "off";
}

static int set_run_loops(struct kvmgdb_vm *vm, const char *value)
{
	return parse_on_off(value, &vm->run_loops);
}

static const struct option options[] = {
    {"reboot", "a guest that resets the machine is started again", get_reboot,
     set_reboot},
    {"stop-on-reset",
     "... and stops before its first instruction, for the debugger",
     get_stop_on_reset, set_stop_on_reset},
    {"report-unchanged",
     "stores that leave a watched object as it was are hits of `watch`",
     get_unchanged, set_unchanged},
    {"run-loops",
     "`next` over a loop runs to its ways out, and does not step through it",
     get_run_loops, set_run_loops},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

int option_set(struct kvmgdb_vm *vm, const char *name, const char *value)
{
	unsigned i;

	for (i = 0; i < OPTIONS; i++)
		if (!strcmp(name, options[i].name))
			return options[i].set(vm, value);
	return -ENOENT;
}

int option_view(struct kvmgdb_vm *vm, unsigned index,
		struct kvmgdb_option_view *view)
{
	if (index >= OPTIONS)
		return -ENOENT;
	*view = (struct kvmgdb_option_view){.name = options[index].name,
					    .value = options[index].get(vm),
					    .help = options[index].help};
	return 0;
}
