// SPDX-License-Identifier: MIT
#include "test.h"

#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig *rig;

static int setup(void **state)
{
	(void)state;
	rig = malloc(sizeof(*rig));
	if (!rig)
		return -1;
	rig_open(rig);
	rig_connect(rig, "");
	return rig->session ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rig_close(rig);
	free(rig);
	return 0;
}

/* `monitor LINE`; returns the console text, the final answer is in reply. */
static const char *monitor(const char *line)
{
	char packet[512] = "qRcmd,";
	size_t n = strlen(packet);

	for (; *line; line++)
		n += (size_t)snprintf(packet + n, sizeof(packet) - n, "%02x",
				      (unsigned char)*line);
	assert_non_null(rig_send(rig, packet));
	assert_null(rig->bad);
	return rig->console;
}

static void test_help(void **state)
{
	static const char *const lines[] = {"help", "", "  help\t", "\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *text = monitor(lines[i]);

		assert_string_equal(rig->reply, "OK");
		assert_non_null(strstr(text, "help - "));
		assert_non_null(strstr(text, "dr - "));
		assert_non_null(strstr(text, "hello - greets\n"));
	}
}

static void test_unknown(void **state)
{
	const char *text = monitor("frob \x01 nicate");

	(void)state;
	assert_string_equal(rig->reply, "OK");
	assert_non_null(strstr(text, "\"frob nicate\""));
	assert_non_null(strstr(text, "dr - "));
	assert_non_null(strstr(text, "hello - greets\n"));
}

static void test_callback(void **state)
{
	(void)state;
	assert_string_equal(monitor("hello"), "hello, world\n");
	assert_string_equal(rig->reply, "OK");
	assert_string_equal(monitor("fail"), "");
	assert_string_equal(rig->reply, "E05");
}

static void test_no_callback(void **state)
{
	(void)state;
	gdb_session_free(rig->session);
	rig->session = gdb_session_new(&fake_ops, &rig->fake, NULL);
	rig->noack = false;
	assert_non_null(strstr(monitor("hello"), "Unknown"));
	assert_non_null(strstr(monitor("help"), "dr - "));
}

static void test_debug_registers(void **state)
{
	const char *text;

	(void)state;
	rig_send(rig, "Z2,2000,4");
	rig_send(rig, "Z0,1010,1");
	rig_send(rig, "vCont;c");
	assert_non_null(rig_run(rig, 9));
	text = monitor("dr");
	assert_string_equal(rig->reply, "OK");
	assert_non_null(
	    strstr(text, "vcpu0: DR7 effective 0x402, guest 0x400"));
	assert_non_null(strstr(text, "vcpu1: "));
	assert_non_null(strstr(text,
			       "  0  host  0x0000000000002000 write        4"
			       "        1  0x0000000000000000\n"));
	assert_non_null(strstr(text, "watch  0x0000000000002000 length 4, by "
				     "debug register, hits 1\n"));
	assert_non_null(strstr(text, "break  0x0000000000001010 length 1, by "
				     "int3, hits 0\n"));
}

static void test_options(void **state)
{
	static const char list[] = "colour blue - of the bike shed\n";

	(void)state;
	assert_string_equal(monitor("set"), "colour red - of the bike shed\n");
	assert_string_equal(monitor("set colour blue"), "");
	assert_string_equal(rig->reply, "OK");
	assert_string_equal(monitor(" set "), list);
	assert_non_null(strstr(monitor("set colour green"), "Not a value"));
	assert_non_null(strstr(monitor("set colour"), "Not a value"));
	assert_non_null(strstr(monitor("set color blue"), "No such option"));
	assert_non_null(
	    strstr(monitor("set an-option-whose-name-is-longer-than-any on"),
		   "No such option"));
	assert_non_null(strstr(rig->console, list));
	assert_non_null(strstr(monitor("settle"), "Unknown"));
	assert_non_null(strstr(monitor("dr 1"), "Unknown"));
	assert_string_equal(monitor("set"), list);
}

static void test_malformed(void **state)
{
	(void)state;
	assert_answer(rig, "qRcmd,6", "E22");
	assert_answer(rig, "qRcmd,6g", "E22");
	assert_answer(rig, "qRcmd", "");
	monitor("a\x80\"};#");
	assert_string_equal(rig->reply, "OK");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_help),
	    CASE(test_unknown),
	    CASE(test_callback),
	    CASE(test_no_callback),
	    CASE(test_debug_registers),
	    CASE(test_options),
	    CASE(test_malformed),
	};

	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
