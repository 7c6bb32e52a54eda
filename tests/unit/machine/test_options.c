/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "number.h"
#include "options.h"

#define MAX_ARGS 16

/* ARGS: words separated by spaces. */
static enum options_result parse(const char *args, struct options *o,
				 struct kvmgdb_reason *why)
{
	static char words[512];
	static char name[] = "run";
	char *argv[MAX_ARGS + 1] = {name};
	int argc = 1;

	why->text[0] = '\0';
	assert_true(strlen(args) < sizeof(words));
	snprintf(words, sizeof(words), "%s", args);
	for (char *word = strtok(words, " "); word != NULL;
	     word = strtok(NULL, " ")) {
		assert_true(argc < MAX_ARGS);
		argv[argc++] = word;
	}
	return options_parse(argc, argv, o, why);
}

static void wrong(const char *args, const char *says)
{
	struct options o;
	struct kvmgdb_reason why;

	if (parse(args, &o, &why) != OPTIONS_WRONG ||
	    strstr(why.text, says) == NULL)
		fail_msg("'%s': '%s', wanted '%s'", args, why.text, says);
	assert_null(strchr(why.text, '\n'));
}

static void right(const char *args, struct options *o)
{
	struct kvmgdb_reason why;

	if (parse(args, o, &why) != OPTIONS_RUN)
		fail_msg("'%s': '%s'", args, why.text);
}

static void defaults(void **state)
{
	struct options o;

	(void)state;
	right("vmlinux", &o);
	assert_string_equal(o.guest, "vmlinux");
	assert_int_equal(o.gdb.kind, TRANSPORT_TCP);
	assert_string_equal(o.gdb.host, "127.0.0.1");
	assert_string_equal(o.gdb.port, "1234");
	assert_int_equal(o.memory, 128 << 20);
	assert_int_equal(o.cpus, 1);
	assert_int_equal(o.console, CONSOLE_STDIO);
	assert_int_equal(o.on_disconnect, DISCONNECT_CONTINUE);
	assert_int_equal(o.log_level, LOG_WARN);
	assert_int_equal(o.timeout, 0);
	assert_false(o.flat || o.wait || o.exit_port || o.allow_remote);
	assert_null(o.append);
	assert_int_equal(o.arch, ARCH_X86_64);
	assert_false(o.exec_file);
	right("--gdb-arch auto --exec-file g", &o);
	assert_int_equal(o.arch, ARCH_AUTO);
	assert_true(o.exec_file);
	right("--gdb-arch i8086 g", &o);
	assert_int_equal(o.arch, ARCH_I8086);
	right("--gdb-arch i386 g", &o);
	assert_int_equal(o.arch, ARCH_I386);
}

static void all(void **state)
{
	struct options o;

	(void)state;
	right("--gdb unix:/run/s --allow-remote --wait --on-disconnect stop "
	      "--memory=1G g --cpus 4 --flat 0x7C00",
	      &o);
	assert_int_equal(o.gdb.kind, TRANSPORT_UNIX);
	assert_string_equal(o.gdb.path, "/run/s");
	assert_true(o.allow_remote && o.wait && o.flat);
	assert_int_equal(o.on_disconnect, DISCONNECT_STOP);
	assert_int_equal(o.memory, 1 << 30);
	assert_int_equal(o.cpus, 4);
	assert_int_equal(o.flat_addr, 0x7c00);
	assert_string_equal(o.guest, "g");
	right("--firmware f --console pty", &o);
	assert_true(o.firmware);
	assert_string_equal(o.guest, "f");
	assert_int_equal(o.console, CONSOLE_PTY);
	right("--append console=ttyS0 --initrd i --console file:/tmp/x "
	      "--exit-port "
	      "--timeout 30 --log packet g",
	      &o);
	assert_string_equal(o.append, "console=ttyS0");
	assert_string_equal(o.initrd, "i");
	assert_int_equal(o.console, CONSOLE_FILE);
	assert_string_equal(o.console_path, "/tmp/x");
	assert_true(o.exit_port);
	assert_int_equal(o.timeout, 30);
	assert_int_equal(o.log_level, LOG_PACKET);
	right("--gdb none -- --odd-name", &o);
	assert_string_equal(o.guest, "--odd-name");
}

static void on_reset(void **state)
{
	struct options o;

	(void)state;
	right("g", &o);
	assert_int_equal(o.on_reset, RESET_EXIT);
	right("--on-reset exit g", &o);
	assert_int_equal(o.on_reset, RESET_EXIT);
	right("--on-reset restart g", &o);
	assert_int_equal(o.on_reset, RESET_RESTART);
	right("--on-reset=stop g", &o);
	assert_int_equal(o.on_reset, RESET_STOP);
	wrong("--on-reset again g", "want exit, restart or stop");
}

static void stdio(void **state)
{
	struct options o;

	(void)state;
	right("--gdb stdio g", &o);
	assert_int_equal(o.console, CONSOLE_NONE);
	assert_int_equal(o.on_disconnect, DISCONNECT_EXIT);
	right("--console file:x --on-disconnect continue --gdb stdio g", &o);
	assert_int_equal(o.console, CONSOLE_FILE);
	assert_int_equal(o.on_disconnect, DISCONNECT_CONTINUE);
	wrong("--console stdio --gdb stdio g", "cannot share");
}

