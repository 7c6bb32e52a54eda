/* SPDX-License-Identifier: MIT */
/* kvmgdb test, as far as it needs neither a guest nor GDB. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ci/child.h"
#include "ci/linescan.h"
#include "ci/notes.h"
#include "ci/report.h"
#include "ci/tail.h"
#include "ci/testopts.h"
#include "ci/verdict.h"

static const struct facts good = {.listening = true,
				  .connected = true,
				  .reached_end = true,
				  .resumes = 1,
				  .guest_status = 33,
				  .timeout = 5};

static void judged(const struct facts *f, enum verdict verdict,
		   const char *says)
{
	char text[VERDICT_TEXT];

	if (verdict_judge(f, text) != verdict || strstr(text, says) == NULL)
		fail_msg("%s: '%s', wanted %s: '%s'",
			 verdict_name(verdict_judge(f, text)), text,
			 verdict_name(verdict), says);
}

/* Each row changes one fact of a good run. */
static void verdicts(void **state)
{
	struct facts f = good;

	(void)state;
	judged(&f, VERDICT_PASSED, "");
	f.server_status = 33;
	judged(&f, VERDICT_PASSED, "");
	f.server_status = 1;
	judged(&f, VERDICT_PASSED, "");
	f.server_status = 35;
	judged(&f, VERDICT_GUEST, "status 35");
	f.failures = 1; /* a guest that died fails its script, too */
	judged(&f, VERDICT_GUEST, "status 35");
	f = good;
	f.server_status = 255;
	judged(&f, VERDICT_GUEST, "status 255");
	f.server_status = FACTS_SIGNAL + 11;
	judged(&f, VERDICT_SETUP, "signal 11");
	f.server_status = 6;
	judged(&f, VERDICT_GUEST, "triple fault");
	f.server_status = 10;
	judged(&f, VERDICT_GUEST, "reset");
	f.guest_status = 10;
	judged(&f, VERDICT_PASSED, "");
	f.guest_status = 33;
	f.server_status = 8;
	judged(&f, VERDICT_GUEST, "KVM could not");
	f = good;
	f.triple_fault = true;
	judged(&f, VERDICT_GUEST, "triple fault");
	f.guest_status = 6;
	judged(&f, VERDICT_PASSED, "");
	f = good;
	f.resumes = 0;
	judged(&f, VERDICT_SCRIPT, "never let the guest run");
	f = good;
	f.reached_end = false;
	judged(&f, VERDICT_SCRIPT, "end was not reached");
	f = good;
	f.gdb_status = 1;
	judged(&f, VERDICT_SCRIPT, "exit status is 1");
	f.gdb_status = FACTS_SIGNAL + 6;
	judged(&f, VERDICT_SCRIPT, "signal 6");
	f = good;
	f.failures = 2;
	snprintf(f.failure, sizeof(f.failure), "the first");
	judged(&f, VERDICT_SCRIPT, "the first");
	f.late = true;
	judged(&f, VERDICT_TIMEOUT, "5 s");
	snprintf(f.hint, sizeof(f.hint), "the guest waits");
	judged(&f, VERDICT_TIMEOUT, "5 s; the guest waits");
	f = good;
	f.connected = false;
	judged(&f, VERDICT_SETUP, "did not connect");
	snprintf(f.failure, sizeof(f.failure), "connection closed");
	judged(&f, VERDICT_SETUP, "connection closed");
	snprintf(f.error, sizeof(f.error), "no KVM");
	judged(&f, VERDICT_SETUP, "no KVM");
	f.listening = false;
	judged(&f, VERDICT_SETUP, "no KVM");
	f.late = true;
	judged(&f, VERDICT_TIMEOUT, "");
}

static void tailed(struct tail *t, const char *add, const char *wanted)
{
	size_t len;
	char *text;

	tail_add(t, add, strlen(add));
	text = tail_text(t, &len);
	assert_non_null(text);
	assert_string_equal(text, wanted);
	assert_int_equal(len, strlen(wanted));
	free(text);
}

static void tails(void **state)
{
	struct tail t;

	(void)state;
	assert_int_equal(tail_init(&t, 8), 0);
	tailed(&t, "", "");
	tailed(&t, "ab\ncd\n", "ab\ncd\n");
	tailed(&t, "ef", "ab\ncd\nef");
	tailed(&t, "g", "[3 bytes before this]\ncd\nefg");
	tailed(&t, "0123456789", "[11 bytes before this]\n23456789");
	tailed(&t, "\n", "[20 bytes before this]\n");
	tail_free(&t);
}

struct lines {
	unsigned count;
	size_t longest;
	char last[LINESCAN_MAX];
};

static void one_line(void *ctx, const char *text)
{
	struct lines *l = ctx;

	l->count++;
	if (strlen(text) > l->longest)
		l->longest = strlen(text);
	snprintf(l->last, sizeof(l->last), "%s", text);
}

static void scans(void **state)
{
	struct linescan scan = {.len = 0};
	struct lines lines = {.count = 0};

	(void)state;
	linescan_feed(&scan, "a\nb", 3, one_line, &lines);
	assert_int_equal(lines.count, 1);
	linescan_feed(&scan, "c\n", 2, one_line, &lines);
	assert_string_equal(lines.last, "bc");
	for (int i = 0; i < 2 * LINESCAN_MAX; i++)
		linescan_feed(&scan, "x", 1, one_line, &lines);
	linescan_feed(&scan, "\n", 1, one_line, &lines);
	assert_int_equal(lines.count, 3);
	assert_int_equal(lines.longest, LINESCAN_MAX - 1);
}

