/* SPDX-License-Identifier: MIT */
/*
 * Where code leaves a range: pieces of code by the assembler, and labels where
 * they are to be stopped.
 */
#include "kvmbackend/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A piece in the range NAME to NAME_end; what follows is no code. */
#define PIECE(name, text)                                             \
	__asm__(".pushsection .text\n"                                \
		".globl " #name "\n" #name ":\n" text ".globl " #name \
		"_end\n" #name "_end:\n"                              \
		".fill 32, 1, 0xcc\n"                                 \
		".popsection\n");                                     \
	extern const uint8_t name[], name##_end[]

#define LABEL(name) ".globl " #name "\n" #name ":\n"

/* A plain loop: out behind its end, and by a jump from its midst. */
PIECE(loop, "1: add (%rdi), %rax\n"
	    "  add $8, %rdi\n"
	    "  test %rax, %rax\n"
	    "  js loop_end + 16\n"
	    "  dec %ecx\n"
	    "  jnz 1b\n");

/* What is stopped at in a loop, though it comes back. */
PIECE(calls, "1: mov %rbx, %rdi\n" LABEL(calls_at) "  call calls_end + 8\n"
						   "  dec %rbx\n"
						   "  jnz 1b\n");

extern const uint8_t calls_at[], behind_at[];

PIECE(forever, "1: pause\n"
	       "  jmp 1b\n");

PIECE(harmless, "1: movzbl (%rsi), %eax\n"
		"  movss (%rsi), %xmm4\n"
		"  addps %xmm4, %xmm12\n"
		"  vaddps %ymm4, %ymm4, %ymm4\n"
		"  mov %r12, %r12\n"
		"  and $4, %eax\n"
		"  mul %ecx\n"
		"  mov $1, %r12d\n"
		"  cmovne %r12, %rax\n"
		"  setne %al\n"
		"  lock incl (%rdi)\n"
		"  lock cmpxchg8b (%rdi)\n"
		"  rep movsb\n"
		"  mfence\n"
		"  rdtsc\n"
		"  bswap %r12d\n"
		"  lea 8(%rsp), %rax\n"
		"  mov (%rsp,%rax), %rcx\n"
		"  popcnt %rcx, %rcx\n"
		"  shld $3, %rax, %rcx\n"
		"  in %dx, %al\n"
		"  fldl (%rdi)\n"
		"  fstp %st(4)\n"
		"  movq %gs:8, %rax\n"
		"  loop 1b\n");

/* Five jumps to as many places. */
PIECE(many, "  jz many_end + 1\n"
	    "  js many_end + 2\n"
	    "  jc many_end + 3\n"
	    "  jo many_end + 4\n"
	    "  nop\n");

/* The part before the place where the vCPU is does not count. */
PIECE(behind, "  ret\n"
	      "  ret\n" LABEL(behind_at) "1: nop\n"
					 "  jmp 1b\n");

/* One loop each, with what may not be run past behind a NOP. */
#define HALTS(name, text) PIECE(name, "1: nop\n" text "\n dec %ecx\n jnz 1b\n")

