// SPDX-License-Identifier: MIT
/* Life of a session: connect, features, acknowledgements, `?`, the ends. */
#include "test.h"

#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGS0 "06:0040000000000000;07:0040000000000000;10:0010000000000000;"
#define STOP0 REGS0 "thread:1;core:0;"

static struct rig *rig;

static int setup(void **state)
{
	(void)state;
	rig = malloc(sizeof(*rig));
	if (!rig)
		return -1;
	rig_open(rig);
	return rig->session ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rig_close(rig);
	free(rig);
	return 0;
}

static void test_features(void **state)
{
	static const char features[] =
	    "PacketSize=20000;QStartNoAckMode+;multiprocess+;vContSupported+;"
	    "swbreak+;hwbreak+;qXfer:features:read+;qXfer:threads:read+;"
	    "no-resumed+;ConditionalBreakpoints+;BreakpointCommands+;"
	    "QThreadEvents+;binary-upload+;QNonStop+";

	(void)state;
	assert_answer(rig, "qSupported", features);
	assert_answer(rig, "qSupported:", features);
	assert_answer(rig, "qSupported:;;+;multiprocess-;foo=1;bar?;baz+",
		      features);
	assert_answer(rig, "?", "T05" STOP0);
	assert_answer(rig, "qSupported:multiprocess+;xmlRegisters=i386",
		      features);
	assert_answer(rig, "?", "T05" REGS0 "thread:p1.1;core:0;");
	/* `maint packet qSupported` changes nothing. */
	assert_answer(rig, "qSupported", features);
	assert_answer(rig, "qC", "QCp1.1");
	rig_send(rig, "qSupported:error-message+");
	assert_non_null(strstr(rig->reply, ";error-message+"));
}

static void test_unknown(void **state)
{
	static const char *const packets[] = {"vMustReplyEmpty",
					      "",
					      "v",
					      "vFoo;1",
					      "vCont",
					      "vContX",
					      "vAttach;1",
					      "vRun;",
					      "vFile:open:00,0,0",
					      "qTStatus",
					      "qOffsets",
					      "qP0000001f0000000000000001",
					      "jThreadsInfo",
					      "qSupportedX",
					      "qRegisterInfo0",
					      "QThreadSuffixSupported",

					      "Hx1",
					      "b",
					      "bs",
					      "i",
					      "R00",
					      "Z5,1000,1",
					      "z9,1000,1",
					      "QStartNoAckModeX",
					      "qCX",
					      "gX",
					      "?x",
					      "kx",
					      "Dx",
					      "\x80\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		assert_answer(rig, packets[i], "");
}

static void test_acknowledgements(void **state)
{
	(void)state;
	rig_feed(rig, "$qC#b4", 6);
	assert_memory_equal(rig->raw, "+$QC1#c5", 8);
	/* A '-' brings the answer again, as often as it was seen. */
	rig_feed(rig, "-", 1);
	assert_int_equal(rig->raw_len, 7);
	assert_memory_equal(rig->raw, "$QC1#c5", 7);
	rig_feed(rig, "---", 3);
	assert_int_equal(rig->raw_len, 7);
	rig_feed(rig, "+", 1);
	assert_int_equal(rig->raw_len, 0);
	/* A bad checksum is not executed. */
	rig_feed(rig, "$qC#b5", 6);
	assert_int_equal(rig->raw_len, 1);
	assert_int_equal(rig->naks, 1);
}

static void test_nak_before_anything(void **state)
{
	(void)state;
	rig_feed(rig, "-+-", 3);
	assert_int_equal(rig->raw_len, 0);
}

static void test_no_ack_mode(void **state)
{
	(void)state;
	rig_feed(rig, "$QStartNoAckMode#b0", 19);
	assert_memory_equal(rig->raw, "+$OK#9a", 7);
	rig_feed(rig, "-", 1); /* the OK is still acknowledged */
	assert_memory_equal(rig->raw, "$OK#9a", 6);
	rig_feed(rig, "+", 1);
	rig_feed(rig, "$qC#b4", 6);
	assert_int_equal(rig->raw_len, 7);
	assert_memory_equal(rig->raw, "$QC1#c5", 7);
	/* GDB's timeouts. */
	rig_feed(rig, "--+-", 4);
	assert_int_equal(rig->raw_len, 0);
	/* Checksums do not count any more. */
	rig_feed(rig, "$qC#00", 6);
	assert_memory_equal(rig->raw, "$QC1#c5", 7);
	rig_feed(rig, "$qC#zz", 6);
	assert_int_equal(rig->packets, 1);
	assert_string_equal(rig->reply, "E22");
	/* It is over with the connection. */
	rig_reopen(rig);
	rig_feed(rig, "$qC#b4", 6);
	assert_memory_equal(rig->raw, "+$QC1#c5", 8);
}

static void test_no_ack_mode_without_plus(void **state)
{
	(void)state;
	rig_feed(rig, "$QStartNoAckMode#b0", 19);
	rig_feed(rig, "$qC#b4", 6);
	assert_int_equal(rig->raw_len, 7);
	assert_memory_equal(rig->raw, "$QC1#c5", 7);
	rig_feed(rig, "-", 1);
	assert_int_equal(rig->raw_len, 0);
}

static void test_malformed_frames_are_answered(void **state)
{
	char *big = malloc(0x20010);

	(void)state;
	assert_non_null(big);
	rig_feed(rig, "$g}#e4", 6);
	assert_int_equal(rig->acks, 1);
	assert_string_equal(rig->reply, "E22");
	rig_feed(rig, "+", 1);
	memset(big, 'm', 0x20010);
	assert_non_null(rig_send_bytes(rig, big, 0x20001));
	assert_string_equal(rig->reply, "E07");
	/* As large as announced is not too large. */
	assert_non_null(rig_send_bytes(rig, big, 0x20000));
	assert_string_equal(rig->reply, "E22");
	assert_answer(rig, "qC", "QC1");
	free(big);
}

static void test_not_gdb(void **state)
{
	(void)state;
	rig_feed(rig, "POST / HTTP/1.1\r\n\r\n$k#6b", 24);
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_BROKEN);
	assert_int_equal(rig->raw_len, 0);
	assert_int_equal(rig->fake.kills, 0);
}

