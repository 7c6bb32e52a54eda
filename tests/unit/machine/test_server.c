/* SPDX-License-Identifier: MIT */
/* The server between real sockets and the toy machine of the session's
 * tests. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_target.h"
#include "server.h"

struct rig {
	struct event_base *base;
	struct fake_target target;
	struct log log;
	struct server *server;
	int log_fds[2];
	char dir[40], path[60];
	unsigned disconnects;
	enum gdb_session_end end; /* of the last one */
	char got[65536];
	size_t got_len;
};

static void on_disconnect(void *ctx, enum gdb_session_end end)
{
	struct rig *r = ctx;

	r->disconnects++;
	r->end = end;
}

static int set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct server_config config;

	assert_non_null(r);
	snprintf(r->dir, sizeof(r->dir), "/tmp/kvmgdb-test-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->path, sizeof(r->path), "%s/s", r->dir);
	assert_int_equal(pipe2(r->log_fds, O_NONBLOCK), 0);
	log_init(&r->log, r->log_fds[1], LOG_PACKET);
	fake_init(&r->target);
	r->base = event_base_new();
	config = (struct server_config){.base = r->base,
					.log = &r->log,
					.ops = &fake_ops,
					.target = &r->target,
					.disconnected = on_disconnect,
					.ctx = r};
	r->server = server_new(&config);
	assert_non_null(r->server);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	server_free(r->server);
	event_base_free(r->base);
	close(r->log_fds[0]);
	close(r->log_fds[1]);
	unlink(r->path);
	assert_int_equal(rmdir(r->dir), 0);
	free(r);
	return 0;
}

static void open_socket(struct rig *r, struct transport_listener *at)
{
	struct transport_addr addr = {.kind = TRANSPORT_UNIX};
	struct kvmgdb_reason why;

	snprintf(addr.path, sizeof(addr.path), "%s", r->path);
	assert_int_equal(transport_listen(&addr, false, at, &why), 0);
}

static void listen_there(struct rig *r)
{
	struct transport_listener at;

	open_socket(r, &at);
	assert_int_equal(server_listen(r->server, &at), 0);
}

/* Let the loop do all that can be done now. */
static void turn(struct rig *r)
{
	for (unsigned i = 0; i < 10; i++)
		event_base_loop(r->base, EVLOOP_NONBLOCK);
}

static int connect_client(struct rig *r)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", r->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	turn(r);
	return fd;
}

static void send_text(struct rig *r, int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	turn(r);
}

/* "$PAYLOAD#cc" */
static void send_packet(struct rig *r, int fd, const char *payload)
{
	char text[300];
	unsigned sum = 0;

	for (const char *p = payload; *p != '\0'; p++)
		sum += (unsigned char)*p;
	snprintf(text, sizeof(text), "$%s#%02x", payload, sum & 0xff);
	send_text(r, fd, text);
}

/* All that can be read now. */
static const char *received(struct rig *r, int fd)
{
	ssize_t n;

	r->got_len = 0;
	while ((n = read(fd, r->got + r->got_len,
			 sizeof(r->got) - 1 - r->got_len)) > 0)
		r->got_len += (size_t)n;
	r->got[r->got_len] = '\0';
	return r->got;
}

static bool at_eof(int fd)
{
	char c;

	return read(fd, &c, 1) == 0;
}

static bool logged(struct rig *r, const char *text)
{
	char all[16384];
	const ssize_t n = read(r->log_fds[0], all, sizeof(all) - 1);

	all[n > 0 ? n : 0] = '\0';
	return strstr(all, text) != NULL;
}

static void question_and_answer(void **state)
{
	struct rig *r = *state;
	int fd;

	listen_there(r);
	fd = connect_client(r);
	assert_true(server_has_client(r->server));
	send_packet(r, fd, "vMustReplyEmpty");
	assert_string_equal(received(r, fd), "+$#00");
	assert_true(logged(r, " <- vMustReplyEmpty [how are unknown "
			      "packets answered?]\n"));
	close(fd);
	turn(r);
	assert_false(server_has_client(r->server));
}

