/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

struct rig {
	struct log log;
	int fds[2];
	char text[8192];
};

static void start(struct rig *r, enum log_level level)
{
	assert_int_equal(pipe2(r->fds, O_NONBLOCK), 0);
	log_init(&r->log, r->fds[1], level);
}

/* What was written since the last call. */
static const char *said(struct rig *r)
{
	const ssize_t n = read(r->fds[0], r->text, sizeof(r->text) - 1);

	r->text[n > 0 ? n : 0] = '\0';
	return r->text;
}

static void end(struct rig *r)
{
	close(r->fds[0]);
	close(r->fds[1]);
}

static void levels(void **state)
{
	struct rig r;

	(void)state;
	start(&r, LOG_INFO);
	log_msg(&r.log, LOG_ERROR, "bad %d", 1);
	assert_string_equal(said(&r), "kvmgdb: error: bad 1\n");
	log_msg(&r.log, LOG_WARN, "hm");
	assert_string_equal(said(&r), "kvmgdb: warning: hm\n");
	log_msg(&r.log, LOG_INFO, "so");
	assert_string_equal(said(&r), "kvmgdb: so\n");
	log_msg(&r.log, LOG_DEBUG, "not shown");
	log_packet(&r.log, true, "g", 1, "");
	assert_string_equal(said(&r), "");
	r.log.level = LOG_ERROR;
	log_msg(&r.log, LOG_WARN, "not shown");
	assert_string_equal(said(&r), "");
	log_say(&r.log, "listening on %s", "x");
	assert_string_equal(said(&r), "kvmgdb: listening on x\n");
	end(&r);
}

static void level_names(void **state)
{
	static const char *const names[] = {"error", "warn", "info", "debug",
					    "packet"};
	enum log_level level;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_true(log_parse_level(names[i], &level));
		assert_int_equal(level, i);
	}
	assert_false(log_parse_level("", &level));
	assert_false(log_parse_level("warnings", &level));
	assert_false(log_parse_level("WARN", &level));
}

static void a_long_line_is_cut(void **state)
{
	static char text[3000];
	struct rig r;
	size_t len;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	start(&r, LOG_INFO);
	log_msg(&r.log, LOG_INFO, "%s", text);
	len = strlen(said(&r));
	assert_true(len > 500 && len < 2000);
	assert_int_equal(r.text[len - 1], '\n');
	assert_int_equal(r.text[len - 2], 'x');
	end(&r);
}

/* "kvmgdb: S.UUUUUU ARROW PAYLOAD\n" */
static void packet_is(struct rig *r, const char *arrow, const char *payload)
{
	const char *p = said(r);

	assert_int_equal(strncmp(p, "kvmgdb: ", 8), 0);
	p += 8;
	assert_true(strspn(p, "0123456789") > 0);
	p += strspn(p, "0123456789");
	assert_int_equal(*p++, '.');
	assert_int_equal(strspn(p, "0123456789"), 6);
	p += 6;
	assert_int_equal(strncmp(p, arrow, 4), 0);
	p += 4;
	assert_int_equal(strncmp(p, payload, strlen(payload)), 0);
	assert_string_equal(p + strlen(payload), "\n");
}

static void packets(void **state)
{
	static const char binary[] = "X1000,4:\0}\x7f\\";
	char big[1500];
	struct rig r;

	(void)state;
	start(&r, LOG_PACKET);
	log_packet(&r.log, true, "vCont;c", 7, "");
	packet_is(&r, " <- ", "vCont;c");
	log_packet(&r.log, true, "g", 1, "read all registers");
	packet_is(&r, " <- ", "g [read all registers]");
	log_packet(&r.log, false, "", 0, "");
	packet_is(&r, " -> ", "");
	log_packet(&r.log, true, binary, sizeof(binary) - 1, "");
	packet_is(&r, " <- ", "X1000,4:\\x00}\\x7f\\x5c");
	/* Not cut, unlike messages. */
	memset(big, '0', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	log_packet(&r.log, false, big, sizeof(big) - 1, "");
	packet_is(&r, " -> ", big);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(levels),
	    cmocka_unit_test(level_names),
	    cmocka_unit_test(a_long_line_is_cut),
	    cmocka_unit_test(packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