/* ---- `?` ---- */

static void test_why_standing(void **state)
{
	(void)state;
	assert_answer(rig, "?", "T05" STOP0);
	assert_answer(rig, "?", "T05" STOP0);
}

static void test_why_running(void **state)
{
	(void)state;
	rig->fake.running = true;
	rig->fake.interrupts = 0;
	rig_reopen(rig);
	assert_int_equal(rig->fake.interrupts, 1);
	assert_non_null(rig_send(rig, "qSupported:multiprocess+"));
	assert_answer(rig, "Hg0", "OK");
	assert_answer(rig, "g", "E16");
	assert_no_answer(rig, "?");
	/* One is under way. */
	assert_answer(rig, "?", "E16");
	assert_answer(rig, "m1000,1", "E16");
	assert_int_equal(gdb_session_console(rig->session, "x"), -EAGAIN);
	assert_stop(rig, 0, "T05" REGS0 "thread:p1.1;core:0;");
	assert_answer(rig, "m1000,1", "ff");
}

static void test_why_after_the_stop(void **state)
{
	(void)state;
	rig->fake.running = true;
	rig_reopen(rig);
	assert_null(rig_run(rig, 0));
	assert_answer(rig, "m1000,1", "ff");
	assert_answer(rig, "?", "T05" STOP0);
}

/* The stop was there, but nobody has polled yet. */
static void test_why_before_the_poll(void **state)
{
	(void)state;
	rig->fake.running = true;
	rig_reopen(rig);
	assert_true(fake_run(&rig->fake, 0));
	assert_answer(rig, "?", "T05" STOP0);
	assert_int_equal(gdb_session_poll(rig->session), 0);
	rig_take(rig);
	assert_int_equal(rig->raw_len, 0);
}

static void test_why_keeps_the_reason(void **state)
{
	struct kvmgdb_stop stop = {.vcpu = 1, .reason = KVMGDB_STOP_SHUTDOWN};

	(void)state;
	rig->fake.running = true;
	rig_reopen(rig);
	fake_stop(&rig->fake, stop);
	assert_null(rig_run(rig, 0));
	gdb_session_poll(rig->session);
	assert_answer(rig, "?",
		      "T0306:003f000000000000;07:003f000000000000;"
		      "10:0011000000000000;thread:2;core:1;");
	assert_answer(rig, "qC", "QC2");
}

