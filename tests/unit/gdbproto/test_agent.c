// SPDX-License-Identifier: MIT
/* Agent expressions: every opcode, what is refused, what ends an evaluation. */
#include "test.h"

#include <gdbproto/agent.h>
#include <gdbproto/agentfilter.h>
#include <gdbproto/agentprintf.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

#define GUEST_ADDR 0x10000u

struct guest {
	uint8_t ram[64];
	char printed[8192];
	size_t len;
	unsigned prints;
};

static struct guest guest;

static ssize_t reg_read(void *self, enum kvmgdb_reg reg, void *buf)
{
	size_t size = kvmgdb_reg_size(reg);

	(void)self;
	if (reg == KVMGDB_REG_CR8)
		return -ENODATA;
	memset(buf, 0, size);
	((uint8_t *)buf)[0] = (uint8_t)reg;
	((uint8_t *)buf)[size - 1] = 0x80;
	return (ssize_t)size;
}

static ssize_t mem_read(void *self, uint64_t gva, void *buf, size_t len)
{
	struct guest *g = self;
	uint64_t at = gva - GUEST_ADDR;

	if (at >= sizeof(g->ram))
		return -EFAULT;
	if (len > sizeof(g->ram) - at)
		len = sizeof(g->ram) - at;
	memcpy(buf, g->ram + at, len);
	return (ssize_t)len;
}

static void print(void *self, const char *text, size_t len)
{
	struct guest *g = self;

	assert_true(len < sizeof(g->printed) - g->len);
	memcpy(g->printed + g->len, text, len);
	g->len += len;
	g->printed[g->len] = '\0';
	g->prints++;
}

static const struct kvmgdb_filter_ctx ctx = {&guest, reg_read, mem_read, print};

static int setup(void **state)
{
	(void)state;
	memset(&guest, 0, sizeof(guest));
	for (unsigned i = 0; i < sizeof(guest.ram); i++)
		guest.ram[i] = (uint8_t)(0x81 + i);
	return 0;
}

/* "22 05 27" */
static size_t bytes_of(const char *hex, uint8_t *out)
{
	size_t n = 0;
	char *end;

	while (*hex) {
		out[n++] = (uint8_t)strtoul(hex, &end, 16);
		hex = end + strspn(end, " ");
	}
	return n;
}

struct result {
	bool accepted, ok;
	uint64_t value;
	char text[160]; /* why not */
};

static struct result run_as(enum tdesc_arch arch, const char *hex,
			    struct agent_vars *vars)
{
	struct agent_run run = {
	    .ctx = &ctx, .vars = vars, .budget = AGENT_BUDGET};
	struct kvmgdb_reason why = {""};
	struct agent_expr *expr = NULL;
	struct result r = {.accepted = false};
	uint8_t bytes[1024];
	size_t len = bytes_of(hex, bytes);

	r.accepted = !agent_new(bytes, len, arch, &expr, &why);
	snprintf(r.text, sizeof(r.text), "%s", why.text);
	if (!r.accepted) {
		assert_true(why.text[0]);
		return r;
	}
	r.ok = agent_eval(expr, &run, &r.value);
	if (!r.ok)
		snprintf(r.text, sizeof(r.text), "%s", run.error);
	agent_free(expr);
	return r;
}

static struct result run_with(const char *hex, struct agent_vars *vars)
{
	return run_as(TDESC_X86_64, hex, vars);
}

static void gives_as(enum tdesc_arch arch, const char *hex, uint64_t value)
{
	struct result r = run_as(arch, hex, NULL);

	if (!r.accepted || !r.ok || r.value != value)
		fail_msg("%s: %s, %llx instead of %llx", hex, r.text,
			 (unsigned long long)r.value,
			 (unsigned long long)value);
}

static void gives(const char *hex, uint64_t value)
{
	struct result r = run_with(hex, NULL);

	if (!r.accepted || !r.ok || r.value != value)
		fail_msg("%s: %s, %llx instead of %llx", hex, r.text,
			 (unsigned long long)r.value,
			 (unsigned long long)value);
}

