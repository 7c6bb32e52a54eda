// SPDX-License-Identifier: MIT
/* Trace state variables of agent expressions. */
#include "agentop.h"

#include <stdatomic.h>
#include <stdlib.h>

#define VARS 64u

struct agent_vars {
	atomic_uint holders;
	unsigned count;
	struct {
		unsigned number;
		uint64_t value;
	} var[VARS];
};

struct agent_vars *agent_vars_new(void)
{
	struct agent_vars *vars = calloc(1, sizeof(*vars));

	if (vars)
		atomic_init(&vars->holders, 1);
	return vars;
}

struct agent_vars *agent_vars_hold(struct agent_vars *vars)
{
	if (vars)
		atomic_fetch_add(&vars->holders, 1);
	return vars;
}

void agent_vars_drop(struct agent_vars *vars)
{
	if (vars && atomic_fetch_sub(&vars->holders, 1) == 1)
		free(vars);
}

static uint64_t *find(struct agent_vars *vars, unsigned number)
{
	for (unsigned i = 0; vars && i < vars->count; i++)
		if (vars->var[i].number == number)
			return &vars->var[i].value;
	return NULL;
}

bool agent_vars_set(struct agent_vars *vars, unsigned number, uint64_t value)
{
	uint64_t *var = find(vars, number);

	if (!var) {
		if (!vars || vars->count == VARS)
			return false;
		vars->var[vars->count].number = number;
		var = &vars->var[vars->count++].value;
	}
	*var = value;
	return true;
}

uint64_t agent_vars_get(struct agent_vars *vars, unsigned number)
{
	const uint64_t *var = find(vars, number);

	return var ? *var : 0;
}