HALTS(h_push, "push %rax");
HALTS(h_pop, "pop %rax");
HALTS(h_ret, "ret");
HALTS(h_jump, "jmp *%rax");
HALTS(h_call, "call *%rax");
HALTS(h_far, "lcall *(%rax)");
HALTS(h_add, "add $8, %rsp");
HALTS(h_mov, "mov %rax, %rsp");
HALTS(h_load, "mov (%rax), %rsp");
HALTS(h_lea, "lea 8(%rsp), %rsp");
HALTS(h_inc, "incq %rsp");
HALTS(h_xchg, "xchg %rax, %rsp");
HALTS(h_cmov, "cmovne %rax, %rsp");
HALTS(h_imm, "mov $1, %esp");
HALTS(h_bswap, "bswap %rsp");
HALTS(h_leave, "leave");
HALTS(h_int, "int $0x80");
HALTS(h_int3, "int3");
HALTS(h_syscall, "syscall");
HALTS(h_iret, "iretq");
HALTS(h_hlt, "hlt");
HALTS(h_popf, "popf");
HALTS(h_ss, "mov %eax, %ss");
HALTS(h_ud2, "ud2");
HALTS(h_dr, "mov %rax, %dr7");
HALTS(h_cr, "mov %rax, %cr3");
HALTS(h_wrmsr, "wrmsr");
HALTS(h_swapgs, "swapgs");
HALTS(h_vmcall, "vmcall");
HALTS(h_xbegin, "xbegin 1b");
HALTS(h_blsr, "blsr %rax, %rsp");
HALTS(h_movq, "vmovq %xmm0, %rsp");
HALTS(h_mulx, "mulx %rax, %rsp, %rcx");
HALTS(h_cmpxadd, ".byte 0xc4, 0xe2, 0xf9, 0xe2, 0x20"); /* ..., %rsp, (%rax) */
HALTS(h_erets, ".byte 0xf2, 0x0f, 0x01, 0xca");
HALTS(h_rdmsr, "rdmsr");
HALTS(h_rdpmc, "rdpmc");
HALTS(h_stac, "stac");
HALTS(h_sti, "sti; hlt");
HALTS(h_unknown, ".byte 0x0f, 0x04");

static const struct {
	const char *name;
	const uint8_t *code, *end;
} halts[] = {
#define ROW(x)                 \
	{                      \
#x, x, x##_end \
	}
    ROW(h_push),  ROW(h_pop),   ROW(h_ret),     ROW(h_jump),    ROW(h_call),
    ROW(h_far),   ROW(h_add),   ROW(h_mov),     ROW(h_load),    ROW(h_lea),
    ROW(h_inc),   ROW(h_xchg),  ROW(h_cmov),    ROW(h_imm),     ROW(h_bswap),
    ROW(h_leave), ROW(h_int),   ROW(h_int3),    ROW(h_syscall), ROW(h_iret),
    ROW(h_hlt),   ROW(h_popf),  ROW(h_ss),      ROW(h_ud2),     ROW(h_dr),
    ROW(h_cr),    ROW(h_wrmsr), ROW(h_swapgs),  ROW(h_vmcall),  ROW(h_xbegin),
    ROW(h_blsr),  ROW(h_movq),  ROW(h_unknown), ROW(h_mulx),    ROW(h_cmpxadd),
    ROW(h_erets), ROW(h_rdmsr), ROW(h_rdpmc),   ROW(h_stac),    ROW(h_sti),
#undef ROW
};

#define BASE UINT64_C(0xffffffff81000000)

static bool exits_of(const uint8_t *code, const uint8_t *end, uint64_t rip,
		     struct flow_exits *out)
{
	size_t size = (size_t)(end - code);

	return flow_exits(code, size + 15, BASE, size, BASE + rip, 64, out);
}

static bool has(const struct flow_exits *e, const uint8_t *code,
		const uint8_t *at)
{
	for (unsigned i = 0; i < e->count; i++)
		if (e->at[i] == BASE + (uint64_t)(at - code))
			return true;
	return false;
}

static void test_loop(void **state)
{
	struct flow_exits e;

	(void)state;
	assert_true(exits_of(loop, loop_end, 0, &e));
	assert_int_equal(e.count, 2);
	assert_true(has(&e, loop, loop_end));
	assert_true(has(&e, loop, loop_end + 16));
}

static void test_call(void **state)
{
	struct flow_exits e;

	(void)state;
	assert_true(exits_of(calls, calls_end, 0, &e));
	assert_int_equal(e.count, 1);
	assert_true(has(&e, calls, calls_at));
	/* behind the call, which it comes to again */
	assert_true(
	    exits_of(calls, calls_end, (uint64_t)(calls_at + 5 - calls), &e));
	assert_int_equal(e.count, 2);
	assert_true(has(&e, calls, calls_at));
	assert_true(has(&e, calls, calls_end));
}

static void test_forever(void **state)
{
	struct flow_exits e;

	(void)state;
	assert_true(exits_of(forever, forever_end, 0, &e));
	assert_int_equal(e.count, 0);
}

