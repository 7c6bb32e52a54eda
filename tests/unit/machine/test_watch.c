/* SPDX-License-Identifier: MIT */
/* kvmgdb watch, as far as it needs no guest. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watch/expr.h"
#include "watch/format.h"
#include "watch/ring.h"
#include "watch/stack.h"
#include "watch/watchopts.h"

/* ---- expressions ---- */

static ssize_t fake_reg(void *self, enum kvmgdb_reg reg, void *buf)
{
	const uint64_t value = reg == KVMGDB_REG_SS ? 0x2b : 1000 + reg;

	(void)self;
	if (reg == KVMGDB_REG_K_GS_BASE)
		return -ENODATA;
	memcpy(buf, &value, sizeof(value));
	return reg == KVMGDB_REG_SS ? 4 : 8;
}

/* Memory from 0x1000 on: 0x80, 0x81, ... */
static ssize_t fake_mem(void *self, uint64_t gva, void *buf, size_t len)
{
	(void)self;
	if (gva < 0x1000 || gva >= 0x1010)
		return -EFAULT;
	if (gva + len > 0x1010)
		len = (size_t)(0x1010 - gva);
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)(0x80 + gva - 0x1000 + i);
	return (ssize_t)len;
}

/* ---- callers ---- */

/* A guest with code at 0x1000 and a stack at 0x2000; RBP is at FRAME. */
struct fake_stack {
	uint8_t code[256];
	uint64_t words[32], frame;
};

static ssize_t stack_reg(void *self, enum kvmgdb_reg reg, void *buf)
{
	const struct fake_stack *f = self;
	const uint64_t value = reg == KVMGDB_REG_RBP    ? f->frame
			       : reg == KVMGDB_REG_EFER ? 0x500
							: 0;

	memcpy(buf, &value, sizeof(value));
	return 8;
}

static ssize_t stack_mem(void *self, uint64_t gva, void *buf, size_t len)
{
	const struct fake_stack *f = self;

	if (gva >= 0x1000 && gva + len <= 0x1000 + sizeof(f->code))
		memcpy(buf, f->code + (gva - 0x1000), len);
	else if (gva >= 0x2000 && gva + len <= 0x2000 + sizeof(f->words))
		memcpy(buf, (const uint8_t *)f->words + (gva - 0x2000), len);
	else
		return -EFAULT;
	return (ssize_t)len;
}

/* One caller, behind CODE; is it one? */
static bool is_caller(const char *code, size_t len)
{
	struct fake_stack f = {.frame = 0x2010};
	const struct kvmgdb_filter_ctx ctx = {
	    .reg_read = stack_reg, .mem_read = stack_mem, .self = &f};
	uint64_t stack[4] = {0};
	unsigned n;

	memset(f.code, 0x90, sizeof(f.code));
	memcpy(f.code + 0x40 - len, code, len);
	f.words[3] = 0x1040;
	n = stack_walk(&ctx, stack, 4);
	assert_true(n <= 1);
	assert_true(n == 0 || stack[0] == 0x1040);
	return n == 1;
}

static void callers(void **state)
{
	struct fake_stack f = {.frame = 0x2000};
	const struct kvmgdb_filter_ctx ctx = {
	    .reg_read = stack_reg, .mem_read = stack_mem, .self = &f};
	uint64_t stack[8] = {0};

	(void)state;
	assert_true(is_caller("\xe8\x01\x02\x03\x04", 5)); /* call rel32 */
	assert_true(is_caller("\xff\xd0", 2));             /* call *%rax */
	assert_true(is_caller("\x41\xff\xd3", 3));         /* call *%r11 */
	assert_true(is_caller("\xff\x50\x08", 3));         /* call *8(%rax) */
	assert_true(is_caller("\xff\x14\xc1", 3));     /* call *(%rcx,%rax,8) */
	assert_true(is_caller("\xff\x54\x24\x08", 4)); /* call *8(%rsp) */
	assert_true(is_caller("\xff\x15\1\2\3\4", 6)); /* call *x(%rip) */
	assert_true(is_caller("\xff\x90\1\2\3\4", 6)); /* call *x(%rax) */
	assert_true(is_caller("\xff\x14\xc5\1\2\3\4", 7)); /* x(,%rax,8) */
	assert_true(is_caller("\xff\x94\x24\1\2\3\4", 7)); /* x(%rsp) */
	assert_false(is_caller("\xff\xe0", 2));            /* jmp *%rax */
	assert_false(is_caller("\xff\x15\1\2\3", 5));      /* cut off */
	assert_false(is_caller("\xe8\1\2\3", 4));
	assert_false(is_caller("", 0));
	/* Two callers, then a frame that is below: a stack does not go there.
	 */
	memset(f.code, 0x90, sizeof(f.code));
	f.code[0x10] = f.code[0x20] = 0xe8;
	f.words[0] = 0x2040;
	f.words[1] = 0x1015;
	f.words[8] = 0x2000;
	f.words[9] = 0x1025;
	assert_int_equal(stack_walk(&ctx, stack, 8), 2);
	assert_true(stack[0] == 0x1015 && stack[1] == 0x1025);
	assert_int_equal(stack_walk(&ctx, stack, 1), 1);
	/* RBP is anything */
	f.frame = 5;
	assert_int_equal(stack_walk(&ctx, stack, 8), 0);
	f.frame = UINT64_MAX - 3;
	assert_int_equal(stack_walk(&ctx, stack, 8), 0);
	/* what looks like a return address is none, or is nowhere */
	f.frame = 0x2000;
	f.words[1] = 3;
	assert_int_equal(stack_walk(&ctx, stack, 8), 0);
	f.words[1] = 0xffa000000000bd10;
	assert_int_equal(stack_walk(&ctx, stack, 8), 0);
}

