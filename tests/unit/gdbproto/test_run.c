// SPDX-License-Identifier: MIT
/* Resumes, stop replies, break- and watchpoints. */
#include "test.h"

#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SP0 "06:0040000000000000;07:0040000000000000;"
#define SP1 "06:003f000000000000;07:003f000000000000;"
#define T1  "thread:p1.1;core:0;"
#define T2  "thread:p1.2;core:1;"

static struct rig *rig;

static int setup(void **state)
{
	(void)state;
	rig = malloc(sizeof(*rig));
	if (!rig)
		return -1;
	rig_open(rig);
	rig_connect(rig, "multiprocess+;swbreak+;hwbreak+;no-resumed+");
	return rig->session ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rig_close(rig);
	free(rig);
	return 0;
}

static enum kvmgdb_action_kind action(unsigned vcpu)
{
	return rig->fake.vcpu[vcpu].action.kind;
}

/* ---- which vCPU does what ---- */

/* Resume by PACKET, then come to a stand again. */
static void resumed(const char *packet)
{
	assert_no_answer(rig, packet);
	assert_true(rig->fake.running);
	rig_feed(rig, "\x03", 1);
	assert_non_null(rig_run(rig, 0));
	assert_memory_equal(rig->reply, "T02", 3);
}

static void test_actions(void **state)
{
	static const struct {
		const char *packet;
		enum kvmgdb_action_kind want[2];
	} cases[] = {
#define STAY KVMGDB_ACTION_STAY
#define CONT KVMGDB_ACTION_CONTINUE
#define STEP KVMGDB_ACTION_STEP
#define RANG KVMGDB_ACTION_RANGE
	    {"vCont;c", {CONT, CONT}},
	    {"vCont;s", {STEP, STEP}},
	    {"vCont;s:1", {STEP, STAY}},
	    {"vCont;s:2;c", {CONT, STEP}},
	    {"vCont;c;s:2", {CONT, CONT}},
	    {"vCont;C06:1;c", {CONT, CONT}},
	    {"vCont;S05:2;t", {STAY, STEP}},
	    {"vCont;t:1;c", {STAY, CONT}},
	    {"vCont;c:1", {CONT, STAY}},
	    {"vCont;c:0", {CONT, STAY}},
	    {"vCont;c:-1", {CONT, CONT}},
	    {"vCont;c:p1.-1", {CONT, CONT}},
	    {"vCont;c:p1", {CONT, CONT}},
	    {"vCont;s:p1.2;c:p1.-1", {CONT, STEP}},
	    {"vCont;r1000,1012:p1.1;c:p1.-1", {RANG, CONT}},
	    {"vCont;s:1;s:1;c:1", {STEP, STAY}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		resumed(cases[i].packet);
		assert_int_equal(action(0), cases[i].want[0]);
		assert_int_equal(action(1), cases[i].want[1]);
	}
	resumed("vCont;r1000,1012:p1.2");
	assert_int_equal(rig->fake.vcpu[1].action.start, 0x1000);
	assert_int_equal(rig->fake.vcpu[1].action.end, 0x1012);
}

static void test_wrong_actions(void **state)
{
	static const char *const malformed[] = {
	    "vCont;",      "vCont;;c",     "vCont;c;",      "vCont;x",
	    "vCont;c:",    "vCont;c:x",    "vCont;c1",      "vCont;C",
	    "vCont;C:1",   "vCont;C100",   "vCont;S",       "vCont;r1000",
	    "vCont;r,1:1", "vCont;r1000,", "vCont;c:1:2",   "vCont;s:1,c",
	    "vCont;c:p1.", "vCont;cc",     "vCont;r1,2,3:1"};
	static const char *const nobody[] = {"vCont;c:3", "vCont;s:p2.1;c",
					     "vCont;c;s:9", "vCont;c:p2.-1"};

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		assert_answer(rig, malformed[i], "E22");
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		assert_answer(rig, nobody[i], "E01");
	assert_int_equal(rig->fake.resumes, 0);
	rig->fake.resume_error = -EBUSY;
	assert_answer(rig, "vCont;c", "E16");
	rig->fake.resume_error = -ENOTSUP;
	assert_answer(rig, "vCont;s:1",
		      "E.kvmgdb.this KVM cannot single-step from here");
	resumed("vCont;c");
}

static void test_nothing_moves(void **state)
{
	(void)state;
	assert_answer(rig, "vCont;t", "N");
	assert_answer(rig, "vCont;t:1;t:2", "N");
	assert_int_equal(rig->fake.resumes, 0);
}

static void test_nothing_moves_without_n(void **state)
{
	(void)state;
	rig_reopen(rig);
	assert_answer(rig, "vCont;t",
		      "T05" SP0 "10:0010000000000000;thread:1;core:0;");
}

static void test_query(void **state)
{
	(void)state;
	assert_answer(rig, "vCont?", "vCont;c;C;s;S;t;r");
}

static void test_legacy(void **state)
{
	(void)state;
	resumed("c");
	assert_int_equal(action(0), CONT);
	assert_int_equal(action(1), CONT);
	resumed("s");
	assert_int_equal(action(0), STEP);
	assert_int_equal(action(1), CONT);
	assert_answer(rig, "Hc2", "OK");
	resumed("S05");
	assert_int_equal(action(0), STAY);
	assert_int_equal(action(1), STEP);
	resumed("C0b;1101");
	assert_int_equal(action(0), STAY);
	assert_int_equal(action(1), CONT);
	assert_int_equal(fake_reg(&rig->fake, 1, KVMGDB_REG_RIP), 0x1101);
	assert_answer(rig, "Hc-1", "OK");
	resumed("c1008");
	assert_int_equal(fake_reg(&rig->fake, 0, KVMGDB_REG_RIP), 0x1008);
	assert_answer(rig, "cx", "E22");
	assert_answer(rig, "s1000,", "E22");
	assert_answer(rig, "C", "E22");
	assert_answer(rig, "C05;", "E22");
	assert_answer(rig, "C05,1000", "E22");
	assert_answer(rig, "S123456", "E22");
	assert_int_equal(fake_reg(&rig->fake, 0, KVMGDB_REG_RIP), 0x1008);
}

/* ---- while running ---- */

static void test_refused_while_running(void **state)
{
	static const char *const refused[] = {"g",
					      "G00",
					      "p10",
					      "P10=0000000000000000",
					      "m1000,1",
					      "M1000,1:0",
					      "X1000,1:a",
					      "Z0,1000,1",
					      "z0,1000,1",
					      "vCont;c",
					      "c",
					      "s",
					      "?",
					      "vCont;t",
					      "qRcmd,68656c70"};

	(void)state;
	assert_no_answer(rig, "vCont;c");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_answer(rig, refused[i], "E16");
	assert_answer(rig, "qC", "QCp1.1");
	assert_answer(rig, "qfThreadInfo", "mp1.1,p1.2");
	assert_int_equal(rig->fake.resumes, 1);
}

/* The stop is there but not told: that answer comes before any other. */
static void test_refused_until_the_stop_is_told(void **state)
{
	struct kvmgdb_stop stop = {.reason = KVMGDB_STOP_STEP};

	(void)state;
	assert_no_answer(rig, "vCont;s:1");
	fake_stop(&rig->fake, stop);
	assert_answer(rig, "g", "E16");
	assert_int_equal(gdb_session_poll(rig->session), 0);
	rig_take(rig);
	assert_string_equal(rig->reply, "T05" SP0 "10:0010000000000000;" T1);
	assert_answer(rig, "m1000,1", "ff");
}

static void test_interrupt(void **state)
{
	(void)state;
	/* Standing: ignored. */
	rig->fake.interrupts = 0;
	rig_feed(rig, "\x03", 1);
	assert_int_equal(rig->fake.interrupts, 0);
	assert_int_equal(rig->raw_len, 0);

	assert_no_answer(rig, "vCont;c");
	rig_feed(rig, "\xff\xf3g", 3);
	assert_int_equal(rig->raw_len, 0);
	assert_stop(rig, 10, "T02" SP0 "10:0010000000000000;" T1);
	rig_feed(rig, "\x03", 1);
	assert_null(rig_run(rig, 10));

	/* Glued to the resume, and more of them than needed. */
	rig_feed(rig, "$vCont;c#a8\x03\x03", 13);
	assert_stop(rig, 10, "T02" SP0 "10:0010000000000000;" T1);
	assert_null(rig_run(rig, 10));
}

/* The target stands by itself between the stop and its poll. */
static void test_interrupt_races_with_a_stop(void **state)
{
	struct kvmgdb_stop stop = {.reason = KVMGDB_STOP_STEP};

	(void)state;
	assert_no_answer(rig, "vCont;s:1");
	fake_stop(&rig->fake, stop);
	rig_feed(rig, "\x03", 1);
	assert_string_equal(rig->reply, "T05" SP0 "10:0010000000000000;" T1);
	gdb_session_poll(rig->session);
	rig_take(rig);
	assert_int_equal(rig->raw_len, 0);
}

/* It stands and has nothing to say: the client still gets an answer. */
static void test_interrupt_of_a_silent_target(void **state)
{
	(void)state;
	assert_no_answer(rig, "vCont;c");
	rig->fake.running = false;
	rig_feed(rig, "\x03", 1);
	assert_string_equal(rig->reply, "T02" SP0 "10:0010000000000000;" T1);
}

static void test_console(void **state)
{
	(void)state;
	assert_int_equal(gdb_session_console(rig->session, "no"), -EAGAIN);
	assert_no_answer(rig, "vCont;c");
	assert_int_equal(gdb_session_console(rig->session, "yes\n"), 0);
	rig_take(rig);
	assert_string_equal(rig->console, "yes\n");
	assert_int_equal(rig->packets, 0);
}

/* ---- reasons ---- */

static void test_step(void **state)
{
	(void)state;
	assert_no_answer(rig, "vCont;s:p1.1");
	assert_stop(rig, 9, "T05" SP0 "10:0710000000000000;" T1);
	assert_no_answer(rig, "vCont;s:p1.2");
	assert_stop(rig, 9, "T05" SP1 "10:0111000000000000;" T2);
	/* The thread of the stop is the current one. */
	assert_answer(rig, "p10", "0111000000000000");
	assert_no_answer(rig, "vCont;r1000,1010:p1.1");
	assert_stop(rig, 9, "T05" SP0 "10:1010000000000000;" T1);
}

static void test_breakpoints(void **state)
{
	(void)state;
	assert_answer(rig, "Z0,1008,1", "OK");
	assert_answer(rig, "Z0,1008,1", "OK");
	assert_answer(rig, "Z1,1102,1", "OK");
	assert_int_equal(fake_bp_count(&rig->fake), 2);
	assert_no_answer(rig, "vCont;c:p1.1");
	assert_stop(rig, 99, "T05swbreak:;" SP0 "10:0810000000000000;" T1);
	assert_no_answer(rig, "vCont;c");
	assert_stop(rig, 99, "T05hwbreak:;" SP1 "10:0211000000000000;" T2);
	assert_answer(rig, "z0,1008,1", "OK");
	assert_answer(rig, "z0,1008,1", "OK");
	assert_answer(rig, "z1,1102,1", "OK");
	assert_int_equal(fake_bp_count(&rig->fake), 0);
}

/* To a client that did not announce them the reasons are errors. */
static void test_breakpoints_of_old_clients(void **state)
{
	(void)state;
	rig_reopen(rig);
	rig_connect(rig, "");
	rig_send(rig, "Z0,1008,1");
	rig_send(rig, "Z1,1102,1");
	assert_no_answer(rig, "vCont;c:1");
	assert_stop(rig, 99, "T05" SP0 "10:0810000000000000;thread:1;core:0;");
	assert_no_answer(rig, "vCont;c");
	assert_stop(rig, 99, "T05" SP1 "10:0211000000000000;thread:2;core:1;");
}

static void test_watchpoints(void **state)
{
	(void)state;
	assert_answer(rig, "Z2,2000,4", "OK");
	assert_no_answer(rig, "vCont;c");
	assert_stop(rig, 9, "T05watch:2000;" SP0 "10:0710000000000000;" T1);
	assert_answer(rig, "z2,2000,4", "OK");
	assert_answer(rig, "Z3,2002,1", "OK");
	assert_no_answer(rig, "vCont;c");
	assert_stop(rig, 9, "T05rwatch:2002;" SP0 "10:0f10000000000000;" T1);
	assert_answer(rig, "z3,2002,1", "OK");
	assert_answer(rig, "Z4,1ff0,40", "OK");
	assert_no_answer(rig, "vCont;c");
	assert_stop(rig, 9, "T05awatch:1ff0;" SP0 "10:0710000000000000;" T1);
	assert_answer(rig, "z4,1ff0,40", "OK");
	assert_int_equal(fake_bp_count(&rig->fake), 0);
}

static void test_refused_requests(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		char packet[] = "Z2,2000,1";

		packet[6] = (char)('0' + i);
		assert_answer(rig, packet, "OK");
	}
	assert_answer(rig, "Z2,2004,1", "E28");
	assert_string_equal(rig->warnings,
			    "write watchpoint at 0x2004, 1 bytes refused: all "
			    "4 debug registers are in use\n");
	rig->warnings[0] = '\0';
	assert_answer(rig, "Z1,1000,1",
		      "E.kvmgdb.all 4 debug registers are in use");
	assert_string_equal(rig->warnings, ""); /* GDB shows that one */
	assert_answer(rig, "Z0,9000,1", "E.kvmgdb.not mapped");
	assert_string_equal(rig->warnings, "software breakpoint at 0x9000, 1 "
					   "bytes refused: not mapped\n");
	rig_send(rig, "qSupported:error-message+");
	assert_answer(rig, "Z2,2004,1", "E.all 4 debug registers are in use");
}