static void fails(const char *hex, const char *why)
{
	struct result r = run_with(hex, NULL);

	if (!r.accepted || r.ok || strcmp(r.text, why) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", hex,
			 r.ok ? "a value" : r.text, why);
}

static void refused(const char *hex, const char *why)
{
	struct result r = run_with(hex, NULL);

	if (r.accepted || strcmp(r.text, why) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", hex,
			 r.accepted ? "accepted" : r.text, why);
}

/* const64 of each, the operation. */
static void two(uint64_t a, uint64_t b, unsigned op, uint64_t value)
{
	char hex[128];
	size_t n = 0;

	for (unsigned which = 0; which < 2; which++) {
		n += (size_t)snprintf(hex + n, sizeof(hex) - n, "25 ");
		for (unsigned i = 8; i-- > 0;)
			n += (size_t)snprintf(
			    hex + n, sizeof(hex) - n, "%02x ",
			    (unsigned)((which ? b : a) >> 8 * i & 0xff));
	}
	snprintf(hex + n, sizeof(hex) - n, "%02x 27", op);
	gives(hex, value);
}

#define MIN64  (UINT64_C(1) << 63)
#define NEG(n) (UINT64_C(0) - (n))

static void test_arithmetic(void **state)
{
	(void)state;
	two(7, 5, 0x02, 12);
	two(UINT64_MAX, 2, 0x02, 1);
	two(7, 5, 0x03, 2);
	two(5, 7, 0x03, NEG(2));
	two(NEG(3), 5, 0x04, NEG(15));
	two(NEG(7), 2, 0x05, NEG(3));
	two(7, NEG(2), 0x05, NEG(3));
	two(NEG(7), NEG(2), 0x05, 3);
	two(MIN64, NEG(1), 0x05, MIN64);
	two(NEG(7), 2, 0x06, MIN64 - 4);
	two(NEG(7), 2, 0x07, NEG(1));
	two(7, NEG(2), 0x07, 1);
	two(MIN64, NEG(1), 0x07, 0);
	two(NEG(7), 4, 0x08, 1);
	two(5, 3, 0x0f, 1);
	two(5, 3, 0x10, 7);
	two(5, 3, 0x11, 6);
	for (unsigned op = 5; op <= 8; op++) {
		char hex[32];

		snprintf(hex, sizeof(hex), "22 01 22 00 %02x 27", op);
		fails(hex, "division by zero");
	}
}

static void test_shifts(void **state)
{
	(void)state;
	two(3, 4, 0x09, 0x30);
	two(1, 63, 0x09, MIN64);
	two(1, 64, 0x09, 0);
	two(1, NEG(1), 0x09, 0);
	two(NEG(8), 1, 0x0a, NEG(4));
	two(NEG(8), 0, 0x0a, NEG(8));
	two(NEG(8), 64, 0x0a, UINT64_MAX);
	two(8, 64, 0x0a, 0);
	two(8, 2, 0x0a, 2);
	two(MIN64, 63, 0x0b, 1);
	two(MIN64, 64, 0x0b, 0);
	two(8, 0, 0x0b, 8);
}

static void test_compare(void **state)
{
	(void)state;
	two(5, 5, 0x13, 1);
	two(5, 5 + (UINT64_C(1) << 32), 0x13, 0);
	two(NEG(1), 1, 0x14, 1);
	two(1, NEG(1), 0x14, 0);
	two(1, 1, 0x14, 0);
	two(NEG(1), 1, 0x15, 0);
	two(1, NEG(1), 0x15, 1);
	two(1, 1, 0x15, 0);
	gives("22 00 0e 27", 1);
	gives("22 07 0e 27", 0);
	gives("22 00 12 27", UINT64_MAX);
}

