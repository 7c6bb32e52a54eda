/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "transport.h"

static void parses(const char *text, const char *host, const char *port)
{
	struct transport_addr addr;
	struct kvmgdb_reason why;

	if (!transport_parse(text, &addr, &why))
		fail_msg("'%s': %s", text, why.text);
	assert_int_equal(addr.kind, TRANSPORT_TCP);
	assert_string_equal(addr.host, host);
	assert_string_equal(addr.port, port);
}

static void refuses(const char *text, const char *says)
{
	struct transport_addr addr;
	struct kvmgdb_reason why;

	if (transport_parse(text, &addr, &why))
		fail_msg("'%s' was taken for an address", text);
	if (strstr(why.text, says) == NULL)
		fail_msg("'%s': '%s', wanted '%s'", text, why.text, says);
}

static void tcp_addresses(void **state)
{
	char text[400];

	(void)state;
	parses("tcp:127.0.0.1:1234", "127.0.0.1", "1234");
	parses("tcp:localhost:0", "localhost", "0");
	parses("tcp::65535", "127.0.0.1", "65535");
	parses("tcp:[::1]:1", "::1", "1");
	refuses("tcp:", "want tcp:HOST:PORT");
	refuses("tcp:1234", "want tcp:HOST:PORT");
	refuses("tcp:host:", "want tcp:HOST:PORT");
	refuses("tcp:host:65536", "want tcp:HOST:PORT");
	refuses("tcp:host:000080", "want tcp:HOST:PORT");
	refuses("tcp:host:-1", "want tcp:HOST:PORT");
	refuses("tcp:host:gdb", "want tcp:HOST:PORT");
	refuses("tcp:::1:1234", "brackets");
	refuses("tcp:[]:1234", "host name of 0 bytes");
	memset(text, 'h', sizeof(text));
	memcpy(text, "tcp:", 4);
	memcpy(text + sizeof(text) - 6, ":1234", 6);
	refuses(text, "host name of 390 bytes");
	memmove(text + 4 + 255, text + sizeof(text) - 6, 6);
	text[4 + 255 + 5] = '\0';
	{
		struct transport_addr addr;
		struct kvmgdb_reason why;

		assert_true(transport_parse(text, &addr, &why));
		assert_int_equal(strlen(addr.host), 255);
	}
}

static void other_addresses(void **state)
{
	struct transport_addr addr;
	struct kvmgdb_reason why;
	char text[200] = "unix:";

	(void)state;
	assert_true(transport_parse("stdio", &addr, &why));
	assert_int_equal(addr.kind, TRANSPORT_STDIO);
	assert_true(transport_parse("none", &addr, &why));
	assert_int_equal(addr.kind, TRANSPORT_NONE);
	assert_true(transport_parse("unix:/a:b", &addr, &why));
	assert_int_equal(addr.kind, TRANSPORT_UNIX);
	assert_string_equal(addr.path, "/a:b");
	refuses("", "want tcp:HOST:PORT, unix:PATH, stdio or none");
	refuses("stdio ", "want");
	refuses(":1234", "want");
	refuses("TCP:a:1", "want");
	refuses("unix:", "0 bytes");
	memset(text + 5, 'p', 107);
	assert_true(transport_parse(text, &addr, &why));
	assert_int_equal(strlen(addr.path), 107);
	text[5 + 107] = 'p';
	refuses(text, "108 bytes");
}

static int listen_at(const char *text, bool allow_remote,
		     struct transport_listener *l, struct kvmgdb_reason *why)
{
	struct transport_addr addr;

	assert_true(transport_parse(text, &addr, why));
	return transport_listen(&addr, allow_remote, l, why);
}