static bool fake_symbol(void *ctx, const char *name, uint64_t *address)
{
	(void)ctx;
	*address = 0x1000;
	return strcmp(name, "sym") == 0;
}

static int eval(const char *text, bool values, int64_t *value)
{
	const struct kvmgdb_filter_ctx ctx = {.reg_read = fake_reg,
					      .mem_read = fake_mem};
	const struct expr_input input = {.ctx = &ctx,
					 .before = 5,
					 .after = 7,
					 .at = 0x1234,
					 .vcpu = 3,
					 .values = values};
	struct kvmgdb_reason why = {.text = ""};
	struct expr *e = expr_parse(text, fake_symbol, NULL, &why);
	int rc;

	if (e == NULL)
		fail_msg("'%s': %s", text, why.text);
	rc = expr_eval(e, &input, value);
	expr_free(e);
	return rc;
}

static void is(const char *text, int64_t wanted)
{
	int64_t value = 0;
	const int rc = eval(text, true, &value);

	if (rc != 0 || value != wanted)
		fail_msg("'%s': %d, %lld, not %lld", text, rc, (long long)value,
			 (long long)wanted);
}

/* What C says, is asked of C. */
#define AS_C(expression) is(#expression, (int64_t)(expression))

static void expressions(void **state)
{
	(void)state;
	AS_C(1 + 2 * 3 - 4);
	AS_C((1 + 2) * 3);
	AS_C(7 / 2 - 7 % 4 * -3);
	AS_C(-7 / 2);
	AS_C(10 - 3 - 2);
	AS_C((1 | 6) ^ (3 & 5));
	AS_C((1 << 4) >> 2);
	AS_C(-16 >> 2);
	AS_C(~5);
	AS_C(!5 || !0);
	AS_C(3 > 2 && 2 >= 2 && 1 < 2 && 1 <= 1);
	AS_C((1 == 2) | (1 != 2));
	AS_C((5 & 6) == 4);
	AS_C(0x7f - 010);
	is("5 & 6 == 6", 1); /* == binds closer, as in C */
	is("1 || 1 / 0", 1);
	is("0 && 1 / 0", 0);
	is("0x7fffffffffffffff + 1 < 0", 1);
	is("(1 << 63) / -1 == 1 << 63", 1);
	is("(1 << 63) % -1", 0);
	is("1 << 64", 0);
	is("-1 >> 100", -1);
	is("new - old", 2);
	is("addr", 0x1234);
	is("vcpu == 3", 1);
	is("$rbx", 1000 + KVMGDB_REG_RBX);
	is("$cpl", 3);
	is("sym + 1", 0x1001);
	is("u8[sym]", 0x80);
	is("s8[sym]", -128);
	is("u16[sym + 2 * 1]", 0x8382);
	is("s32[0x1000]", (int32_t)0x83828180);
	is("u64[sym] == s64[sym]", 1);
	is("u8[u8[sym] - 0x80 + sym]", 0x80);
	is("  ( ( new ) )  ", 7);
}

static void expressions_fail(void **state)
{
	int64_t value;

	(void)state;
	assert_int_equal(eval("1 / (new - 7)", true, &value), -EDOM);
	assert_int_equal(eval("1 % 0", true, &value), -EDOM);
	assert_int_equal(eval("u32[0x100d]", true, &value), -EFAULT);
	assert_int_equal(eval("u32[0]", true, &value), -EFAULT);
	assert_int_equal(eval("$k_gs_base", true, &value), -ENODATA);
	assert_int_equal(eval("new == 7", false, &value), -ENODATA);
	assert_int_equal(eval("1 || new == 7", false, &value), 0);
}

