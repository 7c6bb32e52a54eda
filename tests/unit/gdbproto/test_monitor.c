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
		assert_non_null(strstr(text, "help [COMMAND] - "));
		assert_non_null(strstr(text, "dr - "));
		assert_non_null(strstr(text, "hello - greets\n"));
	}
}

static void test_exits(void **state)
{
	(void)state;
	assert_string_equal(monitor("exits"), "vcpu0: early 0 late 1\n"
					      "vcpu1: early 10 late 11\n");
	assert_string_equal(rig->reply, "OK");
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
	assert_non_null(strstr(monitor("set color blue"),
			       "  Did you mean \"colour\"?  There are:\n"));
	assert_string_equal(monitor("dr 1"), "Usage: monitor dr - debug "
					     "registers: slots, owners, hits, "
					     "the guest's view\n");
	assert_string_equal(monitor("set"), list);
}

/* One line each, wrong words answered with the right ones. */
static void test_words(void **state)
{
	static const char *const words[] = {"help",  "dr",   "watch",   "cpus",
					    "where", "msr",  "gva2gpa", "pt",
					    "phys",  "arch", "set"};
	char line[64], want[64];

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(line, sizeof(line), "help %s", words[i]);
		snprintf(want, sizeof(want), "%s ", words[i]);
		assert_memory_equal(monitor(line), want, strlen(want));
		assert_ptr_equal(strchr(rig->console, '\n'),
				 rig->console + strlen(rig->console) - 1);
	}
	assert_string_equal(monitor("help hello"), "hello - greets\n");
	assert_non_null(strstr(monitor("help nothing"),
			       "Unknown monitor command \"nothing\".  There"));
	assert_non_null(strstr(monitor("ptt 0x1000"), "Did you mean \"pt\"?"));
	assert_non_null(strstr(monitor("Watch"), "Did you mean \"watch\"?"));
	assert_non_null(strstr(monitor("gv 1"), "Did you mean \"gva2gpa\"?"));
	assert_non_null(strstr(monitor("helo"), "Did you mean \"hel"));
	assert_null(strstr(monitor("zzzzzz"), "Did you mean"));
	assert_non_null(strstr(monitor("pt 12x"), "Usage: monitor pt ADDR"));
	assert_non_null(strstr(monitor("pt"), "Usage: monitor pt ADDR"));
	assert_non_null(strstr(monitor("pt 1 2"), "Usage: monitor pt ADDR"));
	assert_non_null(strstr(monitor("pt 0x"), "Usage: monitor pt ADDR"));
	assert_non_null(strstr(monitor("pt 18446744073709551616"), "Usage"));
	assert_non_null(strstr(monitor("gva2gpa -1"), "Usage: monitor gva2g"));
	assert_non_null(strstr(monitor("cpus 0"), "Usage: monitor cpus"));
	assert_non_null(strstr(monitor("where x"), "Usage: monitor where"));
	assert_non_null(strstr(monitor("watch x"), "Usage: monitor watch"));
	assert_non_null(strstr(monitor("arch vax"), "Usage: monitor arch"));
	assert_non_null(strstr(monitor("arch i8086"), "is told of i8086; "));
	assert_string_equal(monitor("arch"), "GDB is told of i8086\n");
	assert_answer(rig, "p8", "00100000");
	assert_non_null(strstr(monitor("arch x86-64"), "is told of x86-64; "));
	assert_non_null(strstr(monitor("phys maybe"), "Usage: monitor phys"));
	assert_non_null(strstr(monitor("msr efer x"), "Usage: monitor msr"));
	assert_non_null(strstr(monitor("msr efer 1 2"), "Usage: monitor msr"));
}

static void test_watch(void **state)
{
	(void)state;
	assert_non_null(strstr(monitor("watch"), "  none (GDB takes"));
	rig_send(rig, "Z2,2000,4");
	rig_send(rig, "Z0,1010,1");
	assert_string_equal(monitor("watch"),
			    "  watch  0x0000000000002000 length 4, by debug "
			    "register, hits 0\n");
}

static void test_places(void **state)
{
	(void)state;
	assert_string_equal(
	    monitor("cpus"),
	    "* vcpu0, thread 1, runnable: 64-bit mode, CPL 0, CS:IP "
	    "0008:1000, linear 0x1000\n"
	    "  vcpu1, thread 2, runnable: 64-bit mode, CPL 0, CS:IP "
	    "0008:1100, linear 0x1100\n");
	rig_send(rig, "Hg2");
	assert_string_equal(monitor("where"),
			    "vcpu1: 64-bit mode, CPL 0, CS:IP 0008:1100, "
			    "linear 0x1100, CS base 0x0\n");
	rig->fake.mode = KVMGDB_MODE_REAL;
	rig->fake.vcpu[1].state = KVMGDB_VCPU_HALTED;
	assert_string_equal(monitor("where"),
			    "vcpu1: real mode, CPL 0, CS:IP 0008:1100, "
			    "linear 0x1180, CS base 0x80\n"
			    "Breakpoints go by linear addresses: here `break "
			    "*0x1180', and `x/i 0x1180'.\n");
	assert_non_null(
	    strstr(monitor("cpus"), "* vcpu1, thread 2, halted: real mode"));
}