static void notes(void **state)
{
	char path[] = "/tmp/kvmgdb-notes-XXXXXX";
	static const char text[] = "connected\nok a\nokay\nfail one\nfail two\n"
				   "ok b\nends\nend\n";
	const int fd = mkstemp(path);
	struct notes n;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	notes_read(path, &n);
	unlink(path);
	assert_true(n.connected && n.end && !n.late);
	assert_int_equal(n.checks, 2);
	assert_int_equal(n.failures, 2);
	assert_string_equal(n.failure, "one");
	notes_read(path, &n);
	assert_false(n.connected || n.end);
}

/* What XML cannot hold is shown as \xNN; what it can, is kept. */
static void xml(void **state)
{
	static const char said[] =
	    "a<b>&\"\r\n\t\x01\x1b\x7f\xc3\xa9 \xc3 \xe2\x82\xac "
	    "\xed\xa0\x80 \xef\xbf\xbf \xf0\x9f\x90\x9b \xf8 \xc0\xaf \xff";
	static const char shown[] =
	    "a&lt;b&gt;&amp;&quot;\n\t\\x01\\x1b\x7f\xc3\xa9 \\xc3 "
	    "\xe2\x82\xac \\xed\\xa0\\x80 \\xef\\xbf\\xbf \xf0\x9f\x90\x9b "
	    "\\xf8 \\xc0\\xaf \\xff";
	struct attempt_result r = {.verdict = VERDICT_SCRIPT,
				   .reason = "it <failed>"};
	char path[] = "/tmp/kvmgdb-junit-XXXXXX", text[4096];
	struct junit *j = junit_new();
	const int fd = mkstemp(path);
	FILE *f;
	size_t n;

	(void)state;
	assert_true(fd >= 0 && j != NULL);
	close(fd);
	r.text[ATTEMPT_CONSOLE] = strdup(said);
	r.len[ATTEMPT_CONSOLE] = strlen(said);
	assert_int_equal(junit_add(j, "a \"test\"", &r), 0);
	assert_int_equal(junit_write(j, "a guest", path), 0);
	assert_int_equal(junit_write(j, "a guest", "/absent/x"), -ENOENT);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	unlink(path);
	junit_free(j);
	result_free(&r);
	assert_non_null(strstr(text, shown));
	assert_non_null(strstr(text, "message=\"it &lt;failed&gt;\""));
	assert_non_null(strstr(text, "name=\"a &quot;test&quot;\""));
	assert_non_null(strstr(text, "failures=\"1\" errors=\"0\""));
}

static enum options_result parse(char *words, struct testopts *o,
				 struct kvmgdb_reason *why)
{
	static char name[] = "test";
	char *argv[16] = {name};
	int argc = 1;

	for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
		argv[argc++] = w;
	why->text[0] = '\0';
	return testopts_parse(argc, argv, o, why);
}

static void wrong(const char *text, const char *says)
{
	struct kvmgdb_reason why;
	struct testopts o;
	char words[200];

	snprintf(words, sizeof(words), "%s", text);
	if (parse(words, &o, &why) != OPTIONS_WRONG ||
	    strstr(why.text, says) == NULL)
		fail_msg("'%s': '%s', wanted '%s'", text, why.text, says);
	testopts_free(&o);
}

static void opts(void **state)
{
	char words[] = "--cpus 2 --script a.gdb --exit-port --jobs=3 g.elf "
		       "--wait --script b.gdb --timeout 7";
	struct kvmgdb_reason why;
	struct testopts o;

	(void)state;
	assert_int_equal(parse(words, &o, &why), OPTIONS_RUN);
	assert_int_equal(o.script_count, 2);
	assert_string_equal(o.scripts[1], "b.gdb");
	assert_int_equal(o.forward_count, 2);
	assert_string_equal(o.forward[0], "--cpus=2");
	assert_string_equal(o.forward[1], "--exit-port");
	assert_string_equal(o.run.guest, "g.elf");
	assert_int_equal(o.jobs, 3);
	assert_int_equal(o.timeout, 7);
	assert_int_equal(o.repeat, 1);
	testopts_free(&o);
	wrong("g.elf", "no --script");
	wrong("--script a", "no GUEST");
	wrong("--script a g h", "also h");
	wrong("--script a --repeat 0 g", "--repeat 0");
	wrong("--script a --jobs 257 g", "1 to 256");
	wrong("--script a --guest-status 256 g", "0 to 255");
	wrong("--script a --console none g", "sees to that");
	wrong("--script a --frobnicate g", "--frobnicate");
	wrong("--script a --cpus 0 g", "--cpus 0");
	wrong("g --script", "needs a value");
}

/* An execve that fails is told; what a child leaves behind is ended. */
static void children(void **state)
{
	char *const absent[] = {(char *)"/absent", NULL};
	char *const leaves[] = {(char *)"sh", (char *)"-c",
				(char *)"sleep 98763 & echo $!", NULL};
	int fds[2];
	char text[32];
	ssize_t n;
	pid_t pid;

	(void)state;
	assert_int_equal(child_reaper(), 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(child_start(absent, NULL, 1, 2), -ENOENT);
	assert_true(child_start(leaves, NULL, fds[1], 2) > 0);
	n = read(fds[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	pid = (pid_t)strtol(text, NULL, 10);
	assert_int_equal(kill(pid, 0), 0);
	child_sweep();
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts), cmocka_unit_test(tails),
	    cmocka_unit_test(scans),    cmocka_unit_test(notes),
	    cmocka_unit_test(xml),      cmocka_unit_test(opts),
	    cmocka_unit_test(children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
