/* SPDX-License-Identifier: MIT */
/*
 * A raw RSP client: does one kind of work a number of times and says how long
 * it took.  The same for every contestant; it uses what the server announces,
 * as GDB does.
 *
 * usage: bench-client HOST:PORT|unix:PATH WORK COUNT [WAIT=SECONDS] [KILL]
 *                     NAME=ADDRESS...
 *
 * WAIT: the guest runs for so long before it is looked at (a firmware may have
 * to load it first).  KILL: end the guest when done, do not detach.
 *
 * Prints one line "work COUNT SECONDS PACKETS BYTES", where PACKETS are those
 * that were sent and BYTES went both ways, in the timed part.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

#define PACKET_MAX (1u << 20)

struct client {
	int fd;
	char *reply, *packet;
	size_t reply_len;
	uint8_t in[65536];
	size_t have, next;
	bool no_ack, conditions, ranges, binary;
	bool over; /* the guest has ended */
	size_t packet_size;
	uint64_t packets, bytes;
	double seconds;  /* set by work that does not count its preparation */
	char thread[32]; /* as the server writes it */
	char step[64];
};

struct symbols {
	uint64_t mode, word, goal, count, hot, buffer, many, never, rounds;
	uint64_t line_1000, line_1000_end, line_100000, line_100000_end;
	double wait;
	bool kill;
};

enum mode {
	MODE_IDLE,
	MODE_STORE,
	MODE_SAME,
	MODE_CALL,
	MODE_LINES,
	MODE_DR,
	MODE_MANY
};

static void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bench-client: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- packets ---- */

static uint8_t byte_in(struct client *c)
{
	if (c->next == c->have) {
		ssize_t n = read(c->fd, c->in, sizeof(c->in));

		if (n <= 0)
			die("the server hung up");
		c->have = (size_t)n;
		c->next = 0;
		c->bytes += (uint64_t)n;
	}
	return c->in[c->next++];
}

static void send_all(struct client *c, const void *data, size_t len)
{
	const uint8_t *p = data;

	c->bytes += len;
	while (len) {
		ssize_t n = write(c->fd, p, len);

		if (n <= 0)
			die("write: %s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
}

static void reply_put(struct client *c, char byte)
{
	if (c->reply_len + 1 >= PACKET_MAX)
		die("a reply that is too long");
	c->reply[c->reply_len++] = byte;
	c->reply[c->reply_len] = '\0';
}

/* One packet into c->reply, unescaped and with its runs expanded. */
static void receive(struct client *c)
{
	uint8_t byte;

	while (byte_in(c) != '$')
		continue;
	c->reply_len = 0;
	c->reply[0] = '\0';
	while ((byte = byte_in(c)) != '#') {
		if (byte == '}') {
			reply_put(c, (char)(byte_in(c) ^ 0x20));
		} else if (byte == '*' && c->reply_len) {
			const char last = c->reply[c->reply_len - 1];

			for (int n = byte_in(c) - 29; n > 0; n--)
				reply_put(c, last);
		} else {
			reply_put(c, (char)byte);
		}
	}
	byte_in(c);
	byte_in(c);
	if (!c->no_ack)
		send_all(c, "+", 1);
}

/* c->packet has LEN bytes of payload after its '$'. */
static void send_framed(struct client *c, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t sum = 0;

	for (size_t i = 1; i <= len; i++)
		sum = (uint8_t)(sum + (uint8_t)c->packet[i]);
	c->packet[0] = '$';
	c->packet[len + 1] = '#';
	c->packet[len + 2] = digits[sum >> 4];
	c->packet[len + 3] = digits[sum & 15];
	c->packets++;
	send_all(c, c->packet, len + 4);
}

static void ask(struct client *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void ask(struct client *c, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(c->packet + 1, PACKET_MAX - 8, format, args);
	va_end(args);
	send_framed(c, (size_t)len);
	receive(c);
}

static void expect_ok(struct client *c, const char *what)
{
	if (strcmp(c->reply, "OK") != 0)
		die("%s: answer \"%.60s\"", what, c->reply);
}

/* A stop, after the texts that may come before it. */
static void expect_stop(struct client *c)
{
	while (c->reply[0] == 'O' && strcmp(c->reply, "OK") != 0)
		receive(c);
	if (c->reply[0] != 'T' && c->reply[0] != 'S')
		die("no stop but \"%.60s\"", c->reply);
}

static void go(struct client *c, const char *action)
{
	ask(c, "%s", action);
	expect_stop(c);
}

static void write_u64(struct client *c, uint64_t addr, uint64_t value)
{
	char hex[17];

	for (unsigned i = 0; i < 8; i++)
		snprintf(hex + 2 * i, 3, "%02x",
			 (unsigned)(value >> (8 * i)) & 0xff);
	ask(c, "M%" PRIx64 ",8:%s", addr, hex);
	expect_ok(c, "M");
}

static uint64_t hex_u64(const char *text)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};

		value |= (uint64_t)strtoul(byte, NULL, 16) << (8 * i);
	}
	return value;
}