static void test_harmless(void **state)
{
	struct flow_exits e;

	(void)state;
	assert_true(exits_of(harmless, harmless_end, 0, &e));
	assert_int_equal(e.count, 1);
	assert_true(has(&e, harmless, harmless_end));
}

static void test_halts(void **state)
{
	struct flow_exits e;

	(void)state;
	for (size_t i = 0; i < sizeof(halts) / sizeof(halts[0]); i++) {
		if (!exits_of(halts[i].code, halts[i].end, 0, &e) ||
		    e.count != 1 || !has(&e, halts[i].code, halts[i].code + 1))
			fail_msg("%s: %u exits, the first %#lx", halts[i].name,
				 e.count, (unsigned long)(e.at[0] - BASE));
	}
}

static void test_too_many(void **state)
{
	struct flow_exits e;

	(void)state;
	assert_false(exits_of(many, many_end, 0, &e));
	assert_true(exits_of(many, many_end, 2, &e));
	assert_int_equal(e.count, 4);
}

static void test_place(void **state)
{
	struct flow_exits e;

	(void)state;
	assert_true(
	    exits_of(behind, behind_end, (uint64_t)(behind_at - behind), &e));
	assert_int_equal(e.count, 0);
	assert_false(
	    exits_of(behind, behind_end, (uint64_t)(behind_end - behind), &e));
}

/* An instruction that is not wholly known, and ranges of the largest size. */
static void test_bounds(void **state)
{
	static uint8_t code[FLOW_SIZE_MAX + 16];
	struct flow_exits e;

	(void)state;
	memset(code, 0x90, sizeof(code));
	assert_true(
	    flow_exits(code, FLOW_SIZE_MAX, 0, FLOW_SIZE_MAX, 0, 64, &e));
	assert_int_equal(e.count, 1);
	assert_int_equal(e.at[0], FLOW_SIZE_MAX);
	assert_false(
	    flow_exits(code, sizeof(code), 0, FLOW_SIZE_MAX + 1, 0, 64, &e));
	assert_false(flow_exits(code, 8, 0, 9, 0, 64, &e));
	code[FLOW_SIZE_MAX - 1] = 0xe9;
	assert_true(
	    flow_exits(code, FLOW_SIZE_MAX, 0, FLOW_SIZE_MAX, 0, 64, &e));
	assert_int_equal(e.count, 1);
	assert_int_equal(e.at[0], FLOW_SIZE_MAX - 1);
}

/* 32-bit code: INC and DEC of one byte, and addresses that wrap. */
static void test_32bit(void **state)
{
	static const uint8_t code[32] = {0x40, 0x49, 0x75, 0xfc};
	static const uint8_t esp[32] = {0x40, 0x44, 0x75, 0xfc};
	static const uint8_t wrap[32] = {0x90, 0xeb, 0x20};
	struct flow_exits e;

	(void)state;
	assert_true(flow_exits(code, 32, 0x1000, 4, 0x1000, 32, &e));
	assert_int_equal(e.count, 1);
	assert_int_equal(e.at[0], 0x1004);
	assert_true(flow_exits(esp, 32, 0x1000, 4, 0x1000, 32, &e));
	assert_int_equal(e.count, 1);
	assert_int_equal(e.at[0], 0x1001);
	assert_true(flow_exits(wrap, 32, 0xfffffff0, 3, 0xfffffff0, 32, &e));
	assert_int_equal(e.count, 1);
	assert_int_equal(e.at[0], 0x13);
}

/* The same bytes at a given time lead to the same exits: whatever they are,
 * nothing is read beyond them (for the sanitizers). */
static void test_noise(void **state)
{
	uint64_t x = 88172645463325252u;
	uint8_t code[200];
	struct flow_exits e;
	unsigned found = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(code); i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			code[i] = (uint8_t)x;
		}
		found += flow_exits(code, sizeof(code), BASE, 185,
				    BASE + x % 185, round % 2 ? 64 : 32, &e);
	}
	assert_in_range(found, 1, 19999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_loop),    cmocka_unit_test(test_call),
	    cmocka_unit_test(test_forever), cmocka_unit_test(test_harmless),
	    cmocka_unit_test(test_halts),   cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_place),   cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_32bit),   cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