static void listens_on_tcp(void **state)
{
	struct transport_listener first, second;
	struct kvmgdb_reason why;
	unsigned port;

	(void)state;
	assert_int_equal(listen_at("tcp:127.0.0.1:0", false, &first, &why), 0);
	assert_true(first.fd >= 0);
	assert_int_equal(strncmp(first.name, "tcp:127.0.0.1:", 14), 0);
	port = (unsigned)strtoul(first.name + 14, NULL, 10);
	assert_true(port > 0 && port < 65536);
	assert_int_equal(listen_at(first.name, false, &second, &why),
			 -EADDRINUSE);
	assert_non_null(strstr(why.text, "is in use"));
	assert_int_equal(second.fd, -1);
	transport_close(&first);
	assert_int_equal(first.fd, -1);
	transport_close(&first); /* nothing */
}

static void remote_needs_leave(void **state)
{
	static const char *const remote[] = {"tcp:0.0.0.0:0", "tcp:[::]:0",
					     "tcp:192.0.2.1:0"};
	struct transport_listener l;
	struct kvmgdb_reason why;

	(void)state;
	for (unsigned i = 0; i < sizeof(remote) / sizeof(remote[0]); i++) {
		assert_int_equal(listen_at(remote[i], false, &l, &why), -EPERM);
		assert_non_null(strstr(why.text, "--allow-remote"));
	}
	/* That it is this which refused: */
	assert_int_equal(listen_at("tcp:0.0.0.0:0", true, &l, &why), 0);
	close(l.fd);
	assert_int_equal(listen_at("tcp:127.1.2.3:0", false, &l, &why), 0);
	close(l.fd);
}

static char dir[] = "/tmp/kvmgdb-test-XXXXXX";
static char unix_text[64], *unix_path = unix_text + 5;

static int make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(unix_text, sizeof(unix_text), "unix:%s/s", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(unix_path);
	return rmdir(dir);
}

static void unix_mode_and_end(void **state)
{
	struct transport_listener l;
	struct kvmgdb_reason why;
	struct stat st;
	mode_t mask;

	(void)state;
	mask = umask(0);
	assert_int_equal(listen_at(unix_text, false, &l, &why), 0);
	assert_int_equal(umask(mask), 0); /* put back */
	assert_string_equal(l.name, unix_text);
	assert_int_equal(lstat(unix_path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	transport_close(&l);
	assert_int_equal(lstat(unix_path, &st), -1);
}

static void unix_stale_or_in_use(void **state)
{
	struct transport_listener first, second;
	struct kvmgdb_reason why;
	struct stat st;

	(void)state;
	assert_int_equal(listen_at(unix_text, false, &first, &why), 0);
	assert_int_equal(listen_at(unix_text, false, &second, &why),
			 -EADDRINUSE);
	assert_int_equal(lstat(unix_path, &st), 0);
	/* as if killed: the file stays, and nobody is there */
	assert_int_equal(shutdown(first.fd, SHUT_RDWR), 0);
	assert_int_equal(listen_at(unix_text, false, &second, &why), 0);
	/* The first one's end must not take the second one's socket. */
	transport_close(&first);
	if (first.ino != second.ino)
		assert_int_equal(lstat(unix_path, &st), 0);
	transport_close(&second);
}

static void unix_not_a_socket(void **state)
{
	struct transport_listener l;
	struct kvmgdb_reason why;
	struct stat st;
	FILE *file = fopen(unix_path, "w");

	(void)state;
	assert_non_null(file);
	fclose(file);
	assert_int_equal(listen_at(unix_text, false, &l, &why), -EEXIST);
	assert_non_null(strstr(why.text, "not a socket"));
	assert_int_equal(lstat(unix_path, &st), 0);
	unlink(unix_path);
	assert_int_equal(listen_at("unix:/nonexistent/s", false, &l, &why),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tcp_addresses),
	    cmocka_unit_test(other_addresses),
	    cmocka_unit_test(listens_on_tcp),
	    cmocka_unit_test(remote_needs_leave),
	    cmocka_unit_test(unix_mode_and_end),
	    cmocka_unit_test(unix_stale_or_in_use),
	    cmocka_unit_test(unix_not_a_socket),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