static uint64_t read_u64(struct client *c, uint64_t addr)
{
	ask(c, "m%" PRIx64 ",8", addr);
	if (c->reply_len != 16)
		die("m: answer \"%.60s\"", c->reply);
	return hex_u64(c->reply);
}

static void point(struct client *c, char verb, int type, uint64_t addr, int len)
{
	ask(c, "%c%d,%" PRIx64 ",%d", verb, type, addr, len);
	expect_ok(c, "Z or z");
}

/* ---- connecting ---- */

static int connect_once(const char *where)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const int one = 1;
	int fd;

	if (strncmp(where, "unix:", 5) == 0) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", where + 5);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
			return fd;
		close(fd);
		return -1;
	}
	if (strchr(where, ':'))
		in.sin_port = htons((uint16_t)atoi(strchr(where, ':') + 1));
	inet_pton(AF_INET, "127.0.0.1", &in.sin_addr);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&in, sizeof(in))) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* The server may be starting: ask for at most a minute. */
static int connect_to(const char *where)
{
	const double start = now();
	int fd;

	while ((fd = connect_once(where)) < 0) {
		if (now() - start > 60)
			die("%s: %s", where, strerror(errno));
		usleep(500);
	}
	return fd;
}

static void handshake(struct client *c)
{
	const char *size, *thread;

	send_all(c, "+", 1);
	ask(c, "qSupported:swbreak+;hwbreak+;vContSupported+;"
	       "error-message+;binary-upload+");
	size = strstr(c->reply, "PacketSize=");
	c->packet_size = size ? strtoul(size + 11, NULL, 16) : 1024;
	c->conditions = strstr(c->reply, "ConditionalBreakpoints+");
	c->binary = strstr(c->reply, "binary-upload+");
	if (strstr(c->reply, "QStartNoAckMode+")) {
		ask(c, "QStartNoAckMode");
		expect_ok(c, "QStartNoAckMode");
		c->no_ack = true;
	}
	ask(c, "vCont?");
	c->ranges = strstr(c->reply, ";r");
	ask(c, "?");
	expect_stop(c);
	thread = strstr(c->reply, "thread:");
	snprintf(c->thread, sizeof(c->thread), "%.*s",
		 thread ? (int)strcspn(thread + 7, ";") : 1,
		 thread ? thread + 7 : "1");
	snprintf(c->step, sizeof(c->step), "vCont;s:%s", c->thread);
	ask(c, "Hg0");
}

/* ---- the work ---- */

static void work_data(struct client *c, const struct symbols *s, long n)
{
	point(c, 'Z', 2, s->word, 8);
	while (n--)
		go(c, "vCont;c");
	point(c, 'z', 2, s->word, 8);
}

/* A hit that is reported, left as GDB leaves it. */
static void work_break(struct client *c, const struct symbols *s, long n)
{
	point(c, 'Z', 1, s->hot, 1);
	go(c, "vCont;c");
	while (n--) {
		point(c, 'z', 1, s->hot, 1);
		go(c, c->step);
		point(c, 'Z', 1, s->hot, 1);
		go(c, "vCont;c");
	}
	point(c, 'z', 1, s->hot, 1);
}

