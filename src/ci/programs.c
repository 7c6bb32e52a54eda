/* SPDX-License-Identifier: MIT */
#include "ci/programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ci/child.h"

/* For how much of the time GDB may still look at the guest when the time is
 * nearly up; ms. */
#define LATE_MS 2000

pid_t programs_start_server(const struct attempt_config *c, int console,
			    int messages)
{
	char gdb[PATH_MAX + 8], hits[PATH_MAX];
	const char *const ours[] = {
	    "--gdb",  gdb,      "--wait", "--on-disconnect", "exit",  "--log",
	    "packet", "--hits", hits,     "--console",       "stdio", "--",
	    c->guest, NULL};
	char **argv =
	    calloc(c->server_len + sizeof(ours) / sizeof(*ours), sizeof(*argv));
	pid_t pid;

	if (argv == NULL)
		return -ENOMEM;
	snprintf(gdb, sizeof(gdb), "unix:%s/gdb", c->dir);
	attempt_path(c, "hits", hits);
	memcpy(argv, c->server, c->server_len * sizeof(*argv));
	memcpy(argv + c->server_len, ours, sizeof(ours));
	pid = child_start(argv, NULL, console, messages);
	free(argv);
	return pid;
}

/* "KVMGDB_TEST_NAME=VALUE"; the process ends before it could be freed. */
static char *setting(const char *name, const char *value)
{
	char *text;

	return asprintf(&text, "KVMGDB_TEST_%s=%s", name, value) < 0 ? NULL
								     : text;
}

static char *file_setting(const struct attempt_config *c, const char *name,
			  const char *file)
{
	char path[PATH_MAX];

	attempt_path(c, file, path);
	return setting(name, path);
}

static uint64_t late_after_ms(const struct attempt_config *c)
{
	const uint64_t all = (uint64_t)c->timeout * 1000;

	return all - (all / 4 < LATE_MS ? all / 4 : LATE_MS);
}

/* A plain GDB cannot go on after an error, so its steps are files of their own:
 * the script in one that notes the end, then the one that looks at it. */
static int write_steps(const struct attempt_config *c, char path[PATH_MAX])
{
	FILE *f;

	attempt_path(c, "steps", path);
	f = fopen(path, "we");
	if (f == NULL)
		return -errno;
	fprintf(f,
		"target remote %s/gdb\n"
		"kvmgdb-note connected\n"
		"source %s\n"
		"kvmgdb-note end\n",
		c->dir, c->script);
	return fclose(f) == 0 ? 0 : -errno;
}

pid_t programs_start_gdb(const struct attempt_config *c, uint64_t started,
			 int out)
{
	char steps[PATH_MAX], late[24];
	char *env[8] = {NULL};
	const char *argv[20];
	size_t n = 0;
	int rc = write_steps(c, steps);

	if (rc < 0)
		return rc;
	env[0] = file_setting(c, "ADDRESS", "gdb");
	env[1] = file_setting(c, "NOTES", "notes");
	env[2] = file_setting(c, "STATE", "state");
	env[3] = file_setting(c, "HITS", "hits");
	env[4] = setting("SCRIPT", c->script);
	snprintf(late, sizeof(late), "%llu",
		 (unsigned long long)started + late_after_ms(c));
	env[5] = setting("LATE_AT", late);
	for (size_t i = 0; i < 6; i++) {
		if (env[i] == NULL)
			return -ENOMEM;
	}
	argv[n++] = c->gdb;
	argv[n++] = "-nx";
	argv[n++] = "-batch";
	if (c->i386) {
		argv[n++] = "-ex";
		argv[n++] = "set architecture i386:x86-64";
	}
	argv[n++] = "-x";
	argv[n++] = c->commands;
	if (!c->python) {
		argv[n++] = "-x";
		argv[n++] = steps;
		argv[n++] = "-ex";
		argv[n++] = "kvmgdb-look";
	}
	if (c->symbols != NULL)
		argv[n++] = c->symbols;
	argv[n] = NULL;
	return child_start((char *const *)argv, env, out, out);
}