/* A reason that nobody was told is not run over. */
static void test_untold_stop_comes_at_the_resume(void **state)
{
	struct kvmgdb_stop stop = {.reason = KVMGDB_STOP_ERROR};

	(void)state;
	rig->fake.running = true;
	rig_reopen(rig);
	fake_stop(&rig->fake, stop);
	gdb_session_poll(rig->session);
	assert_answer(rig, "vCont;c", "T06" STOP0);
	assert_int_equal(rig->fake.resumes, 0);
	assert_no_answer(rig, "vCont;c");
	assert_int_equal(rig->fake.resumes, 1);
}

static void test_wrong_vcpu_in_a_stop(void **state)
{
	struct kvmgdb_stop stop = {.vcpu = 77, .reason = KVMGDB_STOP_STEP};

	(void)state;
	assert_no_answer(rig, "vCont;c");
	fake_stop(&rig->fake, stop);
	gdb_session_poll(rig->session);
	rig_take(rig);
	assert_string_equal(rig->reply, "T05" STOP0);
}

/* ---- the ends ---- */

static void test_detach(void **state)
{
	(void)state;
	assert_answer(rig, "Z0,1008,1", "OK");
	assert_answer(rig, "D;2", "E01");
	assert_answer(rig, "D;", "E22");
	assert_answer(rig, "D;1x", "E22");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_OPEN);
	assert_answer(rig, "D;1", "OK");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_DETACHED);
	assert_int_equal(fake_bp_count(&rig->fake), 0);
	assert_true(rig->fake.running);
	/* Deaf now. */
	assert_null(rig_send(rig, "k"));
	assert_int_equal(rig->fake.kills, 0);
}

/* Its owner decides whether it goes on. */
static void test_detach_and_stay(void **state)
{
	(void)state;
	rig->config.stay_on_detach = true;
	rig_reopen(rig);
	assert_answer(rig, "Z0,1008,1", "OK");
	assert_answer(rig, "D", "OK");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_DETACHED);
	assert_int_equal(fake_bp_count(&rig->fake), 0);
	assert_false(rig->fake.running);
}

static void test_detach_while_running(void **state)
{
	(void)state;
	rig_send(rig, "Z0,1008,1");
	assert_no_answer(rig, "vCont;c");
	assert_answer(rig, "D", "OK");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_DETACHED);
	assert_int_equal(fake_bp_count(&rig->fake), 0);
	assert_true(rig->fake.running);
}

static void test_detach_before_the_stop(void **state)
{
	(void)state;
	rig->fake.running = true;
	rig_reopen(rig);
	assert_no_answer(rig, "D");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_OPEN);
	assert_stop(rig, 0, "OK");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_DETACHED);
	assert_true(rig->fake.running);
}

static void test_kill(void **state)
{
	(void)state;
	assert_no_answer(rig, "k");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_KILLED);
	assert_int_equal(rig->fake.kills, 1);
}

static void test_kill_process(void **state)
{
	(void)state;
	assert_answer(rig, "vKill;", "E22");
	assert_answer(rig, "vKill;1;", "E22");
	assert_int_equal(rig->fake.kills, 0);
	assert_answer(rig, "vKill;a410", "OK");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_KILLED);
	assert_int_equal(rig->fake.kills, 1);
}

static void test_kill_another_process(void **state)
{
	(void)state;
	rig_send(rig, "qSupported:multiprocess+");
	assert_answer(rig, "vKill;2", "E01");
	assert_answer(rig, "vKill;a410", "E01");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_OPEN);
	assert_int_equal(rig->fake.kills, 0);
	assert_answer(rig, "vKill;1", "OK");
	assert_int_equal(rig->fake.kills, 1);
}

static void test_exit(void **state)
{
	struct kvmgdb_stop stop = {.reason = KVMGDB_STOP_EXITED, .code = 0x85};

	(void)state;
	assert_no_answer(rig, "vCont;c");
	fake_stop(&rig->fake, stop);
	gdb_session_poll(rig->session);
	rig_take(rig);
	assert_string_equal(rig->reply, "W85");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_EXITED);
	assert_answer(rig, "?", "W85");
	assert_answer(rig, "vCont;c", "W85");
	assert_answer(rig, "s", "W85");
	assert_answer(rig, "g", "E19");
	assert_answer(rig, "m1000,1", "E19");
	assert_answer(rig, "Z0,1000,1", "E19");
	rig_send(rig, "qSupported:multiprocess+");
	assert_answer(rig, "?", "W85;process:1");
	assert_answer(rig, "D;1", "OK");
}