/* The same by servers that step off it themselves. */
static void work_break_plain(struct client *c, const struct symbols *s, long n)
{
	point(c, 'Z', 1, s->hot, 1);
	while (n--)
		go(c, "vCont;c");
	point(c, 'z', 1, s->hot, 1);
}

static void work_step(struct client *c, const struct symbols *s, long n)
{
	(void)s;
	while (n--)
		go(c, c->step);
}

static void work_step_g(struct client *c, const struct symbols *s, long n)
{
	(void)s;
	while (n--) {
		go(c, c->step);
		ask(c, "g");
	}
}

/* bench_count == goal, in agent expressions (GDB manual, Appendix F). */
static void condition(char *text, size_t size, const struct symbols *s,
		      uint64_t goal)
{
	const unsigned bytes = 1 + 8 + 1 + 1 + 8 + 1 + 1;

	snprintf(text, size, "X%x,25%016" PRIx64 "1a25%016" PRIx64 "1327",
		 bytes, s->count, goal);
}

/* N hits whose condition is false, and then one whose is true. */
static void work_condition(struct client *c, const struct symbols *s, long n)
{
	const uint64_t goal = read_u64(c, s->count) + (uint64_t)n;
	char text[120];

	condition(text, sizeof(text), s, goal);
	if (c->conditions) {
		ask(c, "Z1,%" PRIx64 ",1;%s", s->hot, text);
		expect_ok(c, "Z1 with a condition");
		go(c, "vCont;c");
	} else {
		point(c, 'Z', 1, s->hot, 1);
		go(c, "vCont;c");
		while (read_u64(c, s->count) != goal) {
			point(c, 'z', 1, s->hot, 1);
			go(c, c->step);
			point(c, 'Z', 1, s->hot, 1);
			go(c, "vCont;c");
		}
	}
	if (read_u64(c, s->count) != goal)
		die("the condition was true at another count");
	point(c, 'z', 1, s->hot, 1);
}

/* N stores of the same value: a server that does not filter them stops, and
 * the client looks and goes on, as GDB does. */
static void work_unchanged(struct client *c, const struct symbols *s, long n)
{
	const uint64_t goal = read_u64(c, s->count) + (uint64_t)n;

	write_u64(c, s->word, 1);
	write_u64(c, s->goal, goal);
	point(c, 'Z', 2, s->word, 8);
	point(c, 'Z', 1, s->hot, 1);
	go(c, "vCont;c");
	while (strstr(c->reply, "watch:")) {
		read_u64(c, s->word);
		go(c, "vCont;c");
	}
	if (read_u64(c, s->count) != goal)
		die("stopped at another count");
	point(c, 'z', 1, s->hot, 1);
	point(c, 'z', 2, s->word, 8);
}

/* Over N instructions, at [FROM, TO): one packet where the server can. */
static void range(struct client *c, uint64_t from, uint64_t to, long n)
{
	char action[80];
	double start;

	point(c, 'Z', 1, from, 1);
	go(c, "vCont;c");
	point(c, 'z', 1, from, 1);
	start = now();
	c->packets = c->bytes = 0;
	if (c->ranges) {
		snprintf(action, sizeof(action),
			 "vCont;r%" PRIx64 ",%" PRIx64 ":%s", from, to,
			 c->thread);
		go(c, action);
	} else {
		while (n--)
			go(c, c->step);
	}
	c->seconds = now() - start;
}

static void work_range_1000(struct client *c, const struct symbols *s, long n)
{
	(void)n;
	range(c, s->line_1000, s->line_1000_end, 1000);
}

static void work_range_100000(struct client *c, const struct symbols *s, long n)
{
	(void)n;
	range(c, s->line_100000, s->line_100000_end, 100000);
}

static void work_g(struct client *c, const struct symbols *s, long n)
{
	(void)s;
	while (n--)
		ask(c, "g");
}