/* The socket is there before the machine, and before the server. */
static void came_early(void **state)
{
	struct rig *r = *state;
	struct transport_listener at;
	int fd;

	open_socket(r, &at);
	fd = connect_client(r);
	send_packet(r, fd, "vMustReplyEmpty");
	assert_string_equal(received(r, fd), "");
	assert_false(server_has_client(r->server));
	assert_int_equal(server_listen(r->server, &at), 0);
	turn(r);
	assert_string_equal(received(r, fd), "+$#00");
	close(fd);
}

static void one_at_a_time(void **state)
{
	struct rig *r = *state;
	int first, second, third;

	listen_there(r);
	first = connect_client(r);
	second = connect_client(r);
	/* It may speak, and is told why it is hung up on. */
	send_packet(r, second, "qSupported");
	assert_string_equal(received(r, second),
			    "+$E.another GDB is connected already#22");
	assert_true(at_eof(second));
	assert_true(logged(r, "turned away"));
	assert_int_equal(r->disconnects, 0);
	third = connect_client(r);
	assert_string_equal(received(r, third),
			    "+$E.another GDB is connected already#22");
	close(third);
	send_packet(r, first, "vMustReplyEmpty");
	assert_string_equal(received(r, first), "+$#00");
	close(second);
	close(first);
}

/* What a client leaves behind is taken away, and the next one finds nothing of
 * it: not its NoAck mode either. */
static void lost_and_next(void **state)
{
	struct rig *r = *state;
	int fd;

	listen_there(r);
	fd = connect_client(r);
	send_packet(r, fd, "QStartNoAckMode");
	send_text(r, fd, "+");
	send_packet(r, fd, "?");
	send_packet(r, fd, "Z1,1007,1");
	assert_int_equal(fake_bp_count(&r->target), 1);
	close(fd);
	turn(r);
	assert_int_equal(fake_bp_count(&r->target), 0);
	assert_int_equal(r->disconnects, 1);
	assert_int_equal(r->end, GDB_SESSION_OPEN);
	fd = connect_client(r);
	send_packet(r, fd, "vMustReplyEmpty");
	assert_string_equal(received(r, fd), "+$#00");
	close(fd);
	turn(r);
	assert_int_equal(r->disconnects, 2);
}

static void detach(void **state)
{
	struct rig *r = *state;
	int fd;

	listen_there(r);
	fd = connect_client(r);
	send_packet(r, fd, "?");
	send_packet(r, fd, "D");
	assert_non_null(strstr(received(r, fd), "$OK#9a"));
	assert_true(at_eof(fd));
	assert_int_equal(r->disconnects, 1);
	assert_int_equal(r->end, GDB_SESSION_DETACHED);
	close(fd);
}

/* The next client is there before anybody has seen that the last one is gone,
 * and what that one said last. */
static void next_before_gone(void **state)
{
	struct rig *r = *state;
	int fd, next;

	listen_there(r);
	for (unsigned i = 0; i < 20; i++) {
		fd = connect_client(r);
		send_packet(r, fd, "?");
		assert_int_equal(write(fd, "$Z1,1007,1#dc$D#44", 18), 18);
		close(fd);
		next = connect_client(r);
		assert_int_equal(r->disconnects, 2u * i + 1);
		assert_int_equal(r->end, GDB_SESSION_DETACHED);
		assert_int_equal(fake_bp_count(&r->target), 0);
		assert_true(server_has_client(r->server));
		send_packet(r, next, "vMustReplyEmpty");
		assert_string_equal(received(r, next), "+$#00");
		close(next);
		turn(r);
		fake_init(&r->target); /* it stands again */
	}
}

static void kills(void **state)
{
	struct rig *r = *state;
	int fd;

	listen_there(r);
	fd = connect_client(r);
	send_packet(r, fd, "vKill;1");
	assert_non_null(strstr(received(r, fd), "$OK#9a"));
	assert_int_equal(r->target.kills, 1);
	assert_int_equal(r->end, GDB_SESSION_KILLED);
	assert_true(at_eof(fd));
	close(fd);
}

