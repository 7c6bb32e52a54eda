/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "probetable.h"

static const struct kvmgdb_probe sample = {
    .exec = {true, false},
    .data_write = {{true, true, false, true}, {false, false, true, false}},
    .step = {true, true},
    .reinject = true};

static char *text_of(bool json)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	if (json)
		probetable_print_json(&sample, "6.1 \"x\"\n", file);
	else
		probetable_print(&sample, file);
	fclose(file);
	return text;
}

/* The line that starts with LABEL says, in words, WANTED. */
static void line_is(const char *text, const char *label, const char *wanted)
{
	const char *line = strstr(text, label);
	char words[64] = "", a[32] = "", b[32] = "";
	size_t n;

	assert_non_null(line);
	line += strlen(label);
	n = strcspn(line, "\n");
	assert_true(n < sizeof(words));
	memcpy(words, line, n);
	n = strspn(words, " ");
	memmove(words, words + n, sizeof(words) - n);
	n = strcspn(words, " ");
	memcpy(a, words, n);
	snprintf(b, sizeof(b), "%.31s", words + n + strspn(words + n, " "));
	snprintf(words, sizeof(words), "%s%s%s", a, b[0] ? " " : "", b);
	assert_string_equal(words, wanted);
}

static void table(void **state)
{
	char *text = text_of(false);

	(void)state;
	line_is(text, "execution breakpoint", "yes no");
	line_is(text, "data breakpoint, write, 1 byte ", "yes no");
	line_is(text, "data breakpoint, write, 4 bytes", "no yes");
	line_is(text, "data breakpoint, write, 8 bytes", "yes no");
	line_is(text, "data breakpoint, access, 8 bytes", "no no");
	line_is(text, "single step", "yes yes");
	line_is(text, "#DB given back to the guest", "yes");
	line_is(text, "(DR7.GD)", "no");
	free(text);
}

static void json(void **state)
{
	char *text = text_of(true);

	(void)state;
	assert_non_null(strstr(text, "\"kernel\": \"6.1 \\\"x\\\"\\u000a\""));
	assert_non_null(
	    strstr(text, "\"exec\": {\"cpl0\": true, \"cpl3\": false},\n"));
	assert_non_null(strstr(
	    text, "\"data_write\": {\"cpl0\": {\"1\": true, \"2\": true, "
		  "\"4\": false, \"8\": true}, \"cpl3\": {\"1\": false, "
		  "\"2\": false, \"4\": true, \"8\": false}},\n"));
	assert_non_null(strstr(text, "\"reinject\": true,\n"));
	assert_non_null(strstr(text, "\"dr_access\": false,\n"));
	assert_int_equal(text[0], '{');
	assert_string_equal(text + strlen(text) - 3, "\n}\n");
	free(text);
}

static void logged(void **state)
{
	char text[4096];
	struct log log;
	int fds[2];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	log_init(&log, fds[1], LOG_INFO);
	probetable_log(&sample, &log);
	close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	close(fds[0]);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(
	    strstr(text, "not on this KVM at CPL 3: execution breakpoint\n"));
	assert_null(strstr(text, "CPL 0: execution breakpoint"));
	assert_non_null(strstr(text, "CPL 0: data breakpoint, write (some"));
	assert_non_null(strstr(text, "CPL 0: data breakpoint, access\n"));
	assert_null(strstr(text, "single step"));
	assert_null(strstr(text, "given back"));
}

static void without(void **state)
{
	struct kvmgdb_probe probe;

	(void)state;
	memset(&probe, 1, sizeof(probe));
	assert_int_equal(probetable_without(&probe, ""), 0);
	assert_int_equal(probetable_without(&probe, "blockirq,data_write"), 0);
	assert_false(probe.blockirq);
	for (unsigned i = 0; i < 8; i++)
		assert_false(probe.data_write[i / 4][i % 4]);
	assert_true(probe.exec[1] && probe.data_access[0][0] && probe.exec_rf);
	assert_int_equal(probetable_without(&probe, "exec"), 0);
	assert_false(probe.exec[0] || probe.exec[1]);
	assert_true(probe.data_access[1][3] && probe.step[0]);
	assert_int_equal(probetable_without(&probe, "step,exe"), -EINVAL);
	assert_int_equal(probetable_without(&probe, "stepp"), -EINVAL);
	assert_int_equal(probetable_without(&probe, ",step"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	    cmocka_unit_test(json),
	    cmocka_unit_test(logged),
	    cmocka_unit_test(without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