static size_t chunk_of(const struct client *c)
{
	return c->binary ? c->packet_size / 2 : (c->packet_size - 16) / 2;
}

static void put_binary(struct client *c, uint64_t addr, const void *data,
		       size_t len)
{
	int head = snprintf(c->packet + 1, 64, "X%" PRIx64 ",%zx:", addr, len);

	memcpy(c->packet + 1 + head, data, len);
	send_framed(c, (size_t)head + len);
	receive(c);
}

#define SAMPLE 4096

/* What does not compress, and needs no escaping. */
static void make_sample(uint8_t *sample)
{
	uint32_t state = 1;

	for (unsigned i = 0; i < SAMPLE; i++) {
		state = state * 1664525 + 1013904223;
		sample[i] = (uint8_t)(0x80 | state >> 24);
	}
}

/* N bytes: the same MiB again and again. */
static void work_read(struct client *c, const struct symbols *s, long n)
{
	const size_t region = 1 << 20, all = (size_t)n;
	const size_t chunk = chunk_of(c) & ~(size_t)63;
	uint8_t sample[SAMPLE];
	char hex[2 * SAMPLE + 1];
	size_t done, at = 0, len;
	double start;

	make_sample(sample);
	for (unsigned i = 0; i < SAMPLE; i++)
		snprintf(hex + 2 * i, 3, "%02x", sample[i]);
	for (done = 0; done < region; done += SAMPLE / 4) {
		ask(c, "M%" PRIx64 ",%x:%.*s", s->buffer + done, SAMPLE / 4,
		    SAMPLE / 2, hex);
		expect_ok(c, "M");
	}
	start = now();
	c->packets = c->bytes = 0;
	for (done = 0; done < all; done += len) {
		len = all - done < chunk ? all - done : chunk;
		if (at + len > region)
			at = 0;
		ask(c, "%c%" PRIx64 ",%zx", c->binary ? 'x' : 'm',
		    s->buffer + at, len);
		if (c->reply_len < len || c->reply[0] == 'E')
			die("reading memory: \"%.40s\"", c->reply);
		at += len;
	}
	c->seconds = now() - start;
}

static void work_write(struct client *c, const struct symbols *s, long n)
{
	const size_t region = 1 << 20, all = (size_t)n;
	uint8_t *data = malloc(c->packet_size);
	char *hex = malloc(2 * c->packet_size + 1);
	size_t chunk = (c->packet_size - 64) & ~(size_t)63, done, at = 0, len;
	bool binary;

	if (!data || !hex)
		die("no memory");
	for (size_t i = 0; i + SAMPLE <= c->packet_size; i += SAMPLE)
		make_sample(data + i);
	for (size_t i = 0; i < c->packet_size; i++)
		snprintf(hex + 2 * i, 3, "%02x", data[i]);
	put_binary(c, s->buffer, data, 0);
	binary = strcmp(c->reply, "OK") == 0;
	if (!binary)
		chunk /= 2;
	for (done = 0; done < all; done += len) {
		len = all - done < chunk ? all - done : chunk;
		if (at + len > region)
			at = 0;
		if (binary)
			put_binary(c, s->buffer + at, data, len);
		else
			ask(c, "M%" PRIx64 ",%zx:%.*s", s->buffer + at, len,
			    (int)(2 * len), hex);
		expect_ok(c, "writing memory");
		at += len;
	}
	free(hex);
	free(data);
}

/* Ctrl-C until the stop, while the guest runs. */
static void work_interrupt(struct client *c, const struct symbols *s, long n)
{
	(void)s;
	while (n--) {
		int len = snprintf(c->packet + 1, 16, "vCont;c");

		send_framed(c, (size_t)len);
		send_all(c, "\x03", 1);
		receive(c);
		expect_stop(c);
	}
}