static void wrong_expressions(void **state)
{
	static const char *const wrong[] = {
	    "",      " ",    "1 +",     "(1",      "1)", "1 2",
	    "$",     "$zzz", "nosym",   "u8[1",    "u8", "u8 1",
	    "0x",    "12ab", "1 = 2",   "new new", "@",  "99999999999999999999",
	    "a.b.c", "&&",   "1 &&& 2", "s7[1]",   "- ",
	};
	struct kvmgdb_reason why;
	char deep[600];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why.text[0] = '\0';
		if (expr_parse(wrong[i], fake_symbol, NULL, &why) != NULL ||
		    why.text[0] == '\0')
			fail_msg("'%s' is taken: %s", wrong[i], why.text);
	}
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_null(expr_parse(deep, fake_symbol, NULL, &why));
	memset(deep, '!', sizeof(deep) - 1);
	assert_null(expr_parse(deep, fake_symbol, NULL, &why));
}

/* ---- the ring ---- */

static void ring_drops(void **state)
{
	struct ring *ring = ring_new(3, 2, false);
	uint64_t stack[] = {11, 12, 13};
	struct record r = {.stack = stack, .stack_len = 3};

	(void)state;
	assert_non_null(ring);
	for (r.ns = 0; r.ns < 5; r.ns++)
		assert_int_equal(ring_put(ring, &r), r.ns < 3);
	for (uint64_t i = 0; i < 3; i++) {
		assert_true(ring_take(ring, &r));
		assert_int_equal(r.ns, i);
		assert_int_equal(r.stack_len, 2); /* all that it has room for */
		assert_int_equal(r.stack[1], 12);
	}
	ring_close(ring);
	assert_false(ring_take(ring, &r));
	assert_int_equal(ring_counts(ring).dropped, 2);
	assert_int_equal(ring_counts(ring).taken, 3);
	ring_free(ring);
}

#define MANY 20000u

static void *put_many(void *ring)
{
	struct record r = {.stack_len = 0};

	for (unsigned i = 0; i < MANY; i++)
		ring_put(ring, &r);
	return NULL;
}

static void ring_blocks(void **state)
{
	struct ring *ring = ring_new(4, 0, true);
	pthread_t threads[2];
	struct record r;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, put_many, ring), 0);
	for (unsigned i = 0; i < 2 * MANY; i++)
		assert_true(ring_take(ring, &r));
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(ring_counts(ring).dropped, 0);
	assert_true(ring_counts(ring).waits > 0);
	/* Who waits is let go, and then counted as dropped. */
	assert_int_equal(pthread_create(&threads[0], NULL, put_many, ring), 0);
	ring_release(ring);
	pthread_join(threads[0], NULL);
	assert_int_equal(ring_counts(ring).dropped, MANY - 4);
	ring_free(ring);
}

/* ---- writers, values, output ---- */

static void writers(void **state)
{
	struct writers w = {.table = NULL};
	uint64_t sum = 0;

	(void)state;
	for (unsigned i = 0; i < 3000; i++)
		writers_add(&w, i % 2, 0x1000 + i % 500 / 2, i);
	assert_int_equal(w.used, 500);
	for (size_t i = 0; i < w.room; i++) {
		if (w.table[i].count == 0)
			continue;
		assert_int_equal(w.table[i].count, 6);
		assert_int_equal(w.table[i].last_ns - w.table[i].first_ns,
				 2500);
		sum += w.table[i].count;
	}
	assert_int_equal(sum, 3000);
	writers_free(&w);
}

static void values(void **state)
{
	static const uint8_t bytes[] = {0x12, 0x34, 0xab, 0xcd, 0,
					0,    0,    0,    0xff};
	char text[FORMAT_VALUE_SIZE];

	(void)state;
	format_value(bytes, 0, text);
	assert_string_equal(text, "");
	format_value(bytes, 2, text);
	assert_string_equal(text, "0x3412");
	format_value(bytes, 8, text);
	assert_string_equal(text, "0xcdab3412");
	format_value(bytes, 9, text);
	assert_string_equal(text, "1234abcd00000000ff");
}