static void test_extend(void **state)
{
	(void)state;
	gives("22 ff 16 08 27", UINT64_MAX);
	gives("22 7f 16 08 27", 0x7f);
	gives("23 01 80 16 08 27", NEG(0x80));
	gives("22 01 16 01 27", UINT64_MAX);
	gives("22 01 16 40 27", 1);
	gives("23 ff ff 2a 08 27", 0xff);
	gives("22 ff 16 08 2a 40 27", UINT64_MAX);
	gives("22 ff 16 08 2a 01 27", 1);
	refused("22 ff 16 00 27", "an extension from 0 bits");
	refused("22 ff 16 41 27", "an extension from 65 bits");
	refused("22 ff 2a 00 27", "an extension from 0 bits");
	refused("22 ff 2a 80 27", "an extension from 128 bits");
}

static void test_constants(void **state)
{
	(void)state;
	gives("22 fe 27", 0xfe);
	gives("23 fe dc 27", 0xfedc);
	gives("24 fe dc ba 98 27", 0xfedcba98);
	gives("25 fe dc ba 98 76 54 32 10 27", UINT64_C(0xfedcba9876543210));
	gives("27", 0);
}

static void test_memory(void **state)
{
	(void)state;
	gives("24 00 01 00 00 17 27", 0x81);
	gives("24 00 01 00 00 18 27", 0x8281);
	gives("24 00 01 00 00 19 27", 0x84838281);
	gives("24 00 01 00 00 1a 27", UINT64_C(0x8887868584838281));
	gives("24 00 01 00 3f 17 27", 0xc0);
	fails("24 00 01 00 3f 18 27", "memory at 0x1003f cannot be read");
	fails("24 00 01 00 40 17 27", "memory at 0x10040 cannot be read");
	fails("22 00 1a 27", "memory at 0x0 cannot be read");
}

/* Four bytes of the seam's eight; i8086: a linear EIP, 32-bit addresses. */
static void test_registers_of_32_bits(void **state)
{
	(void)state;
	/* EAX, ECX, EIP */
	gives_as(TDESC_I386, "26 00 00 27", KVMGDB_REG_RAX);
	gives_as(TDESC_I386, "26 00 01 27", KVMGDB_REG_RCX);
	gives_as(TDESC_I386, "26 00 08 27", KVMGDB_REG_RIP);
	gives_as(TDESC_I8086, "26 00 00 27", KVMGDB_REG_RAX);
	gives_as(TDESC_I8086, "26 00 08 27",
		 KVMGDB_REG_RIP + KVMGDB_REG_CS_BASE);
	/* one byte at 1'0000'0000 + GUEST_ADDR */
	gives_as(TDESC_I386, "25 00 00 00 01 00 01 00 00 17 27", 0x81);
	fails("25 00 00 00 01 00 01 00 00 17 27",
	      "memory at 0x100010000 cannot be read");
	assert_false(run_as(TDESC_I386, "26 10 00 27", NULL).accepted);
}

static void test_registers(void **state)
{
	(void)state;
	/* the numbers of the description: RBX, EFLAGS (32 bits), CR3 */
	gives("26 00 01 27", MIN64 | KVMGDB_REG_RBX);
	gives("26 00 11 27", 0x80000000 | KVMGDB_REG_EFLAGS);
	gives("26 00 3e 27", MIN64 | KVMGDB_REG_CR3);
	fails("26 00 40 27", "a register cannot be read");
	refused("26 00 18 27", "register 24 does not fit 64 bits"); /* st0 */
	refused("26 00 28 27", "register 40 does not fit 64 bits"); /* xmm0 */
	refused("26 10 00 27", "there is no register 4096");
}