/* K other breakpoints, on functions that are called in turn, then N hits. */
static void work_many(struct client *c, const struct symbols *s, long n)
{
	const unsigned many = 100;
	double start;

	for (unsigned i = 0; i < many; i++)
		point(c, 'Z', 0, s->many + 2 * i, 1);
	go(c, "vCont;c");
	start = now();
	c->packets = c->bytes = 0;
	while (n--)
		go(c, "vCont;c");
	c->seconds = now() - start;
	for (unsigned i = 0; i < many; i++)
		point(c, 'z', 0, s->many + 2 * i, 1);
}

/* As work_data, with K watches elsewhere. */
static void among(struct client *c, const struct symbols *s, long n, unsigned k)
{
	double start;

	for (unsigned i = 1; i < k; i++)
		point(c, 'Z', 2, s->never + 4 * i, 4);
	point(c, 'Z', 2, s->word, 8);
	go(c, "vCont;c");
	start = now();
	c->packets = c->bytes = 0;
	while (n--)
		go(c, "vCont;c");
	c->seconds = now() - start;
}

/* Hits of one breakpoint among K, which are not reached. */
static void one_of(struct client *c, const struct symbols *s, long n,
		   unsigned k)
{
	double start;

	for (unsigned i = 1; i < k; i++)
		point(c, 'Z', 0, s->many + 2 * i, 1);
	point(c, 'Z', 0, s->hot, 1);
	go(c, "vCont;c");
	start = now();
	c->packets = c->bytes = 0;
	while (n--)
		go(c, "vCont;c");
	c->seconds = now() - start;
}

static void work_one_of_1(struct client *c, const struct symbols *s, long n)
{
	one_of(c, s, n, 1);
}

static void work_one_of_10(struct client *c, const struct symbols *s, long n)
{
	one_of(c, s, n, 10);
}

static void work_one_of_100(struct client *c, const struct symbols *s, long n)
{
	one_of(c, s, n, 100);
}

static void work_one_of_1000(struct client *c, const struct symbols *s, long n)
{
	one_of(c, s, n, 1000);
}

static void work_data_1(struct client *c, const struct symbols *s, long n)
{
	among(c, s, n, 1);
}

static void work_data_10(struct client *c, const struct symbols *s, long n)
{
	among(c, s, n, 10);
}

static void work_data_100(struct client *c, const struct symbols *s, long n)
{
	among(c, s, n, 100);
}

static void work_data_1000(struct client *c, const struct symbols *s, long n)
{
	among(c, s, n, 1000);
}

/* N rounds of work from the start to the machine's end. */
static void run_rounds(struct client *c, const struct symbols *s, long n)
{
	double start;

	write_u64(c, s->rounds, (uint64_t)n);
	start = now();
	ask(c, "vCont;c");
	c->seconds = now() - start;
	if (c->reply[0] != 'W')
		die("the guest did not end: \"%.60s\"", c->reply);
	c->over = true;
}

static void work_run(struct client *c, const struct symbols *s, long n)
{
	run_rounds(c, s, n);
}

static void work_run_watched(struct client *c, const struct symbols *s, long n)
{
	point(c, 'Z', 2, s->never, 8);
	run_rounds(c, s, n);
}

/* The work writes beside this, in the same page. */
static void work_run_beside(struct client *c, const struct symbols *s, long n)
{
	point(c, 'Z', 2, s->word, 8);
	run_rounds(c, s, n);
}

/* Connecting is all. */
static void work_connect(struct client *c, const struct symbols *s, long n)
{
	(void)s;
	(void)n;
	ask(c, "g");
}