/* The machine ended while it stood. */
static void test_exit_seen_at_the_resume(void **state)
{
	struct kvmgdb_stop stop = {.reason = KVMGDB_STOP_EXITED, .code = 3};

	(void)state;
	assert_answer(rig, "?", "T05" STOP0);
	fake_stop(&rig->fake, stop);
	gdb_session_poll(rig->session);
	rig_take(rig);
	assert_int_equal(rig->raw_len, 0);
	assert_answer(rig, "vCont;c", "W03");
	assert_int_equal(gdb_session_end(rig->session), GDB_SESSION_EXITED);
}

static void test_extended(void **state)
{
	(void)state;
	assert_answer(rig, "R00", "");
	assert_answer(rig, "!", "OK");
	/* GDB reads no answer to this one. */
	assert_no_answer(rig, "R00");
	assert_answer(rig, "qC", "QC1");
}

/* ---- threads ---- */

static void test_threads(void **state)
{
	(void)state;
	assert_answer(rig, "qfThreadInfo", "m1,2");
	assert_answer(rig, "qsThreadInfo", "l");
	rig->fake.vcpu[1].state = KVMGDB_VCPU_WAIT_SIPI;
	assert_answer(rig, "qThreadExtraInfo,2",
		      "77616974696e6720666f722053495049");
	rig->fake.vcpu[1].state = KVMGDB_VCPU_HALTED;
	assert_answer(rig, "qThreadExtraInfo,p1.2", "68616c746564");
	assert_answer(rig, "qThreadExtraInfo,3", "E01");
	assert_answer(rig, "qThreadExtraInfo,-1", "E01");
	assert_answer(rig, "qThreadExtraInfo,", "E22");
	assert_answer(rig, "T1", "OK");
	assert_answer(rig, "Tp1.2", "OK");
	assert_answer(rig, "T3", "E01");
	assert_answer(rig, "Tp2.1", "E01");
	assert_answer(rig, "T", "E22");
	assert_answer(rig, "T1;", "E22");
	assert_answer(
	    rig, "qXfer:threads:read::0,1000",
	    "l<?xml version=\"1.0\"?>\n<threads>\n"
	    "<thread id=\"1\" core=\"0\" name=\"vCPU 0\">runnable</thread>\n"
	    "<thread id=\"2\" core=\"1\" name=\"vCPU 1\">halted</thread>\n"
	    "</threads>\n");
	rig_send(rig, "qSupported:multiprocess+");
	assert_answer(rig, "qfThreadInfo", "mp1.1,p1.2");
	rig_send(rig, "qXfer:threads:read::0,1000");
	assert_non_null(strstr(rig->reply, "<thread id=\"p1.2\""));
}

static void test_select(void **state)
{
	(void)state;
	assert_answer(rig, "Hg2", "OK");
	assert_answer(rig, "qC", "QC2");
	assert_answer(rig, "Hg0", "OK"); /* any: the current one is fine */
	assert_answer(rig, "Hgp0.0", "OK");
	assert_answer(rig, "Hg-1", "OK");
	assert_answer(rig, "qC", "QC2");
	assert_answer(rig, "Hg3", "E01");
	assert_answer(rig, "Hgp7.1", "E01");
	assert_answer(rig, "Hg", "E22");
	assert_answer(rig, "Hg1,", "E22");
	assert_answer(rig, "qC", "QC2");
	assert_answer(rig, "Hgp1.1", "OK");
	assert_answer(rig, "qC", "QC1");
	assert_answer(rig, "Hc-1", "OK");
	assert_answer(rig, "Hc0", "OK");
	assert_answer(rig, "Hc3", "E01");
}

static void test_small_queries(void **state)
{
	(void)state;
	assert_answer(rig, "qAttached", "1");
	assert_answer(rig, "qAttached:1", "1");
	assert_answer(rig, "qAttached:2", "E01");
	assert_answer(rig, "qAttached:", "E22");
	assert_answer(rig, "qSymbol::", "OK");
	assert_answer(rig, "qSymbol:1234:5f74657874", "OK");
}

