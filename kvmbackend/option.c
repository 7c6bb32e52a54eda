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

static const struct option options[] = {
    {"report-unchanged",
     "stores that leave a watched object as it was are hits of `watch`",
     get_unchanged, set_unchanged},
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
