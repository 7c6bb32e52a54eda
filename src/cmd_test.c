/* SPDX-License-Identifier: MIT */
/* kvmgdb test: scripts of GDB's, each on a fresh guest, and a verdict. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ci/attempt.h"
#include "ci/child.h"
#include "ci/gdbprogram.h"
#include "ci/pool.h"
#include "ci/removetree.h"
#include "ci/report.h"
#include "ci/testopts.h"
#include "command.h"
#include "kvmgdb_version.h"

/* A UNIX socket's path has at most 107 bytes. */
#define DIR_MAX 70

struct test {
	struct testopts opts;
	struct gdbprogram gdb;
	char **scripts; /* absolute */
	char **server;  /* argv of the server, up to the guest */
	size_t server_len, count, passed, told;
	char self[PATH_MAX];
	char base[DIR_MAX];     /* of the attempts' folders */
	char dir[DIR_MAX + 16]; /* of the attempt that is being started */
	const char *symbols;    /* NULL: none */
	bool i386, terminal;
	struct junit *junit;
	enum report_format format;
	enum verdict worst;
};

static void complain(const char *what, const char *why)
{
	fprintf(stderr, "kvmgdb: error: %s%s%s\n", what,
		why[0] != '\0' ? ": " : "", why);
}

static void attempt_name(const struct test *t, size_t index, char *name,
			 size_t size)
{
	const size_t script = index / t->opts.repeat;
	const size_t turn = index % t->opts.repeat;
	const char *path = t->opts.scripts[script];

	if (t->opts.repeat > 1)
		snprintf(name, size, "%s (%zu of %u)", path, turn + 1,
			 t->opts.repeat);
	else
		snprintf(name, size, "%s", path);
}

static void prepare(void *ctx, size_t index, struct attempt_config *config)
{
	struct test *t = ctx;

	snprintf(t->dir, sizeof(t->dir), "%s/%zu", t->base, index);
	*config = (struct attempt_config){
	    .server = t->server,
	    .server_len = t->server_len,
	    .guest = t->opts.run.guest,
	    .script = t->scripts[index / t->opts.repeat],
	    .symbols = t->symbols,
	    .gdb = t->opts.gdb,
	    .commands = t->gdb.commands,
	    .python = t->gdb.python,
	    .i386 = t->i386,
	    .dir = t->dir,
	    .timeout = t->opts.timeout,
	    .guest_status = (int)t->opts.guest_status};
}

static void clear_progress(const struct test *t)
{
	if (t->terminal)
		fputs("\r\033[K", stderr);
}

static void done(void *ctx, size_t index, const struct attempt_result *result)
{
	struct test *t = ctx;
	char name[PATH_MAX + 40];

	attempt_name(t, index, name, sizeof(name));
	t->told++;
	if (result->verdict == VERDICT_PASSED)
		t->passed++;
	if (result->verdict > t->worst)
		t->worst = result->verdict;
	clear_progress(t);
	report_result(stdout, t->format, index + 1, name, result);
	if (t->junit != NULL && junit_add(t->junit, name, result) < 0) {
		complain("no memory for --junit", "");
		t->worst = VERDICT_SETUP;
	}
}

static void progress(void *ctx, size_t ended)
{
	const struct test *t = ctx;

	clear_progress(t);
	if (ended < t->count)
		fprintf(stderr, "[%zu of %zu] %zu failed", ended, t->count,
			t->told - t->passed);
	fflush(stderr);
}

/* Each is looked at before anything is started. */
static bool find_scripts(struct test *t)
{
	t->scripts = calloc(t->opts.script_count, sizeof(*t->scripts));
	for (size_t i = 0; t->scripts != NULL && i < t->opts.script_count;
	     i++) {
		const char *path = t->opts.scripts[i];
		struct stat st;
		const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (fd < 0 || fstat(fd, &st) < 0) {
			complain(path, strerror(errno));
			return false;
		}
		close(fd);
		if (!S_ISREG(st.st_mode)) {
			complain(path, "not a file of GDB commands");
			return false;
		}
		t->scripts[i] = realpath(path, NULL);
		if (t->scripts[i] == NULL) {
			complain(path, strerror(errno));
			return false;
		}
	}
	return t->scripts != NULL;
}

/* What GDB can read symbols from; it would complain of anything else. */
static bool find_symbols(struct test *t)
{
	const char *path =
	    t->opts.symbols != NULL ? t->opts.symbols : t->opts.run.guest;
	unsigned char head[EI_NIDENT] = {0};
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0) {
		complain(path, strerror(errno));
		return false;
	}
	n = read(fd, head, sizeof(head));
	close(fd);
	if (n == (ssize_t)sizeof(head) && memcmp(head, ELFMAG, SELFMAG) == 0) {
		t->symbols = path;
		t->i386 = head[EI_CLASS] == ELFCLASS32 &&
			  t->opts.run.arch == ARCH_X86_64;
	} else if (t->opts.symbols != NULL) {
		complain(path, "not an ELF file");
		return false;
	}
	return true;
}