static void test_xfer(void **state)
{
	char whole[32768];
	size_t len = 0;

	(void)state;
	do {
		char packet[80];

		snprintf(packet, sizeof(packet),
			 "qXfer:features:read:target.xml:%zx,100", len);
		assert_non_null(rig_send(rig, packet));
		assert_true(rig->reply_len <= 0x101);
		memcpy(whole + len, rig->reply + 1, rig->reply_len - 1);
		len += rig->reply_len - 1;
	} while (rig->reply[0] == 'm');
	assert_int_equal(rig->reply[0], 'l');
	whole[len] = '\0';
	assert_string_equal(whole + len - 10, "</target>\n");
	rig_send(rig, "qXfer:features:read:target.xml:0,fffff");
	assert_int_equal(rig->reply[0], 'l');
	assert_string_equal(rig->reply + 1, whole);
	snprintf(whole, sizeof(whole), "qXfer:features:read:target.xml:%zx,10",
		 len);
	assert_answer(rig, whole, "l");
	snprintf(whole, sizeof(whole), "qXfer:features:read:target.xml:%zx,10",
		 len + 1);
	assert_answer(rig, whole, "E22");
	/* All that is left, exactly, is the end. */
	snprintf(whole, sizeof(whole), "qXfer:features:read:target.xml:%zx,10",
		 len - 16);
	assert_non_null(rig_send(rig, whole));
	assert_int_equal(rig->reply[0], 'l');
	assert_int_equal(rig->reply_len, 17);
	assert_answer(rig, "qXfer:features:read:target.xml:0,0", "m");
	assert_answer(rig, "qXfer:features:read:other.xml:0,10", "E00");
	assert_answer(rig, "qXfer:features:read::0,10", "E00");
	assert_answer(rig, "qXfer:features:read:target.xml:0", "E22");
	assert_answer(rig, "qXfer:features:read:target.xml:0,10,", "E22");
	assert_answer(rig, "qXfer:features:write:target.xml:0:", "");
	assert_answer(rig, "qXfer:threads:read:x:0,10", "E00");
	assert_answer(rig, "qXfer:threads:read::ffffffffffffffff,10", "E22");
}

static bool has(const char *text)
{
	return strstr(rig->reply, text) != NULL;
}

/* A document read from its start is what holds now; one that has begun goes on
 * as it began. */
static void test_xfer_is_fresh(void **state)
{
	static const char all[] = "qXfer:features:read:target.xml:0,fffff";
	static const char rest[] = "qXfer:features:read:target.xml:10,fffff";

	(void)state;
	rig_send(rig, all);
	assert_true(has("i386:x86-64</architecture>") && has("\"ymm0h\""));
	rig->fake.no_avx = true;
	rig_send(rig, rest);
	assert_true(has("\"ymm0h\""));
	rig_send(rig, all);
	assert_true(has("i386:x86-64</architecture>") && has("\"xmm0\""));
	assert_false(has("\"ymm0h\""));
	rig_send(rig, "qRcmd,617263682069333836"); /* arch i386 */
	rig_send(rig, all);
	assert_true(has("<architecture>i386</architecture>"));
	assert_false(has("\"rax\""));
	/* another session, begun in the middle */
	rig->noack = false;
	rig->config.arch = GDB_ARCH_I8086;
	rig_reopen(rig);
	rig_send(rig, rest);
	assert_true(has("<architecture>i8086</architecture>"));

	rig_send(rig, "qXfer:threads:read::0,1000");
	assert_false(has("halted"));
	rig->fake.vcpu[1].state = KVMGDB_VCPU_HALTED;
	rig_send(rig, "qXfer:threads:read::1,1000");
	assert_false(has("halted"));
	rig_send(rig, "qXfer:threads:read::0,1000");
	assert_true(has("halted"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_features),
	    CASE(test_unknown),
	    CASE(test_acknowledgements),
	    CASE(test_nak_before_anything),
	    CASE(test_no_ack_mode),
	    CASE(test_no_ack_mode_without_plus),
	    CASE(test_malformed_frames_are_answered),
	    CASE(test_not_gdb),
	    CASE(test_why_standing),
	    CASE(test_why_running),
	    CASE(test_why_after_the_stop),
	    CASE(test_why_before_the_poll),
	    CASE(test_why_keeps_the_reason),
	    CASE(test_untold_stop_comes_at_the_resume),
	    CASE(test_wrong_vcpu_in_a_stop),
	    CASE(test_detach),
	    CASE(test_detach_and_stay),
	    CASE(test_detach_while_running),
	    CASE(test_detach_before_the_stop),
	    CASE(test_kill),
	    CASE(test_kill_process),
	    CASE(test_kill_another_process),
	    CASE(test_exit),
	    CASE(test_exit_seen_at_the_resume),
	    CASE(test_extended),
	    CASE(test_threads),
	    CASE(test_select),
	    CASE(test_small_queries),
	    CASE(test_xfer),
	    CASE(test_xfer_is_fresh),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