static void test_read_watch_fallback(void **state)
{
	(void)state;
	rig->fake.no_read_watch = true;
	/* Only '' makes GDB try Z4. */
	assert_answer(rig, "Z3,2000,4", "");
	assert_answer(rig, "Z4,2000,4", "OK");
}

static void test_malformed_requests(void **state)
{
	static const char *const bad[] = {"",
					  "0",
					  "0,",
					  "0,1000",
					  "0,1000,",
					  "0,1000,2",
					  "0,1000,0",
					  "1,1000,4",
					  "0,x,1",
					  "2,2000,0",
					  "0,1000,1x",
					  "2,2000,4,",
					  "x,1000,1",
					  "0 1000,1",
					  "2,ffffffffffffffff,2",
					  "2,2000,10000000000000000"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char packet[64];

		snprintf(packet, sizeof(packet), "Z%s", bad[i]);
		assert_answer(rig, packet, "E22");
		packet[0] = 'z';
		assert_answer(rig, packet, "E22");
	}
	assert_answer(rig, "Z2,ffffffffffffffff,1", "OK");
}

/* What cannot be evaluated is refused, never ignored. */
static void test_conditions_are_refused(void **state)
{
	(void)state;
	rig_send(rig, "Z0,1008,1;X3,220031");
	assert_memory_equal(rig->reply, "E.kvmgdb.opcode", 15);
	rig_send(rig, "Z0,1008,1;");
	assert_memory_equal(rig->reply, "E.kvmgdb.malformed", 18);
	assert_answer(rig, "Z2,2000,4;X1,27", "E22");
	assert_int_equal(fake_bp_count(&rig->fake), 0);
}

