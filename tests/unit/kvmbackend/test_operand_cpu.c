/* SPDX-License-Identifier: MIT */
/*
 * What operand_list() claims, against this CPU.  An instruction runs with an
 * operand at either end of two pages between pages without access: inside it
 * must not fault, a byte further it must, and written memory must be writable.
 * First the table, then every opcode of every map with (%rdi + disp8).
 */
#include "kvmbackend/operand.h"

#include "operand_cases.h"

#include <asm/prctl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE       ((size_t)4096)
#define ROOM       (2 * PAGE)
#define STACK_SIZE ((size_t)256 * 1024)
#define INT3       0xcc

enum result {
	RAN,     /* to the INT3 behind it */
	GUARDED, /* a page fault in a guard page, or in a page not writable */
	ILLEGAL,
	OTHER, /* #GP, #DE, ... */
};

/* The signal handler's; there is one thread. */
static struct {
	struct operand_state state;
	bool start; /* the next trap does, from STATE */
	bool running;
	gregset_t back;
	enum result result;
	uint8_t *room; /* ROOM bytes, a guard page on either side */
	uint8_t *scratch;
	uint8_t *code;
	bool read_only;
} cpu;

/* The kernel's order, and the encoding's. */
static const int gregs[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static bool in_guard(const void *at)
{
	const uint8_t *p = at, *low = cpu.room - PAGE, *high = cpu.room + ROOM;

	if (p >= low && p < low + PAGE)
		return true;
	if (p >= high && p < high + PAGE)
		return true;
	return cpu.read_only && p >= cpu.room && p < high;
}

static enum result result_of(int sig, const siginfo_t *info)
{
	if (sig == SIGTRAP)
		return RAN;
	if (sig == SIGILL)
		return ILLEGAL;
	if (sig == SIGSEGV && info->si_code == SEGV_ACCERR &&
	    in_guard(info->si_addr))
		return GUARDED;
	return OTHER;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	gregset_t *g = &((ucontext_t *)context)->uc_mcontext.gregs;

	if (cpu.start && sig == SIGTRAP) {
		memcpy(&cpu.back, g, sizeof(*g));
		for (unsigned i = 0; i < 16; i++)
			(*g)[gregs[i]] = (greg_t)cpu.state.gpr[i];
		(*g)[REG_RIP] = (greg_t)cpu.state.rip;
		(*g)[REG_EFL] = (greg_t)cpu.state.rflags;
		cpu.start = false;
		cpu.running = true;
		return;
	}
	if (!cpu.running) { /* the test's own fault */
		signal(sig, SIG_DFL);
		return;
	}
	cpu.running = false;
	cpu.result = result_of(sig, info);
	memcpy(g, &cpu.back, sizeof(*g));
}

static enum result run(const struct operand_state *state)
{
	const uint32_t mxcsr = 0x1f80;

	cpu.state = *state;
	cpu.start = true;
	__asm__ volatile("int3" : : : "memory", "cc");
	/* Whatever it has loaded must not trap in our own code. */
	__asm__ volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
	return cpu.result;
}

/* Each test anew: cmocka sets its own before. */
static void take_signals(void)
{
	static const int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
	struct sigaction action = {.sa_sigaction = on_signal,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		assert_int_equal(sigaction(signals[i], &action, NULL), 0);
}

static int start(void **unused)
{
	stack_t stack = {.ss_size = STACK_SIZE};
	uint8_t *pages =
	    mmap(NULL, ROOM + 2 * PAGE + 3 * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	(void)unused;
	stack.ss_sp = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED || pages == MAP_FAILED ||
	    sigaltstack(&stack, NULL))
		return -1;
	cpu.room = pages + PAGE;
	cpu.scratch = cpu.room + ROOM + 2 * PAGE; /* its middle */
	cpu.code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (cpu.code == MAP_FAILED || mprotect(pages, PAGE, PROT_NONE) ||
	    mprotect(cpu.room + ROOM, PAGE, PROT_NONE) ||
	    syscall(SYS_arch_prctl, ARCH_SET_GS, (unsigned long)BASE_GS))
		return -1;
	return 0;
}

static const struct operand_state initial = {
    .gpr = {RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13,
	    R14, R15},
    .rflags = 0x202,
    .bits = 64,
    .stack_bits = 64,
    .base = {0, 0, 0, 0, 0, BASE_GS},
};

/* More than AL adds, or a bit's number. */
#define MOVE UINT64_C(0x2345640)

/* The register that moves operand I and no other. */
static int knob(const struct operand_case *c, const struct operand_state *state,
		int i)
{
	for (int r = 0; r < 16; r++) {
		struct operand_state moved = *state;
		struct operand a[OPERAND_MAX], b[OPERAND_MAX];
		bool right = true;

		moved.gpr[r] += MOVE;
		if (operand_list(c->code, (size_t)c->len, state, a) !=
			c->count ||
		    operand_list(c->code, (size_t)c->len, &moved, b) !=
			c->count)
			return -1;
		for (int k = 0; k < c->count; k++)
			if (b[k].addr - a[k].addr != (k == i ? MOVE : 0) ||
			    b[k].len != a[k].len)
				right = false;
		if (right)
			return r;
	}
	return -1;
}

/* State with operand I at AT and the others in the scratch pages. */
static bool place(const struct operand_case *c, int i, uint64_t at,
		  struct operand_state *state)
{
	struct operand out[OPERAND_MAX];

	*state = initial;
	state->rip = (uintptr_t)c->code;
	if (operand_list(c->code, (size_t)c->len, state, out) != c->count)
		return false;
	for (int k = 0; k < c->count; k++) {
		uint64_t target = k == i ? at : (uintptr_t)cpu.scratch;
		int r = knob(c, state, k);

		if (r < 0)
			return false;
		state->gpr[r] += target - out[k].addr;
	}
	return true;
}

static enum result run_at(const struct operand_case *c, int i, uint64_t at)
{
	struct operand_state state;

	memset(cpu.room, 0, ROOM);
	if (!place(c, i, at, &state))
		fail_msg("%s: cannot place operand %d", c->text, i);
	return run(&state);
}

static enum result run_protected(const struct operand_state *state)
{
	enum result result;

	cpu.read_only = true;
	mprotect(cpu.room, ROOM, PROT_READ);
	result = run(state);
	mprotect(cpu.room, ROOM, PROT_READ | PROT_WRITE);
	cpu.read_only = false;
	return result;
}

static enum result run_protected_at(const struct operand_case *c, int i,
				    uint64_t at)
{
	struct operand_state state;

	if (!place(c, i, at, &state))
		fail_msg("%s: cannot place operand %d", c->text, i);
	return run_protected(&state);
}

static bool passes(const struct operand_case *c, enum result result)
{
	return result == RAN || (result == OTHER && c->flags & CASE_JUMP);
}

/* A word about what is wrong, or NULL. */
static const char *check_operand(const struct operand_case *c, int i)
{
	uint64_t low = (uintptr_t)cpu.room, high = low + ROOM;
	uint64_t len = c->ops[i].len, step = c->flags & CASE_ALIGN ? len : 1;
	bool writes = c->ops[i].access & ACCESS_W;
	enum result result = run_at(c, i, high - len);

	if (!passes(c, result))
		return result == GUARDED ? "is longer" : "does not run";
	if (run_at(c, i, low) == GUARDED)
		return "begins before";
	if (!(c->flags & CASE_OVER) &&
	    run_at(c, i, high - len + step) != GUARDED)
		return "is shorter";
	if (!(c->flags & CASE_OVER) && run_at(c, i, low - step) != GUARDED)
		return "begins after";
	if (c->flags & CASE_OVER)
		return NULL;
	if ((run_protected_at(c, i, low) == GUARDED) != writes)
		return writes ? "is not written" : "is written";
	return NULL;
}

static void test_table(void **unused)
{
	unsigned wrong = 0, checked = 0, lacking = 0;

	(void)unused;
	take_signals();
	for (const struct operand_case *c = operand_cases;
	     c < operand_cases_end; c++) {
		if (c->flags & (CASE_ANY | CASE_STATIC))
			continue;
		if (c->flags & CASE_OPT && c->count &&
		    run_at(c, 0, (uintptr_t)cpu.room) == ILLEGAL) {
			lacking++;
			continue;
		}
		for (int i = 0; i < c->count; i++) {
			const char *what = check_operand(c, i);

			checked++;
			if (!what)
				continue;
			print_error("%s: operand %d %s\n", c->text, i, what);
			wrong++;
		}
	}
	print_message("%u operands checked, %u instructions this CPU lacks\n",
		      checked, lacking);
	assert_true(checked > 150);
	assert_int_equal(wrong, 0);
}

/* Nothing of theirs is touched: no page is there at all. */
static void test_none(void **unused)
{
	(void)unused;
	take_signals();
	for (const struct operand_case *c = operand_cases;
	     c < operand_cases_end; c++) {
		struct operand_state state = initial;

		if (c->count || c->flags & (CASE_ANY | CASE_STATIC | CASE_OPT))
			continue;
		state.rip = (uintptr_t)c->code;
		state.gpr[7] = (uintptr_t)cpu.room - 64;
		if (!passes(c, run(&state)))
			fail_msg("%s", c->text);
	}
}

/* The checks above find what is wrong. */
static void test_control(void **unused)
{
	static const uint8_t code[] = {0x89, 0x07, INT3}; /* mov %eax,(%rdi) */
	struct operand_case_op op = {0, 4, ACCESS_W};
	struct operand_case c = {code, "mov", &op, 2, 64, 1, 0};

	(void)unused;
	take_signals();
	memcpy(cpu.code, code, sizeof(code));
	c.code = cpu.code;
	assert_null(check_operand(&c, 0));
	op.len = 3;
	assert_string_equal(check_operand(&c, 0), "is longer");
	op.len = 5;
	assert_string_equal(check_operand(&c, 0), "is shorter");
	op.len = 4;
	op.access = ACCESS_R;
	assert_string_equal(check_operand(&c, 0), "is written");
	cpu.code[0] = 0x8b;
	op.access = ACCESS_W;
	assert_string_equal(check_operand(&c, 0), "is not written");
	op.access = ACCESS_R;
	assert_null(check_operand(&c, 0));
}

struct sweep {
	unsigned legal, wrong;
};

/* Loads of FS would take the thread's own storage away; a repeated SCAS may end
 * early. */
static bool excluded(unsigned map, unsigned opcode)
{
	if (map == 0)
		return opcode == 0x8e || opcode == 0xae || opcode == 0xaf;
	return map == 1 && (opcode == 0xa1 || opcode == 0xa9 ||
			    opcode == 0xb2 || opcode == 0xb4 || opcode == 0xb5);
}

/* VMASKMOV and VPMASKMOV, whose mask is 0 here: they touch nothing. */
static bool masked(void)
{
	uint8_t opcode = cpu.code[3];

	return cpu.code[0] == 0xc4 && (cpu.code[1] & 0x1f) == 2 &&
	       ((opcode >= 0x2c && opcode <= 0x2f) || opcode == 0x8c ||
		opcode == 0x8e);
}

/* What the CPU says against OPERAND, which lies at the end of the room; NULL:
 * nothing.  #GP and the like say nothing. */
static const char *sweep_check(struct sweep *s, struct operand_state *state,
			       const struct operand *operand)
{
	enum result result = run(state);

	if (result == ILLEGAL)
		return NULL;
	s->legal++;
	if (result == GUARDED)
		return "is longer";
	result = run_protected(state);
	if (result == GUARDED && !operand->write)
		return "is written";
	if (result == RAN && operand->write && !masked())
		return "is not written";
	state->gpr[7]++;
	if (run(state) == RAN && !masked())
		return "is shorter";
	return NULL;
}

/* The instruction in cpu.code.  If operand_list() cannot tell, or tells of no
 * operand by RDI, it is not run. */
static void sweep_one(struct sweep *s, size_t len)
{
	struct operand out[OPERAND_MAX];
	struct operand_state state = initial;
	uint64_t high = (uintptr_t)cpu.room + ROOM;
	const char *what;
	int count;

	/* Which do for any immediate, too. */
	memset(cpu.code + len, INT3, 15);
	state.rip = (uintptr_t)cpu.code;
	state.gpr[4] = (uintptr_t)cpu.scratch;
	count = operand_list(cpu.code, len + 8, &state, out);
	if (count < 1 || out[0].len > ROOM / 2) /* XSAVE */
		return;
	state.gpr[7] += high - out[0].len - out[0].addr;
	/* RDI may be a bit's number too. */
	if (operand_list(cpu.code, len + 8, &state, out) != count ||
	    out[0].addr + out[0].len != high)
		return;
	memset(cpu.room, 0, ROOM);
	what = sweep_check(s, &state, &out[0]);
	if (!what)
		return;
	s->wrong++;
	print_error("%llu bytes, %s:", (unsigned long long)out[0].len, what);
	for (size_t i = 0; i < len; i++)
		print_error(" %02x", cpu.code[i]);
	print_error("\n");
}

static size_t put(size_t at, unsigned byte)
{
	cpu.code[at] = (uint8_t)byte;
	return at + 1;
}

/* ModRM for disp8(%rdi), and disp8. */
static void sweep_opcode(struct sweep *s, size_t at, unsigned opcode,
			 unsigned regs)
{
	for (unsigned reg = 0; reg < regs; reg++) {
		size_t end = put(at, opcode);

		end = put(end, 0x47 | reg << 3);
		end = put(end, 1);
		sweep_one(s, end);
	}
}

/* Where reg is more of the opcode: groups 12 to 15 and 17. */
static unsigned vector_regs(unsigned opcode)
{
	return (opcode >= 0x71 && opcode <= 0x73) || opcode == 0xae ||
		       opcode == 0xf3
		   ? 8
		   : 1;
}

static const uint8_t prefix_of[4] = {0, 0x66, 0xf3, 0xf2};

static void sweep_legacy(struct sweep *s, unsigned map, unsigned pp, unsigned w)
{
	for (unsigned opcode = 0; opcode < 256; opcode++) {
		size_t at = 0;

		if (excluded(map, opcode))
			continue;
		if (pp)
			at = put(at, prefix_of[pp]);
		if (w)
			at = put(at, 0x48);
		if (map)
			at = put(at, 0x0f);
		if (map > 1)
			at = put(at, map == 2 ? 0x38 : 0x3a);
		sweep_opcode(s, at, opcode, 8);
	}
}

static void test_sweep_legacy(void **unused)
{
	struct sweep s = {0};

	(void)unused;
	take_signals();
	for (unsigned map = 0; map < 4; map++)
		for (unsigned pp = 0; pp < 4; pp++)
			for (unsigned w = 0; w < 2; w++)
				sweep_legacy(&s, map, pp, w);
	print_message("%u forms run\n", s.legal);
	assert_int_equal(s.wrong, 0);
	assert_true(s.legal > 1000);
}

static void test_sweep_vex(void **unused)
{
	struct sweep s = {0};

	(void)unused;
	take_signals();
	for (unsigned map = 1; map < 4; map++)
		for (unsigned wlpp = 0; wlpp < 16; wlpp++)
			for (unsigned opcode = 0; opcode < 256; opcode++)
				for (unsigned v = 0; v < 2; v++) {
					put(0, 0xc4);
					put(1, 0xe0 | map);
					/* vvvv: none, or register 1 */
					put(2, (wlpp & 8) << 4 |
						   (v ? 0x70 : 0x78) |
						   (wlpp & 7));
					sweep_opcode(&s, 3, opcode,
						     vector_regs(opcode));
				}
	print_message("%u forms run\n", s.legal);
	assert_int_equal(s.wrong, 0);
}

static void test_sweep_evex(void **unused)
{
	static const uint8_t maps[] = {1, 2, 3, 5, 6};
	struct sweep s = {0};

	(void)unused;
	take_signals();
	for (unsigned m = 0; m < sizeof(maps); m++)
		for (unsigned wpp = 0; wpp < 8; wpp++)
			for (unsigned lb = 0; lb < 6; lb++)
				for (unsigned op = 0; op < 256; op++)
					for (unsigned v = 0; v < 2; v++) {
						put(0, 0x62);
						put(1, 0xf0 | maps[m]);
						put(2, (wpp & 4) << 5 |
							   (v ? 0x74 : 0x7c) |
							   (wpp & 3));
						put(3, (lb >> 1) << 5 |
							   (lb & 1) << 4 | 8);
						sweep_opcode(&s, 4, op,
							     vector_regs(op));
					}
	print_message("%u forms run\n", s.legal);
	assert_int_equal(s.wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_control),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_sweep_legacy),
	    cmocka_unit_test(test_sweep_vex),
	    cmocka_unit_test(test_sweep_evex),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
