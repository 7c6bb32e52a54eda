// SPDX-License-Identifier: MIT
/*
 * replay TRANSCRIPT: play a session with the fake target, byte for byte.
 * replay --seed TRANSCRIPT FILE: write the client's side as a seed for
 * tests/fuzz/fuzz_session.c instead.
 *
 * A transcript has one item a line; blank lines and those that begin with '#'
 * do not count.
 *   > BYTES     the client sends
 *   < BYTES     exactly this comes back; successive lines are one text
 *   <~ BYTES    this comes back, and any more that does
 *   @ run N     the vCPUs execute up to N instructions; the session is polled
 *               if they stop
 *   @ stop VCPU REASON [ADDR]   they stop, for a reason by name; ADDR is the
 *                               code, too
 *   @ exit CODE                 the machine ends
 *   @ state VCPU running|halted|sipi
 *   @ missing NUMBER            this enum kvmgdb_reg cannot be had
 *   @ noreset                   the machine cannot be started again
 *   @ rwatch no                 Z3 is not possible
 *   @ target standing|running   a new machine, and a client
 *   @ client                    another client
 *   @ arch x86-64|i386|i8086|auto   another client, told of this CPU
 *   @ execfile PATH             another client, told of this file
 *   @ mode real|prot32|long64   the vCPUs are in this mode
 *   @ console TEXT              the program has something to say
 *   @ expect open|detached|killed|ending|exited|broken [BREAKPOINTS]
 * In BYTES, \xNN is a byte and \\ a backslash.
 */
#include "fake_target.h"

#include <gdbproto/session.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_ 65536

struct player {
	struct fake_target fake;
	struct gdb_session *session;
	struct gdb_session_config config;
	const char *path;
	unsigned line;
	FILE *seed; /* NULL: play */
	unsigned checks;
};

__attribute__((noreturn)) static void
fail(const struct player *p, const char *what, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	fprintf(stderr, "%s:%u: %s", p->path, p->line, what);
	for (size_t i = 0; i < len; i++)
		fprintf(stderr, b[i] < ' ' || b[i] > '~' ? "\\x%02x" : "%c",
			b[i]);
	fputc('\n', stderr);
	exit(1);
}

/* Undo the backslashes, in place. */
static size_t unquote(const struct player *p, char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		char digits[3] = {0};

		if (*from != '\\') {
			*to++ = *from++;
		} else if (from[1] == '\\') {
			*to++ = '\\';
			from += 2;
		} else if (from[1] == 'x' && from[2] && from[3]) {
			memcpy(digits, from + 2, 2);
			*to++ = (char)strtoul(digits, NULL, 16);
			from += 4;
		} else {
			fail(p, "bad escape", NULL, 0);
		}
	}
	return (size_t)(to - text);
}

/* The session must have nothing more to send. */
static void assert_silent(const struct player *p)
{
	const uint8_t *data;
	size_t len = gdb_session_output(p->session, &data);

	if (len)
		fail(p, "before this line came more: ", data, len);
}

static void expect(struct player *p, const char *bytes, size_t want, bool more)
{
	const uint8_t *data;
	size_t len = gdb_session_output(p->session, &data);

	if (len < want || memcmp(data, bytes, want) != 0)
		fail(p, "came: ", data, len);
	gdb_session_sent(p->session, more ? len : want);
	p->checks++;
}

static void send_bytes(struct player *p, const char *bytes, size_t len)
{
	if (p->seed) {
		for (size_t i = 0; i < len; i++) {
			fputc(bytes[i], p->seed);
			if (!bytes[i])
				fputc(0, p->seed);
		}
		return;
	}
	if (gdb_session_feed(p->session, bytes, len))
		fail(p, "feed failed", NULL, 0);
}

static void begin(struct player *p, bool new_target, bool running)
{
	gdb_session_free(p->session);
	if (new_target) {
		fake_free(&p->fake);
		fake_init(&p->fake);
		p->fake.running = running;
	}
	p->session = gdb_session_new(&fake_ops, &p->fake, &p->config);
	if (!p->session)
		errx(1, "no memory");
}

static void stopped(struct player *p)
{
	if (gdb_session_poll(p->session))
		fail(p, "poll failed", NULL, 0);
}

static void stop(struct player *p, unsigned vcpu, const char *reason,
		 uint64_t addr)
{
	static const struct {
		const char *name;
		enum kvmgdb_stop_reason reason;
	} reasons[] = {{"interrupt", KVMGDB_STOP_INTERRUPT},
		       {"step", KVMGDB_STOP_STEP},
		       {"swbreak", KVMGDB_STOP_SWBREAK},
		       {"hwbreak", KVMGDB_STOP_HWBREAK},
		       {"watch", KVMGDB_STOP_WRITE},
		       {"rwatch", KVMGDB_STOP_READ},
		       {"awatch", KVMGDB_STOP_ACCESS},
		       {"shutdown", KVMGDB_STOP_SHUTDOWN},
		       {"reset", KVMGDB_STOP_RESET},
		       {"error", KVMGDB_STOP_ERROR}};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reason, reasons[i].name) != 0)
			continue;
		fake_stop(&p->fake,
			  (struct kvmgdb_stop){.vcpu = vcpu,
					       .reason = reasons[i].reason,
					       .addr = addr,
					       .code = (int)addr});
		stopped(p);
		return;
	}
	fail(p, "unknown reason", NULL, 0);
}