static void outputs(void **state)
{
	struct output *out = malloc(sizeof(*out));
	char got[200];
	int fds[2];
	ssize_t n;

	(void)state;
	assert_non_null(out);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	output_init(out, fds[1]);
	output_json(out, "a\"b\\c\n</script>&\x7f\xc3\xa9");
	output_flush(out);
	n = read(fds[0], got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, "a\\\"b\\\\c\\u000a\\u003c/script\\u003e"
				 "\\u0026\\u007f\xc3\xa9");
	/* A reader that does not read, and one that is gone. */
	atomic_store(&out->give_up, true);
	output_addf(out, "x");
	output_flush(out);
	assert_int_equal(out->error, -ETIMEDOUT);
	output_init(out, fds[1]);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	output_addf(out, "x");
	output_flush(out);
	assert_int_equal(out->error, -EPIPE);
	close(fds[1]);
	free(out);
}

/* ---- options ---- */

static enum options_result parse(const char *text, struct watchopts *o,
				 struct kvmgdb_reason *why)
{
	static char words[300], name[] = "watch";
	char *argv[20] = {name};
	int argc = 1;

	snprintf(words, sizeof(words), "%s", text);
	for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
		argv[argc++] = w;
	why->text[0] = '\0';
	return watchopts_parse(argc, argv, o, why);
}

static void wrong(const char *text, const char *says)
{
	struct kvmgdb_reason why;
	struct watchopts o;

	if ((parse(text, &o, &why) == OPTIONS_RUN &&
	     watchopts_resolve(&o, NULL, &why)) ||
	    strstr(why.text, says) == NULL)
		fail_msg("'%s': '%s', wanted '%s'", text, why.text, says);
	watchopts_free(&o);
}

static void opts(void **state)
{
	struct kvmgdb_reason why;
	struct watchopts o;

	(void)state;
	assert_int_equal(parse("--write 0x1000:2 --cpus 2 --access 4096+16 "
			       "--exec 010 g --format html --stack 3",
			       &o, &why),
			 OPTIONS_RUN);
	assert_true(watchopts_resolve(&o, NULL, &why));
	assert_int_equal(o.place_count, 3);
	assert_int_equal(o.places[0].addr, 0x1000);
	assert_int_equal(o.places[0].len, 2);
	assert_int_equal(o.places[1].addr, 4112);
	assert_int_equal(o.places[1].len, 4);
	assert_int_equal(o.places[1].kind, KVMGDB_BP_ACCESS);
	assert_int_equal(o.places[2].addr, 8);
	assert_int_equal(o.places[2].len, 1);
	assert_int_equal(o.run.cpus, 2);
	assert_int_equal(o.run.gdb.kind, TRANSPORT_NONE);
	assert_int_equal(o.run.console, CONSOLE_NONE);
	assert_ptr_equal(o.format, &format_html);
	assert_false(o.drop);
	watchopts_free(&o);
	assert_int_equal(
	    parse("--write 1 --out f --on-overflow drop g", &o, &why),
	    OPTIONS_RUN);
	assert_int_equal(o.run.console, CONSOLE_STDIO);
	assert_true(o.drop);
	watchopts_free(&o);
	/* as without --out */
	assert_int_equal(parse("--write 1 --out - g", &o, &why), OPTIONS_RUN);
	assert_null(o.out);
	assert_int_equal(o.run.console, CONSOLE_NONE);
	watchopts_free(&o);
	wrong("g", "nothing to watch");
	wrong("--write 1", "no GUEST");
	wrong("--write name g", "no symbols");
	wrong("--write 0x1000: g", "want SYMBOL or ADDRESS[:LENGTH]");
	wrong("--exec 4096:1 g", "takes no length");
	wrong("--exec 4096: g", "want SYMBOL or ADDRESS, no length");
	wrong("--exec name:4 g", "takes no length");
	wrong("--write 1:0 g", "not a range");
	wrong("--write 0xffffffffffffffff:2 g", "not a range");
	wrong("--write 1 --format xml g", "--format xml");
	wrong("--write 1 --stack 65 g", "0 to 64");
	wrong("--write 1 --stop-after 0 g", "--stop-after 0");
	wrong("--write 1 --on-overflow lose g", "block or drop");
	wrong("--write 1 --buffer 0 g", "--buffer 0");
	wrong("--write 1 --wait g", "no debugger");
	wrong("--write 1 --on-reset stop g", "nobody lets");
	wrong("--write 1 --memory 3 g", "--memory 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(callers),
	    cmocka_unit_test(expressions),
	    cmocka_unit_test(expressions_fail),
	    cmocka_unit_test(wrong_expressions),
	    cmocka_unit_test(ring_drops),
	    cmocka_unit_test(ring_blocks),
	    cmocka_unit_test(writers),
	    cmocka_unit_test(values),
	    cmocka_unit_test(outputs),
	    cmocka_unit_test(opts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