static void test_stack(void **state)
{
	(void)state;
	gives("22 01 22 02 28 02 27", 4);      /* dup */
	gives("22 01 22 02 29 27", 1);         /* pop */
	gives("22 05 22 02 2b 03 27", NEG(3)); /* swap */
	gives("22 07 22 08 22 09 32 00 27", 9);
	gives("22 07 22 08 22 09 32 02 27", 7);
	/* a b c => c a b */
	gives("22 01 22 02 22 03 33 27", 2);
	gives("22 01 22 02 22 03 33 29 27", 1);
	gives("22 01 22 02 22 03 33 29 29 27", 3);
	fails("02 27", "its stack is empty");
	fails("22 01 02 27", "its stack is empty");
	fails("0e 27", "its stack is empty");
	fails("28 27", "its stack is empty");
	fails("29 27", "its stack is empty");
	fails("22 01 2b 27", "its stack is empty");
	fails("22 01 22 01 33 27", "its stack is empty");
	fails("22 01 32 01 27", "its stack is empty");
	fails("17 27", "its stack is empty");
	fails("20 00 03 27", "its stack is empty");
	fails("22 01 21 00 00", "its stack is full");
}

static void test_jumps(void **state)
{
	(void)state;
	/* 0: goto 6; 3: const8 1, end; 6: const8 2, end */
	gives("21 00 06 22 01 27 22 02 27", 2);
	gives("22 01 20 00 08 22 01 27 22 02 27", 2);
	gives("22 00 20 00 08 22 01 27 22 02 27", 1);
	/* x = 10; while (x) x--; */
	gives("22 0a 28 0e 20 00 0d 22 01 03 21 00 02 27", 0);
	fails("21 00 00", "it takes too long");
	refused("21 00 04 27", "a jump to 4, where no instruction begins");
	refused("21 ff ff 27", "a jump to 65535, where no instruction begins");
	refused("20 00 02 27", "a jump to 2, where no instruction begins");
	/* the bytes of an operand are none */
	refused("21 00 04 22 27 27",
		"a jump to 4, where no instruction begins");
}

static void test_trace(void **state)
{
	struct agent_vars *vars = agent_vars_new();
	struct result r;

	(void)state;
	gives("22 05 22 01 22 02 0c 27", 5); /* trace: address, size */
	gives("22 05 22 01 22 02 2f 27", 5); /* tracenz */
	gives("22 05 0d 08 27", 5);          /* trace_quick */
	gives("22 05 30 01 00 27", 5);       /* trace16 */
	gives("22 05 2e 00 01 27", 5);       /* tracev */
	fails("22 01 0c 27", "its stack is empty");
	fails("0d 08 27", "its stack is empty");

	gives("2c 00 07 27", 0);
	fails("22 09 2d 00 07 27", "too many trace state variables");
	fails("2d 00 07 27", "its stack is empty");
	r = run_with("22 09 2d 00 07 27", vars);
	assert_true(r.ok && r.value == 9);
	r = run_with("2c 00 08 27", vars);
	assert_true(r.ok && r.value == 0);
	/* what an expression has set the next one reads */
	r = run_with("2c 00 07 22 01 02 2d 00 07 27", vars);
	assert_true(r.ok && r.value == 10);
	agent_vars_drop(agent_vars_hold(vars));
	r = run_with("2c 00 07 27", vars);
	assert_true(r.ok && r.value == 10);
	agent_vars_drop(vars);
}

static void test_refused(void **state)
{
	static const unsigned none[] = {0x00, 0x01, 0x1b, 0x1c, 0x1d, 0x1e,
					0x1f, 0x31, 0x35, 0x80, 0xff};
	/* each with as many bytes as it needs, less one */
	static const char *const cut[] = {
	    "0d",    "16",       "20 00",
	    "21 00", "22",       "23",
	    "23 00", "24 00 00", "25 00 00 00 00 00 00 00",
	    "26 00", "2a",       "2c 00",
	    "2d 00", "2e 00",    "30 00",
	    "32",    "34 00",    "34 00 00"};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		char hex[32], why[64];

		snprintf(hex, sizeof(hex), "22 01 %02x 27", none[i]);
		snprintf(why, sizeof(why),
			 "opcode 0x%02x at 2 is not supported", none[i]);
		refused(hex, why);
	}
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++)
		refused(cut[i], "the instruction at 0 is cut short");
	refused("", "an empty expression");
	refused("22 01", "the expression has no end");
	refused("27 22 01", "the expression has no end");
}