static void expect_end(struct player *p, const char *name, const char *count)
{
	static const char *const names[] = {[GDB_SESSION_OPEN] = "open",
					    [GDB_SESSION_DETACHED] = "detached",
					    [GDB_SESSION_KILLED] = "killed",
					    [GDB_SESSION_ENDING] = "ending",
					    [GDB_SESSION_EXITED] = "exited",
					    [GDB_SESSION_BROKEN] = "broken"};
	const char *end = names[gdb_session_end(p->session)];

	if (strcmp(end, name) != 0)
		fail(p, "the session is ", end, strlen(end));
	if (count && fake_bp_count(&p->fake) != strtoul(count, NULL, 10))
		fail(p, "another number of breakpoints", NULL, 0);
	p->checks++;
}

static void set_state(struct player *p, unsigned vcpu, const char *name)
{
	p->fake.vcpu[vcpu % FAKE_VCPUS].state =
	    !strcmp(name, "halted") ? KVMGDB_VCPU_HALTED
	    : !strcmp(name, "sipi") ? KVMGDB_VCPU_WAIT_SIPI
				    : KVMGDB_VCPU_RUNNABLE;
}

static void direct(struct player *p, char *text)
{
	char *save = NULL;
	const char *word = strtok_r(text, " ", &save);
	const char *a = strtok_r(NULL, " ", &save);
	const char *b = strtok_r(NULL, " ", &save);
	const char *c = strtok_r(NULL, " ", &save);
	unsigned number = a ? (unsigned)strtoul(a, NULL, 0) : 0;

	if (p->seed) {
		if (word && !strcmp(word, "run"))
			fwrite("\0\1", 2, 1, p->seed);
		return;
	}
	if (!word)
		fail(p, "no word", NULL, 0);
	else if (!strcmp(word, "run")) {
		if (fake_run(&p->fake, number) || p->fake.text_len)
			stopped(p);
	} else if (!strcmp(word, "stop") && b)
		stop(p, number, b, c ? strtoull(c, NULL, 0) : 0);
	else if (!strcmp(word, "exit")) {
		fake_stop(&p->fake,
			  (struct kvmgdb_stop){.reason = KVMGDB_STOP_EXITED,
					       .code = (int)number});
		stopped(p);
	} else if (!strcmp(word, "state") && b)
		set_state(p, number, b);
	else if (!strcmp(word, "missing"))
		p->fake.missing = (enum kvmgdb_reg)number;
	else if (!strcmp(word, "rwatch"))
		p->fake.no_read_watch = true;
	else if (!strcmp(word, "noreset"))
		p->fake.no_reset = true;
	else if (!strcmp(word, "target") && a)
		begin(p, true, !strcmp(a, "running"));
	else if (!strcmp(word, "client"))
		begin(p, false, false);
	else if (!strcmp(word, "arch") && a) {
		p->config.arch = !strcmp(a, "auto")    ? GDB_ARCH_AUTO
				 : !strcmp(a, "i8086") ? GDB_ARCH_I8086
				 : !strcmp(a, "i386")  ? GDB_ARCH_I386
						       : GDB_ARCH_X86_64;
		begin(p, false, false);
	} else if (!strcmp(word, "execfile")) {
		p->config.exec_file = "/guests/x.elf";
		begin(p, false, false);
	} else if (!strcmp(word, "mode") && a)
		p->fake.mode = !strcmp(a, "real")     ? KVMGDB_MODE_REAL
			       : !strcmp(a, "prot32") ? KVMGDB_MODE_PROT32
						      : KVMGDB_MODE_LONG64;
	else if (!strcmp(word, "console") && a) {
		if (gdb_session_console(p->session, a))
			fail(p, "no console now", NULL, 0);
	} else if (!strcmp(word, "expect") && a)
		expect_end(p, a, b);
	else
		fail(p, "unknown word", NULL, 0);
}

static void play_line(struct player *p, char *line)
{
	size_t len = strcspn(line, "\n");
	bool more = !strncmp(line, "<~ ", 3);

	line[len] = '\0';
	if (!len || line[0] == '#')
		return;
	if (line[0] == '<' && (more || line[1] == ' ')) {
		char *bytes = line + (more ? 3 : 2);

		if (!p->seed)
			expect(p, bytes, unquote(p, bytes), more);
		return;
	}
	assert_silent(p);
	if (line[0] == '>' && line[1] == ' ')
		send_bytes(p, line + 2, unquote(p, line + 2));
	else if (line[0] == '@' && line[1] == ' ')
		direct(p, line + 2);
	else
		fail(p, "not an item", NULL, 0);
}

int main(int argc, char **argv)
{
	static struct player p;
	static char line[LINE_MAX_];
	bool seed = argc == 4 && !strcmp(argv[1], "--seed");
	FILE *file;

	if (argc != 2 && !seed)
		errx(2, "usage: replay [--seed] TRANSCRIPT [FILE]");
	p.path = argv[seed ? 2 : 1];
	file = fopen(p.path, "r");
	if (!file)
		err(1, "%s", p.path);
	if (seed && !(p.seed = fopen(argv[3], "w")))
		err(1, "%s", argv[3]);
	begin(&p, true, false);
	while (fgets(line, sizeof(line), file)) {
		p.line++;
		play_line(&p, line);
	}
	assert_silent(&p);
	if (!seed && !p.checks)
		fail(&p, "nothing was checked", NULL, 0);
	gdb_session_free(p.session);
	fake_free(&p.fake);
	fclose(file);
	if (p.seed && fclose(p.seed))
		err(1, "%s", argv[3]);
	return 0;
}