static void test_msr(void **state)
{
	(void)state;
	rig->fake.vcpu[0].msr[0] = 0xd01;
	rig->fake.vcpu[1].msr[0] = 0x500;
	assert_non_null(strstr(monitor("msr"), "0xc0000080 IA32_EFER"));
	assert_non_null(strstr(rig->console, "0x00000010 IA32_TIME_STAMP_"));
	assert_non_null(strstr(rig->console, "0x00012345 - "));
	assert_non_null(strstr(monitor("msr efer"), " 0xd01\n"));
	assert_non_null(strstr(monitor("msr IA32_EFER"), " 0xd01\n"));
	assert_non_null(strstr(monitor("msr 0xc0000080"), " 0xd01\n"));
	assert_non_null(strstr(monitor("msr 3221225600"), " 0xd01\n"));
	rig_send(rig, "Hg2");
	assert_non_null(strstr(monitor("msr msr_efer"), " 0x500\n"));
	assert_non_null(strstr(monitor("msr efer 0x501"), " 0x501\n"));
	assert_true(rig->fake.vcpu[1].msr[0] == 0x501);
	assert_true(rig->fake.vcpu[0].msr[0] == 0xd01);
	assert_non_null(strstr(monitor("msr lstar"), "does not tell it"));
	assert_non_null(strstr(monitor("msr 0x10 7"), "did not take 0x7"));
	assert_non_null(strstr(rig->console, " 0x0\n"));
	assert_non_null(strstr(monitor("msr lstr"), "mean \"IA32_LSTAR\"?"));
	assert_non_null(strstr(monitor("msr 0x100000000"), "No MSR is called"));
}

static void test_page_tables(void **state)
{
	(void)state;
	assert_string_equal(monitor("gva2gpa 0x2010"),
			    "0x2010 is at guest-physical 0x1010 (4K page, rw-, "
			    "supervisor)\n");
	assert_string_equal(monitor("gva2gpa 8208"),
			    "0x2010 is at guest-physical 0x1010 (4K page, rw-, "
			    "supervisor)\n");
	assert_string_equal(
	    monitor("pt 0x2010"),
	    "vcpu0, paging: 4-level\n"
	    "  PML4E at 0x0000003010: 0x8000000000001063  P RW A D XD\n"
	    "0x2010 is at guest-physical 0x1010 (4K page, rw-, supervisor)\n");
	assert_string_equal(
	    monitor("pt 0x9000"),
	    "vcpu0, paging: 4-level\n"
	    "  PML4E at 0x0000003048: 0x0000000000000000  not present\n"
	    "0x9000 is not mapped: not present\n");
}

static void test_physical(void **state)
{
	(void)state;
	assert_string_equal(monitor("phys"),
			    "addresses in GDB's commands are linear\n");
	assert_non_null(strstr(monitor("phys on"), "are guest-physical; "));
	assert_answer(rig, "m0,4", "ff042500");
	assert_non_null(strstr(monitor("phys off"), "are linear; "));
	assert_answer(rig, "m0,4", "E14");
}

/* In non-stop: of a vCPU that runs there is nothing to see, and why. */
static void test_running(void **state)
{
	static const char *const lines[] = {"where", "pt 0x2010",
					    "gva2gpa 0x2010"};
	struct gdb_counts counts = {0};

	(void)state;
	rig->config.counts = &counts;
	gdb_session_free(rig->session);
	rig->session = gdb_session_new(&fake_ops, &rig->fake, &rig->config);
	rig->noack = false;
	rig_connect(rig, "");
	assert_answer(rig, "QNonStop:1", "OK");
	assert_answer(rig, "vCont;c:2", "OK");
	assert_true(counts.resumes == 1);
	/* it runs already */
	assert_answer(rig, "vCont;c:2", "OK");
	assert_true(counts.resumes == 1);
	assert_string_equal(monitor("exits"),
			    "vcpu0: early 0 late 1\n"
			    "vcpu1: it runs: `interrupt' stops it\n");
	assert_non_null(strstr(monitor("dr"), "vcpu0: DR7 effective"));
	assert_non_null(strstr(rig->console, "\nvcpu1: it runs: `int"));
	rig_send(rig, "Hg2");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_string_equal(monitor(lines[i]),
				    "vcpu1: it runs: `interrupt' stops it\n");
	assert_non_null(strstr(monitor("msr efer"), " it runs: `interrupt'"));
	assert_non_null(strstr(monitor("exits now"), "Usage: monitor exits"));
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
	    CASE(test_help),        CASE(test_unknown),
	    CASE(test_exits),       CASE(test_callback),
	    CASE(test_no_callback), CASE(test_debug_registers),
	    CASE(test_options),     CASE(test_words),
	    CASE(test_watch),       CASE(test_places),
	    CASE(test_msr),         CASE(test_page_tables),
	    CASE(test_physical),    CASE(test_running),
	    CASE(test_malformed),
	};

	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