/* ---- printf ---- */

/* const64 of the arguments, the last first; then 0, 0, printf. */
static struct result print_with(const char *format, const uint64_t *args,
				unsigned count)
{
	char hex[2048];
	size_t n = 0, len = strlen(format) + 1;

	guest.len = 0;
	guest.printed[0] = '\0';
	for (unsigned a = count; a-- > 0;) {
		n += (size_t)snprintf(hex + n, sizeof(hex) - n, "25 ");
		for (unsigned i = 8; i-- > 0;)
			n += (size_t)snprintf(
			    hex + n, sizeof(hex) - n, "%02x ",
			    (unsigned)(args[a] >> 8 * i & 0xff));
	}
	n += (size_t)snprintf(hex + n, sizeof(hex) - n,
			      "22 00 22 00 34 %02x %02x %02x ", count,
			      (unsigned)(len >> 8), (unsigned)len & 0xff);
	for (size_t i = 0; i < len; i++)
		n += (size_t)snprintf(hex + n, sizeof(hex) - n, "%02x ",
				      (unsigned)(uint8_t)format[i]);
	snprintf(hex + n, sizeof(hex) - n, "27");
	return run_with(hex, NULL);
}

static void prints(const char *format, uint64_t arg, const char *text)
{
	unsigned count = 0;
	struct result r;

	for (const char *p = format; *p; p++)
		if (*p == '%' && *++p != '%')
			count++;
	r = print_with(format, (const uint64_t[]){arg, 2, 3}, count);
	if (!r.accepted || !r.ok || strcmp(guest.printed, text) != 0)
		fail_msg("\"%s\": %s \"%s\" instead of \"%s\"", format, r.text,
			 guest.printed, text);
}

static void test_printf(void **state)
{
	(void)state;
	prints("hello\\n", 0, "hello\n");
	prints("%d", NEG(1), "-1");
	prints("%d", UINT64_C(0x100000001), "1");
	prints("%i|", 0x80000000, "-2147483648|");
	prints("%u", NEG(1), "4294967295");
	prints("%x %X", 0xabcdef12345, "def12345 2");
	prints("%lx", 0xabcdef12345, "abcdef12345");
	prints("%llX", 0xabcdef12345, "ABCDEF12345");
	prints("%ld", NEG(5), "-5");
	prints("%hd", 0x18000, "-32768");
	prints("%hhu", 0x1ff, "255");
	prints("%zu %jd %td", 5, "5 2 3");
	prints("%o", 8, "10");
	prints("%#x", 255, "0xff");
	prints("%08.3lx|", 10, "     00a|");
	prints("%-6d|%+d|% d", 12, "12    |+2| 3");
	prints("%c%c", 'A', "A\x02");
	prints("%5c|", 'A', "    A|");
	prints("[%c]", 0, "[]");
	prints("%p", 0x1234, "0x1234");
	prints("%10p|", 0x1234, "    0x1234|");
	prints("%p", 0, "(nil)");
	prints("100%% %d", 1, "100% 1");
	prints("\\a\\b\\e\\f\\n\\r\\t\\v\\\\\\\"\\'\\?\\101\\0\\1773", 0,
	       "\a\b\033\f\n\r\t\v\\\"'?A\1773");
	prints("%d %d %d", 1, "1 2 3");
}

