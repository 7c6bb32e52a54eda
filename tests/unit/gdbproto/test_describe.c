// SPDX-License-Identifier: MIT
/* Packets in words. */
#include "test.h"

#include <gdbproto/describe.h>

#include <stdlib.h>
#include <string.h>

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

static const char *asked(const char *packet)
{
	static char text[DESCRIBE_MAX];

	describe_request(packet, strlen(packet), text, sizeof(text));
	return text;
}

static const char *answered(const char *request, const char *packet)
{
	static char text[DESCRIBE_MAX];

	describe_answer(request, strlen(request), packet, strlen(packet), text,
			sizeof(text));
	return text;
}

static void test_requests(void **state)
{
	static const char *const cases[][2] = {
	    {"m1000,40", "read 64 bytes at 0x1000"},
	    {"X1000,4:abcd", "write 4 bytes at 0x1000"},
	    {"p10", "read register rip"},
	    {"P3c=00", "write register cr0"},
	    {"pffff", "read register 65535"},
	    {"Z0,1000,1", "set a software breakpoint at 0x1000"},
	    {"Z1,1000,1;X1,22",
	     "set a hardware breakpoint at 0x1000, with conditions or "
	     "commands"},
	    {"z2,2000,8", "remove the write watchpoint at 0x2000, 8 bytes"},
	    {"vCont;s:p1.2;c", "resume: step thread 2; the rest: continue all "
			       "threads"},
	    {"vCont;r1000,1010:1;c:p1.-1",
	     "resume: step in 0x1000-0x1010 thread 1; the rest: continue all "
	     "threads"},
	    {"vCont?", "which ways to resume are there?"},
	    {"Hgp1.2", "registers and memory of thread 2"},
	    {"Hc-1", "resume later: all threads"},
	    {"Hg0", "registers and memory of any thread"},
	    {"qRcmd,6472", "monitor dr"},
	    {"qCRC:0,10", "checksum of 16 bytes at 0x0"},
	    {"qSearch:memory:0;10;a\x01", "find in memory: 0;10;a."},
	    {"?", "why does it stand?"},
	    {"k", "end the guest"},
	    {"Z9,0,0", "set a "},
	    {"m", "read "},
	    {"", ""},
	    {"\xff", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(asked(cases[i][0]), cases[i][1]);
}

static void test_answers(void **state)
{
	static const char *const cases[][3] = {
	    {"m1000,4", "00112233", "4 bytes"},
	    {"x1000,4", "bABCD", "4 bytes"},
	    {"p10", "0010000000000000", "8 bytes"},
	    {"m0,4", "E14", "refused: Bad address"},
	    {"m0,4", "E.no memory there", "refused: no memory there"},
	    {"qXfer:features:read:x:0,1", "E00", "refused: no such thing"},
	    {"qXfer:features:read:x:0,1", "mabc", "a part, 3 bytes"},
	    {"qXfer:features:read:x:0,1", "l", "the last part, 0 bytes"},
	    {"Z0,0,1", "OK", "done"},
	    {"vFoo", "", "not supported"},
	    {"vCont;c", "T05watch:2000;06:0000000000000000;thread:p1.2;core:1;",
	     "stopped, signal 5, watch at 0x2000, thread 2"},
	    {"vCont;c", "T02thread:1;core:0;", "stopped, signal 2, thread 1"},
	    {"vCont;c", "W21;process:1",
	     "the guest has ended, status 0x21;process:1"},
	    {"qRcmd,6472", "O68690a", "text: hi"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(answered(cases[i][0], cases[i][1]),
				    cases[i][2]);
}

/* Cut, and never beyond the end. */
static void test_room(void **state)
{
	char packet[1000], text[DESCRIBE_MAX + 1];

	(void)state;
	memset(packet, 'a', sizeof(packet));
	memcpy(packet, "qSupported:", 11);
	for (size_t size = 1; size <= DESCRIBE_MAX; size++) {
		memset(text, 0x7f, sizeof(text));
		describe_request(packet, sizeof(packet), text, size);
		assert_int_equal(strlen(text), size - 1);
		assert_int_equal(text[size], 0x7f);
	}
}

/* Nothing is believed: see it under a sanitizer, too. */
static void test_noise(void **state)
{
	static const char first[] = "qmpPxXZzvHTgGOEW\0";
	char text[DESCRIBE_MAX];

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		size_t len = (size_t)(rand() % 40);
		char *packet = malloc(len + 1);

		assert_non_null(packet);
		for (size_t i = 0; i < len; i++)
			packet[i] =
			    (char)(rand() % 3
				       ? "0123456789abcdef;:,"[rand() % 19]
				       : rand());
		if (len)
			packet[0] = first[(size_t)rand() % sizeof(first)];
		packet = realloc(packet, len ? len : 1);
		describe_request(packet, len, text, sizeof(text));
		describe_answer(packet, len, packet, len, text, sizeof(text));
		free(packet);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_room),
	    cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests_name("describe", tests, NULL, NULL);
}
/* NOLINTEND(*) */