static const struct work {
	const char *name;
	enum mode mode;
	void (*run)(struct client *c, const struct symbols *s, long n);
} works[] = {
    {"watch", MODE_STORE, work_data},
    {"watch-of-1", MODE_STORE, work_data_1},
    {"watch-of-10", MODE_STORE, work_data_10},
    {"watch-of-100", MODE_STORE, work_data_100},
    {"watch-of-1000", MODE_STORE, work_data_1000},
    {"unchanged", MODE_SAME, work_unchanged},
    {"hbreak", MODE_CALL, work_break},
    {"hbreak-plain", MODE_CALL, work_break_plain},
    {"condition", MODE_CALL, work_condition},
    {"one-of-1", MODE_CALL, work_one_of_1},
    {"one-of-10", MODE_CALL, work_one_of_10},
    {"one-of-100", MODE_CALL, work_one_of_100},
    {"one-of-1000", MODE_CALL, work_one_of_1000},
    {"break-of-100", MODE_MANY, work_many},
    {"step", MODE_STORE, work_step},
    {"step-g", MODE_STORE, work_step_g},
    {"line-1000", MODE_LINES, work_range_1000},
    {"line-100000", MODE_LINES, work_range_100000},
    {"g", MODE_IDLE, work_g},
    {"read", MODE_IDLE, work_read},
    {"write", MODE_IDLE, work_write},
    {"interrupt", MODE_IDLE, work_interrupt},
    {"connect", MODE_IDLE, work_connect},
    {"run", MODE_IDLE, work_run},
    {"run-watched", MODE_IDLE, work_run_watched},
    {"run-beside", MODE_IDLE, work_run_beside},
    {"run-dr", MODE_DR, work_run},
    {"run-dr-watched", MODE_DR, work_run_watched},
};

static const struct work *find_work(const char *name)
{
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++)
		if (strcmp(works[i].name, name) == 0)
			return &works[i];
	die("no such work: %s", name);
	return NULL;
}

static void take_symbol(struct symbols *s, const char *arg)
{
	const struct {
		const char *name;
		uint64_t *to;
	} table[] = {
	    {"bench_mode=", &s->mode},
	    {"bench_word=", &s->word},
	    {"bench_goal=", &s->goal},
	    {"bench_count=", &s->count},
	    {"bench_hot=", &s->hot},
	    {"bench_buffer=", &s->buffer},
	    {"bench_many=", &s->many},
	    {"bench_never=", &s->never},
	    {"bench_rounds=", &s->rounds},
	    {"bench_1000=", &s->line_1000},
	    {"bench_1000_end=", &s->line_1000_end},
	    {"bench_100000=", &s->line_100000},
	    {"bench_100000_end=", &s->line_100000_end},
	};

	if (strncmp(arg, "WAIT=", 5) == 0)
		s->wait = atof(arg + 5);
	s->kill |= strcmp(arg, "KILL") == 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const size_t len = strlen(table[i].name);

		if (strncmp(arg, table[i].name, len) == 0)
			*table[i].to = strtoull(arg + len, NULL, 16);
	}
}

int main(int argc, char **argv)
{
	struct symbols s = {0};
	struct client c = {.seconds = -1};
	const struct work *work;
	double start, seconds;
	long count;

	if (argc < 4)
		die("usage: HOST:PORT|unix:PATH WORK COUNT NAME=ADDRESS...");
	work = find_work(argv[2]);
	count = atol(argv[3]);
	for (int i = 4; i < argc; i++)
		take_symbol(&s, argv[i]);
	c.reply = malloc(PACKET_MAX);
	c.packet = malloc(PACKET_MAX);
	if (!c.reply || !c.packet)
		die("no memory");

	c.fd = connect_to(argv[1]);
	if (s.wait > 0) {
		close(c.fd);
		usleep((useconds_t)(s.wait * 1e6));
		c.fd = connect_to(argv[1]);
	}
	start = now();
	handshake(&c);
	if (work->run != work_connect) {
		write_u64(&c, s.mode, (uint64_t)work->mode);
		c.packets = c.bytes = 0;
		start = now();
	}
	work->run(&c, &s, count);
	seconds = c.seconds >= 0 ? c.seconds : now() - start;
	printf("%s %ld %.9f %" PRIu64 " %" PRIu64 "\n", work->name, count,
	       seconds, c.packets, c.bytes);
	if (c.over)
		return 0;
	if (s.kill)
		send_framed(&c, (size_t)snprintf(c.packet + 1, 16, "k"));
	else
		ask(&c, "D");
	return 0;
}
/* NOLINTEND(*) */