static bool make_server(struct test *t)
{
	const ssize_t n =
	    readlink("/proc/self/exe", t->self, sizeof(t->self) - 1);

	t->server = calloc(t->opts.forward_count + 2, sizeof(*t->server));
	if (n < 0 || t->server == NULL) {
		complain("/proc/self/exe", strerror(errno));
		return false;
	}
	t->server[t->server_len++] = t->self;
	t->server[t->server_len++] = (char *)"run";
	for (size_t i = 0; i < t->opts.forward_count; i++)
		t->server[t->server_len++] = t->opts.forward[i];
	return true;
}

static bool make_base(struct test *t)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL || tmp[0] == '\0' || strlen(tmp) > DIR_MAX - 20)
		tmp = "/tmp";
	snprintf(t->base, sizeof(t->base), "%s/kvmgdb-XXXXXX", tmp);
	if (mkdtemp(t->base) != NULL)
		return true;
	complain(t->base, strerror(errno));
	t->base[0] = '\0';
	return false;
}

/* A report that cannot be written is better known before an hour of tests. */
static bool make_junit(struct test *t)
{
	FILE *f;

	if (t->opts.junit == NULL)
		return true;
	f = fopen(t->opts.junit, "ae");
	if (f == NULL) {
		complain(t->opts.junit, strerror(errno));
		return false;
	}
	fclose(f);
	t->junit = junit_new();
	if (t->junit == NULL)
		complain("no memory", "");
	return t->junit != NULL;
}

static bool set_up(struct test *t)
{
	struct kvmgdb_reason why = {.text = ""};

	if (!find_scripts(t) || !find_symbols(t) || !make_server(t))
		return false;
	if (child_reaper() < 0) {
		complain("PR_SET_CHILD_SUBREAPER", strerror(errno));
		return false;
	}
	if (gdbprogram_look(t->opts.gdb, &t->gdb, &why) < 0) {
		complain(why.text, "");
		return false;
	}
	return make_junit(t) && make_base(t);
}

static void tear_down(struct test *t)
{
	if (t->base[0] != '\0')
		removetree(t->base);
	for (size_t i = 0; t->scripts != NULL && i < t->opts.script_count; i++)
		free(t->scripts[i]);
	free(t->scripts);
	free(t->server);
	junit_free(t->junit);
	testopts_free(&t->opts);
}

static void write_junit(struct test *t)
{
	int rc;

	if (t->junit == NULL)
		return;
	rc = junit_write(t->junit, t->opts.run.guest, t->opts.junit);
	if (rc < 0) {
		complain(t->opts.junit, strerror(-rc));
		t->worst = VERDICT_SETUP;
	}
}

static int test(struct test *t)
{
	const struct pool_config pool = {
	    .count = t->opts.script_count * t->opts.repeat,
	    .jobs = t->opts.jobs,
	    .prepare = prepare,
	    .done = done,
	    .progress = isatty(STDERR_FILENO) ? progress : NULL,
	    .ctx = t};
	int rc, number = 0;

	signal(SIGPIPE, SIG_IGN); /* the report's reader may go, we clean up */
	t->count = pool.count;
	t->terminal = pool.progress != NULL;
	t->format = t->opts.tap ? REPORT_TAP : REPORT_TEXT;
	if (!set_up(t)) {
		tear_down(t);
		return VERDICT_SETUP;
	}
	report_begin(stdout, t->format, t->count);
	if (t->terminal)
		progress(t, 0);
	rc = pool_run(&pool, &number);
	clear_progress(t);
	if (rc < 0 && number == 0) {
		complain("cannot run the scripts", strerror(-rc));
		t->worst = VERDICT_SETUP;
	}
	report_end(stdout, t->format, t->count, t->told, t->passed);
	if (t->told < t->count && t->worst == VERDICT_PASSED)
		t->worst = VERDICT_SETUP;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("standard output", strerror(errno));
		t->worst = VERDICT_SETUP;
	}
	write_junit(t);
	tear_down(t);
	if (number != 0) {
		signal(number, SIG_DFL);
		raise(number);
	}
	return (int)t->worst;
}

int cmd_test(int argc, char **argv)
{
	struct test t = {.worst = VERDICT_PASSED};
	struct kvmgdb_reason why;

	switch (testopts_parse(argc, argv, &t.opts, &why)) {
	case OPTIONS_RUN:
		return test(&t);
	case OPTIONS_HELP:
		fputs(testopts_help(), stdout);
		break;
	case OPTIONS_VERSION:
		puts("kvmgdb " KVMGDB_VERSION);
		break;
	case OPTIONS_WRONG:
		fprintf(stderr, "kvmgdb: error: %s; see kvmgdb test --help\n",
			why.text);
		testopts_free(&t.opts);
		return VERDICT_SETUP;
	}
	testopts_free(&t.opts);
	return STATUS_OK;
}
