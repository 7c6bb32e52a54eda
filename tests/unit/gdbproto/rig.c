// SPDX-License-Identifier: MIT
#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void warn_operator(void *ctx, const char *line)
{
	struct rig *r = ctx;
	size_t used = strlen(r->warnings);

	snprintf(r->warnings + used, sizeof(r->warnings) - used, "%s\n", line);
}

/* A command of the program's: "hello" greets, "fail" fails. */
static int monitor(void *ctx, struct gdb_session *session, const char *line)
{
	(void)ctx;
	if (!strcmp(line, "hello"))
		return gdb_session_console(session, "hello, world\n");
	return strcmp(line, "fail") ? -ENOENT : -EIO;
}

static uint64_t now_ms(void *ctx)
{
	struct rig *r = ctx;

	return r->clock += r->tick;
}

static void open_session(struct rig *r)
{
	bool stay = r->config.stay_on_detach;
	enum gdb_arch arch = r->config.arch;
	const char *exec_file = r->config.exec_file;

	r->config = (struct gdb_session_config){
	    .monitor = monitor,
	    .monitor_help = "hello - greets\nfail - fails\n",
	    .warn = warn_operator,
	    .now_ms = now_ms,
	    .ctx = r,
	    .arch = arch,
	    .exec_file = exec_file,
	    .stay_on_detach = stay};
	r->noack = false;
	r->session = gdb_session_new(&fake_ops, &r->fake, &r->config);
}

void rig_open(struct rig *r)
{
	/* The large texts behind need not be cleared for each input of a
	 * fuzzer. */
	memset(r, 0, offsetof(struct rig, console));
	r->console[0] = r->warnings[0] = r->reply[0] = '\0';
	fake_init(&r->fake);
	r->tick = 1;
	open_session(r);
}

void rig_close(struct rig *r)
{
	gdb_session_free(r->session);
	r->session = NULL;
	fake_free(&r->fake);
}

void rig_reopen(struct rig *r)
{
	gdb_session_free(r->session);
	open_session(r);
}

long rig_decode(const char *in, size_t len, char *out, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = in[i];
		long repeat = 1;

		if (c == '#' || c == '$')
			return -1;
		if (c == '}') {
			if (++i == len)
				return -1;
			c = (char)(in[i] ^ 0x20);
		} else if (c == '*') {
			if (!n || ++i == len || in[i] < ' ' || in[i] > '~')
				return -1;
			c = out[n - 1];
			repeat = in[i] - 29;
		}
		while (repeat--) {
			if (n == room)
				return -1;
			out[n++] = c;
		}
	}
	return (long)n;
}

static void take_console(struct rig *r)
{
	size_t used = strlen(r->console);

	for (size_t i = 1; i + 1 < r->reply_len; i += 2) {
		char digits[3] = {r->reply[i], r->reply[i + 1], 0};

		if (used + 1 < sizeof(r->console))
			r->console[used++] = (char)strtol(digits, NULL, 16);
	}
	r->console[used] = '\0';
}

/* One "$...#cc" at P; returns its length, or 0. */
static size_t take_packet(struct rig *r, const char *p, size_t len)
{
	const char *end = memchr(p, '#', len);
	unsigned sum = 0;
	char digits[3];
	long n;

	if (!end || end + 3 > p + len)
		return 0;
	for (const char *q = p + 1; q < end; q++)
		sum += (unsigned char)*q;
	snprintf(digits, sizeof(digits), "%02x", sum & 0xff);
	if (memcmp(digits, end + 1, 2) != 0)
		return 0;
	n = rig_decode(p + 1, (size_t)(end - p - 1), r->reply, RIG_TEXT - 1);
	if (n < 0)
		return 0;
	r->reply_len = (size_t)n;
	r->reply[n] = '\0';
	if (n > 1 && r->reply[0] == 'O' && strcmp(r->reply, "OK") != 0)
		take_console(r);
	else
		r->packets++;
	return (size_t)(end + 3 - p);
}

/* A packet, or a notification, which is no answer. */
static size_t take_one(struct rig *r, const char *p, size_t len)
{
	size_t n = *p == '$' || *p == '%' ? take_packet(r, p, len) : 0;

	if (n && *p == '%') {
		r->packets--;
		r->notifications++;
	}
	return n;
}

void rig_take(struct rig *r)
{
	const uint8_t *data;
	size_t len = gdb_session_output(r->session, &data);

	r->acks = r->naks = r->packets = r->notifications = 0;
	r->console[0] = '\0';
	r->raw_len = len < RIG_TEXT ? len : RIG_TEXT;
	if (r->raw_len)
		memcpy(r->raw, data, r->raw_len);
	gdb_session_sent(r->session, len);
	for (size_t i = 0; i < r->raw_len;) {
		size_t n = 1;

		if (r->raw[i] == '+')
			r->acks++;
		else if (r->raw[i] == '-')
			r->naks++;
		else
			n = take_one(r, r->raw + i, r->raw_len - i);
		if (!n) {
			r->bad = "not a well-formed packet";
			return;
		}
		i += n;
	}
	if (r->noack && (r->acks || r->naks))
		r->bad = "acknowledgement in NoAck mode";
}

void rig_feed(struct rig *r, const void *bytes, size_t len)
{
	if (gdb_session_feed(r->session, bytes, len))
		r->bad = "feed failed";
	rig_take(r);
}

const char *rig_send_bytes(struct rig *r, const void *payload, size_t len)
{
	const unsigned char *in = payload;
	unsigned char *frame = malloc(2 * len + 8);
	unsigned sum = 0;
	size_t n = 0;

	if (!frame)
		abort();
	frame[n++] = '$';
	for (size_t i = 0; i < len; i++) {
		if (in[i] == '#' || in[i] == '$' || in[i] == '}' ||
		    in[i] == '*') {
			frame[n++] = '}';
			frame[n++] = in[i] ^ 0x20;
		} else {
			frame[n++] = in[i];
		}
	}
	for (size_t i = 1; i < n; i++)
		sum += frame[i];
	n += (size_t)snprintf((char *)frame + n, 4, "#%02x", sum & 0xff);
	rig_feed(r, frame, n);
	free(frame);
	if (!r->noack) {
		if (r->acks != 1)
			r->bad = "not acknowledged";
		if (r->packets && gdb_session_feed(r->session, "+", 1))
			r->bad = "feed failed";
	}
	return r->packets ? r->reply : NULL;
}

const char *rig_send(struct rig *r, const char *payload)
{
	return rig_send_bytes(r, payload, strlen(payload));
}

void rig_connect(struct rig *r, const char *features)
{
	char packet[512];

	snprintf(packet, sizeof(packet), "qSupported:%s", features);
	rig_send(r, packet);
	rig_send(r, "QStartNoAckMode");
	r->noack = true;
}

const char *rig_run(struct rig *r, unsigned steps)
{
	if (fake_run(&r->fake, steps) && gdb_session_poll(r->session))
		r->bad = "poll failed";
	rig_take(r);
	return r->packets ? r->reply : NULL;
}