static void stop_is_told(void **state)
{
	struct rig *r = *state;
	int fd;

	listen_there(r);
	fd = connect_client(r);
	send_packet(r, fd, "?");
	send_packet(r, fd, "Z1,1007,1");
	send_packet(r, fd, "c");
	received(r, fd);
	assert_true(fake_run(&r->target, 100));
	turn(r);
	assert_string_equal(received(r, fd), ""); /* not before the poll */
	server_poll(r->server);
	turn(r);
	assert_non_null(strstr(received(r, fd), "$T05"));
	close(fd);
}

static void end_is_told(void **state)
{
	struct rig *r = *state;
	int fd;

	listen_there(r);
	fd = connect_client(r);
	send_packet(r, fd, "?");
	send_packet(r, fd, "c");
	received(r, fd);
	fake_stop(&r->target, (struct kvmgdb_stop){.reason = KVMGDB_STOP_EXITED,
						   .code = 0x21});
	assert_true(server_finish(r->server));
	turn(r);
	assert_non_null(strstr(received(r, fd), "$W21"));
	assert_true(at_eof(fd));
	assert_int_equal(r->disconnects, 1);
	close(fd);
	/* Nobody else is let in. */
	fd = connect_client(r);
	assert_true(at_eof(fd));
	assert_false(server_finish(r->server));
	close(fd);
}

/* A client that asks and does not read: no more of its questions are read,
 * and when it reads it gets every answer. */
static void slow_client(void **state)
{
	struct rig *r = *state;
	size_t asked = 0, answers = 0;
	int fd;

	listen_there(r);
	fd = connect_client(r);
	send_packet(r, fd, "?");
	for (;;) {
		static const char text[] = "$m1000,1000#1b";
		const ssize_t n = write(fd, text, sizeof(text) - 1);

		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			break;
		}
		assert_int_equal(n, sizeof(text) - 1);
		asked++;
		turn(r);
		assert_true(asked < 100000);
	}
	assert_true(asked > 100);
	for (unsigned idle = 0; idle < 100; idle++) {
		const char *p = received(r, fd);

		if (r->got_len > 0)
			idle = 0;
		for (; (p = memchr(p, '$',
				   (size_t)(r->got + r->got_len - p))) != NULL;
		     p++)
			answers++;
		turn(r);
	}
	assert_int_equal(answers, asked + 1);
	close(fd);
}

static void not_gdb(void **state)
{
	struct rig *r = *state;
	int fd;

	listen_there(r);
	fd = connect_client(r);
	send_text(r, fd, "GET / HTTP/1.1\r\n");
	assert_true(at_eof(fd));
	assert_int_equal(r->end, GDB_SESSION_BROKEN);
	close(fd);
}

static void pipes(void **state)
{
	struct rig *r = *state;
	int in[2], out[2];

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(server_attach(r->server, in[0], out[1]), 0);
	assert_true((fcntl(in[0], F_GETFL) & O_NONBLOCK) != 0);
	send_packet(r, in[1], "vMustReplyEmpty");
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	assert_string_equal(received(r, out[0]), "+$#00");
	close(in[1]);
	turn(r);
	assert_int_equal(r->disconnects, 1);
	/* The fds are as they were, and open. */
	assert_int_equal(fcntl(in[0], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fcntl(out[1], F_GETFL) & O_NONBLOCK, 0);
	close(in[0]);
	close(out[0]);
	close(out[1]);
}

int main(void)
{
#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    RIG_TEST(came_early),    RIG_TEST(question_and_answer),
	    RIG_TEST(one_at_a_time), RIG_TEST(lost_and_next),
	    RIG_TEST(detach),        RIG_TEST(next_before_gone),
	    RIG_TEST(kills),         RIG_TEST(stop_is_told),
	    RIG_TEST(end_is_told),   RIG_TEST(slow_client),
	    RIG_TEST(not_gdb),       RIG_TEST(pipes),
	};

	signal(SIGPIPE, SIG_IGN); /* as the program does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