/* Nothing that would need an escape gets into an error's text. */
static int insert_refused(void *target, unsigned vcpu, enum kvmgdb_bp_kind kind,
			  uint64_t gva, uint64_t len, struct kvmgdb_reason *why)
{
	(void)target;
	(void)vcpu;
	(void)kind;
	(void)gva;
	(void)len;
	memset(why->text, 'x', sizeof(why->text)); /* no NUL either */
	memcpy(why->text, "#a$b}c*d\ne\xff", 11);
	return -ENOSPC;
}

static void test_text_of_any_kind(void **state)
{
	struct kvmgdb_target_ops ops = fake_ops;

	(void)state;
	ops.bp_insert = insert_refused;
	gdb_session_free(rig->session);
	rig->session = gdb_session_new(&ops, &rig->fake, &rig->config);
	rig->noack = false;
	rig_send(rig, "Z1,1000,1");
	assert_null(rig->bad);
	assert_memory_equal(rig->reply, "E.kvmgdb.abcdexxx", 17);
	assert_int_equal(rig->reply_len, 9 + 5 + 159 - 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_actions),
	    CASE(test_wrong_actions),
	    CASE(test_nothing_moves),
	    CASE(test_nothing_moves_without_n),
	    CASE(test_query),
	    CASE(test_legacy),
	    CASE(test_refused_while_running),
	    CASE(test_refused_until_the_stop_is_told),
	    CASE(test_interrupt),
	    CASE(test_interrupt_races_with_a_stop),
	    CASE(test_interrupt_of_a_silent_target),
	    CASE(test_console),
	    CASE(test_step),
	    CASE(test_breakpoints),
	    CASE(test_breakpoints_of_old_clients),
	    CASE(test_watchpoints),
	    CASE(test_refused_requests),
	    CASE(test_read_watch_fallback),
	    CASE(test_malformed_requests),
	    CASE(test_conditions_are_refused),
	    CASE(test_text_of_any_kind),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