static void test_printf_strings(void **state)
{
	char big[AGENT_STRING_MAX + 64];

	(void)state;
	memcpy(guest.ram + 8, "guest\0x", 8);
	prints("<%s>", GUEST_ADDR + 8, "<guest>");
	prints("%.3s", GUEST_ADDR + 8, "gue");
	prints("%.0s|", GUEST_ADDR + 8, "|");
	prints("%-8s|", GUEST_ADDR + 8, "guest   |");
	prints("%s!", 0x40, "<memory at 0x40 cannot be read>!");
	/* up to the end of what is mapped */
	memset(guest.ram, 'z', sizeof(guest.ram));
	prints("%s", GUEST_ADDR + sizeof(guest.ram) - 3, "zzz");
	memset(big, 'z', sizeof(guest.ram));
	big[sizeof(guest.ram)] = '\0';
	prints("%s", GUEST_ADDR, big);
	/* all of it is bounded */
	print_with("%999d%999d%999d", (const uint64_t[]){1, 2, 3}, 3);
	assert_int_equal(guest.len, AGENT_PRINTF_MAX);
	assert_int_equal(guest.prints, 8);
}

static void test_printf_refused(void **state)
{
	static const char *const bad[] = {
	    "%",   "%f",  "%e",  "%n",   "%*d",      "%.*d",
	    "%ls", "%hc", "%Lf", "%q",   "%1000d",   "%.1000d",
	    "%lp", "%l",  "%$d", "%1$d", "%------d", "%000000000000000d"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct result r =
		    print_with(bad[i], (const uint64_t[]){1, 2}, 1);

		if (r.accepted || !strstr(r.text, "a conversion that is not"))
			fail_msg("\"%s\": %s", bad[i], r.text);
	}
	assert_false(print_with("%d", NULL, 0).accepted);
	assert_false(print_with("%d", (const uint64_t[]){1, 2}, 2).accepted);
	assert_false(print_with("\\x41", NULL, 0).accepted);
	assert_false(print_with("\\", NULL, 0).accepted);
	assert_false(print_with("\\400", NULL, 0).accepted);
	refused("22 00 22 00 34 00 00 00 27",
		"the format at 4: it is no string");
	refused("22 00 22 00 34 00 00 01 41 27",
		"the format at 4: it is no string");
	refused("22 00 22 00 34 00 00 03 41 00 00 27",
		"the format at 4: it is no string");
	refused("22 00 22 00 34 00 00 03 41 00",
		"the format at 4 is cut short");
	fails("22 00 34 00 00 01 00 27", "its stack is empty");
}

/* ---- filters ---- */

static const struct kvmgdb_hit hit = {.addr = 0x7010, .len = 1, .at = 0x7010};

/* What follows "Z0,7010,1". */
static struct kvmgdb_filter *parse(const char *tail)
{
	struct hex_in in = {(const uint8_t *)tail,
			    (const uint8_t *)tail + strlen(tail)};
	struct kvmgdb_reason why = {""};
	struct kvmgdb_filter *f = NULL;
	int error = agent_filter_parse(in, TDESC_X86_64, NULL, &f, &why);

	if (error) {
		assert_int_equal(error, -EINVAL);
		assert_true(why.text[0]);
		assert_null(f);
	}
	return f;
}

static void decides(const char *tail, enum kvmgdb_verdict verdict,
		    const char *printed)
{
	struct kvmgdb_filter *f = parse(tail);

	if (!f)
		fail_msg("%s is refused", tail);
	guest.len = 0;
	guest.printed[0] = '\0';
	if (f->decide(f, &ctx, &hit) != verdict)
		fail_msg("%s: the other verdict", tail);
	assert_string_equal(guest.printed, printed);
	f->release(f);
}