static void help_and_version(void **state)
{
	struct options o;
	struct kvmgdb_reason why;

	(void)state;
	assert_int_equal(parse("--help", &o, &why), OPTIONS_HELP);
	assert_int_equal(parse("--version", &o, &why), OPTIONS_VERSION);
	/* Each option that is understood is told of. */
	assert_non_null(strstr(options_help(), "--gdb"));
	assert_non_null(strstr(options_help(), "--allow-remote"));
	assert_non_null(strstr(options_help(), "--append"));
	assert_non_null(strstr(options_help(), "Exit status:"));
}

static void mistakes(void **state)
{
	(void)state;
	wrong("", "no GUEST");
	wrong("a b", "also b");
	wrong("--frob g", "unknown option --frob");
	wrong("-x g", "unknown option");
	wrong("g --gdb", "--gdb needs a value");
	wrong("--gdb 1234 g", "want tcp:HOST:PORT");
	wrong("--memory g", "--memory g: want a size");
	wrong("--memory 64X g", "--memory 64X");
	wrong("--memory 64 g", "multiple of 4K");
	wrong("--memory 2T g", "--memory 2T");
	wrong("--memory 1M g", "want 2M");
	wrong("--memory -1 g", "--memory -1");
	wrong("--cpus 0 g", "--cpus 0");
	wrong("--cpus 255 g", "1 to 254");
	wrong("--cpus 2x g", "--cpus 2x");
	wrong("--timeout 0 g", "--timeout 0");
	wrong("--timeout 1.5 g", "--timeout 1.5");
	wrong("--flat zz g", "--flat zz");
	wrong("--flat 100000 g", "below 100000");
	wrong("--console tty g", "--console tty");
	wrong("--console file: g", "--console file:");
	wrong("--on-disconnect die g", "--on-disconnect die");
	wrong("--log loud g", "--log loud");
	wrong("--without exec,steps g", "--without exec,steps");
	wrong("--wait --gdb none g", "--wait needs");
	wrong("--gdb-arch vax g", "--gdb-arch vax: want x86-64, i386");
	wrong("--flat 7c00 --append x g", "--append");
	wrong("--firmware f g", "one GUEST, but also g");
	wrong("--firmware f --flat 7c00", "two ways");
	wrong("--firmware f --initrd x", "--firmware");
	wrong("--flat 7c00 --initrd x g", "--initrd");
}

static void long_values_are_cut(void **state)
{
	char args[400] = "--memory ";

	(void)state;
	memset(args + 9, '9', 380);
	memcpy(args + 389, " g", 3);
	wrong(args, "want a size");
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} good[] = {
	    {"0", 0},
	    {"4096", 4096},
	    {"64K", 65536},
	    {"64k", 65536},
	    {"64M", UINT64_C(64) << 20},
	    {"3g", UINT64_C(3) << 30},
	    {"1T", UINT64_C(1) << 40},
	    {"18446744073709551615", UINT64_MAX},
	    {"16777215T", UINT64_C(16777215) << 40},
	};
	static const char *const bad[] = {"",
					  "K",
					  "-1",
					  "+1",
					  " 1",
					  "1 ",
					  "1KB",
					  "1.5G",
					  "0x10",
					  "1E",
					  "18446744073709551616",
					  "16777216T",
					  "99999999999999999999999"};
	uint64_t size;

	(void)state;
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size = 1;
		assert_true(number_size(good[i].text, &size));
		assert_true(size == good[i].size);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (number_size(bad[i], &size))
			fail_msg("'%s' was taken for a size", bad[i]);
	}
}

static void numbers(void **state)
{
	uint64_t hex;
	unsigned n;

	(void)state;
	assert_true(number_uint("7", 1, 10, &n));
	assert_int_equal(n, 7);
	assert_true(number_uint("010", 1, 10, &n));
	assert_int_equal(n, 10);
	assert_false(number_uint("0", 1, 10, &n));
	assert_false(number_uint("11", 1, 10, &n));
	assert_false(number_uint("", 0, 10, &n));
	assert_false(number_uint("4294967297", 0, 10, &n));
	assert_false(number_uint("18446744073709551617", 0, 10, &n));
	assert_true(number_uint("4294967295", 0, 0xffffffff, &n));
	assert_false(number_uint("4294967296", 0, 0xffffffff, &n));

	assert_true(number_hex("7c00", &hex));
	assert_int_equal(hex, 0x7c00);
	assert_true(number_hex("0XfFfFfFfFfFfFfFfF", &hex));
	assert_true(hex == UINT64_MAX);
	assert_false(number_hex("10000000000000000", &hex));
	assert_false(number_hex("", &hex));
	assert_false(number_hex("0x", &hex));
	assert_false(number_hex("7c00h", &hex));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(all),
	    cmocka_unit_test(on_reset),
	    cmocka_unit_test(stdio),
	    cmocka_unit_test(help_and_version),
	    cmocka_unit_test(mistakes),
	    cmocka_unit_test(long_values_are_cut),
	    cmocka_unit_test(sizes),
	    cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
