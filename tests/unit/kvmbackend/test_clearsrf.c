/* SPDX-License-Identifier: MIT */
/* Which instructions RFLAGS.RF may be set for. */
#include "kvmbackend/clearsrf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "48 89 e5", and NOPs behind it. */
static bool clears(const char *hex, unsigned bits)
{
	uint8_t code[INSN_MAX];
	size_t n = 0;
	char *end;

	memset(code, 0x90, sizeof(code));
	while (*hex) {
		code[n++] = (uint8_t)strtoul(hex, &end, 16);
		hex = end + strspn(end, " ");
	}
	return insn_clears_rf(code, sizeof(code), bits);
}

static void test_plain(void **state)
{
	static const char *const plain[] = {
	    "55",                         /* push rbp */
	    "48 89 e5",                   /* mov rbp,rsp */
	    "f3 0f 1e fa",                /* endbr64 */
	    "0f 1f 44 00 00",             /* nop */
	    "66 90",                      /* xchg ax,ax */
	    "48 83 ec 10",                /* sub rsp,16 */
	    "c7 45 fc 00 00 00 00",       /* mov dword [rbp-4],0 */
	    "8b 05 00 00 00 00",          /* mov eax,[rip] */
	    "e8 00 00 00 00",             /* call */
	    "ff 25 00 00 00 00",          /* jmp [rip] */
	    "ff 15 00 00 00 00",          /* call [rip] */
	    "c3",                         /* ret */
	    "f3 c3",                      /* rep ret */
	    "74 10",                      /* je */
	    "0f 84 00 00 00 00",          /* je */
	    "64 48 8b 04 25 28 00 00 00", /* mov rax,fs:[40] */
	    "41 57",                      /* push r15 */
	    "0f b6 00",                   /* movzx */
	    "f7 f1",                      /* div */
	    "c9",                         /* leave */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (!clears(plain[i], 64))
			fail_msg("%s", plain[i]);
	assert_true(clears("40", 32)); /* inc eax */
	assert_true(clears("31 c0", 16));
}

static void test_others(void **state)
{
	static const char
	    *const other[] =
		{
		    "e6 80", /* out */
		    "ee",          "ec",
		    "6c",          "6e", /* in, ins, outs */
		    "f4",                /* hlt */
		    "0f a2",             /* cpuid */
		    "0f 30",       "0f 32",
		    "0f 31", /* wrmsr, rdmsr, rdtsc */
		    "0f 22 d8",    "0f 20 d8",
		    "0f 23 c0",    "0f 21 c0", /* mov cr, dr */
		    "0f 01 f8",    "0f 01 d9", /* swapgs; vmmcall */
		    "0f 00 d8",                /* ltr */
		    "0f 09",                   /* wbinvd */
		    "0f 05",       "0f 07",
		    "0f 34",    /* syscall, sysret, sysenter */
		    "0f c7 f0", /* rdrand */
		    "0f ae e8", /* lfence and its like */
		    "f3 90",    /* pause */
		    "f3 aa",       "f3 a4",
		    "a4",          "ac", /* strings */
		    "8e d0",       "8c d0",
		    "17",          "1f", /* segment registers */
		    "9c",          "9d",
		    "cf",          "cc",
		    "cd 80",       "f1",
		    "ce",          "fa",
		    "fb",                      /* cli, sti */
		    "ff 18",       "ff 28",    /* far */
		    "c7 f8 00 00", "c6 f8 00", /* xbegin, xabort */
		    "c8 00 00 00",             /* enter */
		    "f0 ff 00",                /* lock */
		    "c4 e2 7b f7", "62 f1 7c 48",
		    "d9 c0",       "0f 58 c1", /* vector, x87 */
		};

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (clears(other[i], 64))
			fail_msg("%s", other[i]);
	/* REX in 64-bit mode, and then a HLT */
	assert_false(clears("48 f4", 64));
	assert_false(
	    clears("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66", 64));
}

static void test_short(void **state)
{
	static const uint8_t ret[] = {0xc3, 0x90};

	(void)state;
	assert_false(insn_clears_rf(ret, 0, 64));
	assert_false(insn_clears_rf(ret, 1, 64));
	assert_false(insn_clears_rf(ret, 2, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