static void test_filter(void **state)
{
	(void)state;
	assert_null(parse(""));
	decides(";X3,220127", KVMGDB_VERDICT_STOP, "");
	decides(";X3,220027", KVMGDB_VERDICT_RUN_ON, "");
	/* a list is ORed */
	decides(";X3,220027X3,220027X3,220127", KVMGDB_VERDICT_STOP, "");
	decides(";X3,220027X3,220027", KVMGDB_VERDICT_RUN_ON, "");
	/* commands: printed, and no stop; only if a condition is true */
	decides(";cmds:1,Xc,220022003400000348690027", KVMGDB_VERDICT_RUN_ON,
		"Hi");
	decides(";X3,220127;cmds:0,Xc,220022003400000348690027",
		KVMGDB_VERDICT_RUN_ON, "Hi");
	decides(";X3,220027;cmds:0,Xc,220022003400000348690027",
		KVMGDB_VERDICT_RUN_ON, "");
	decides(";cmds:0,Xc,220022003400000348690027"
		"Xc,220022003400000348210027",
		KVMGDB_VERDICT_RUN_ON, "HiH!");
}

/* An error stops and says why; what comes behind it is not looked at. */
static void test_filter_errors(void **state)
{
	(void)state;
	decides(";X6,220122000527X3,220027", KVMGDB_VERDICT_STOP,
		"kvmgdb: the condition at 0x7010 cannot be evaluated: "
		"division by zero\n");
	decides(";X3,220127X6,220122000527", KVMGDB_VERDICT_STOP, "");
	decides(";X4,22001727;cmds:0,Xc,220022003400000348690027",
		KVMGDB_VERDICT_STOP,
		"kvmgdb: the condition at 0x7010 cannot be evaluated: "
		"memory at 0x0 cannot be read\n");
	decides(";cmds:0,X4,22001727Xc,220022003400000348690027",
		KVMGDB_VERDICT_STOP,
		"kvmgdb: the command at 0x7010 cannot be evaluated: "
		"memory at 0x0 cannot be read\n");
	/* the budget is that of all of them */
	decides(";X3,210000", KVMGDB_VERDICT_STOP,
		"kvmgdb: the condition at 0x7010 cannot be evaluated: "
		"it takes too long\n");
}

static void test_filter_refused(void **state)
{
	static const char *const bad[] = {";",
					  ";X",
					  ";X3",
					  ";X3,",
					  ";X3,2201",
					  ";X3,22012",
					  ";X3,22012g",
					  ";X4,220127",
					  ";X2,220127",
					  ";X3,220127;",
					  ";X3,220127X",
					  ";Y3,220127",
					  ";X3,220127 ",
					  "X3,220127",
					  ";X0,",
					  ";X1,00",
					  ";cmds:",
					  ";cmds:0",
					  ";cmds:0,",
					  ";cmds:2,X1,27",
					  ";cmds:,X1,27",
					  ";cmds:0X1,27",
					  ";cmds:0,X1,27;",
					  ";cmds:0,X1,27;cmds:0,X1,27",
					  ";X1,27;cmds",
					  ";X1,27;X1,27",
					  ";X1,27;cmds:0,X1,00",
					  ";Xffffffffffffffff,27",
					  ";X10001,27"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i]))
			fail_msg("%s is accepted", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_arithmetic, setup),
	    cmocka_unit_test_setup(test_shifts, setup),
	    cmocka_unit_test_setup(test_compare, setup),
	    cmocka_unit_test_setup(test_extend, setup),
	    cmocka_unit_test_setup(test_constants, setup),
	    cmocka_unit_test_setup(test_memory, setup),
	    cmocka_unit_test_setup(test_registers, setup),
	    cmocka_unit_test_setup(test_registers_of_32_bits, setup),
	    cmocka_unit_test_setup(test_stack, setup),
	    cmocka_unit_test_setup(test_jumps, setup),
	    cmocka_unit_test_setup(test_trace, setup),
	    cmocka_unit_test_setup(test_refused, setup),
	    cmocka_unit_test_setup(test_printf, setup),
	    cmocka_unit_test_setup(test_printf_strings, setup),
	    cmocka_unit_test_setup(test_printf_refused, setup),
	    cmocka_unit_test_setup(test_filter, setup),
	    cmocka_unit_test_setup(test_filter_errors, setup),
	    cmocka_unit_test_setup(test_filter_refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(*) */
