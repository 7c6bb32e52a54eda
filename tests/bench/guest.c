/* SPDX-License-Identifier: MIT */
/*
 * What all contestants debug: a guest of a VMM, and, built with BENCH_PROCESS,
 * an ordinary process for gdbserver.  The client writes what it should do to
 * bench_mode and puts breakpoints on its symbols.
 */
#include <stdint.h>

enum bench_mode {
	MODE_IDLE,
	MODE_STORE, /* a store to bench_word a round, its value changes */
	MODE_SAME,  /* the same, its value stays; at bench_goal a call */
	MODE_CALL,  /* a call of bench_hot a round */
	MODE_LINES, /* lines of 1,000 and 100,000 instructions */
	MODE_MANY   /* calls bench_many's 1,024 entries in turn */
};

volatile uint64_t bench_mode;
volatile uint64_t bench_count;
volatile uint64_t bench_goal; /* of bench_count, in MODE_SAME */
volatile uint64_t bench_word __attribute__((aligned(4096)));
volatile uint64_t bench_neighbour __attribute__((aligned(64)));
/* Written in no mode: a watch here must cost nothing. */
volatile uint64_t bench_never[512] __attribute__((aligned(4096)));
uint8_t bench_buffer[64 << 20] __attribute__((aligned(4096)));

__attribute__((noinline)) void bench_hot(void)
{
	bench_count = bench_count + 1;
}

/* 1,024 functions of two bytes: something to put many breakpoints on. */
__asm__(".pushsection .text\n"
	".globl bench_many\n"
	".balign 4096\n"
	"bench_many:\n"
	".rept 1024\n"
	"	nop\n"
	"	ret\n"
	".endr\n"
	".popsection\n");
extern const char bench_many[];

static void call_many(void)
{
	for (unsigned i = 0; i < 1024; i++)
		__asm__ volatile("call *%0"
				 :
				 : "r"(bench_many + 2 * i)
				 : "memory", "cc");
}

/* Two instructions a round, between two labels. */
#define SPIN(name, n)                                             \
	__asm__ volatile(".globl " #name "\n" #name ": dec %0\n"  \
			 "jnz " #name "\n"                        \
			 ".globl " #name "_end\n" #name "_end:\n" \
			 : "+r"(n)                                \
			 :                                        \
			 : "cc")

__attribute__((noinline)) void bench_lines(void)
{
	uint64_t few = 500, many = 50000;

	bench_count = bench_count + 1;
	SPIN(bench_1000, few);
	SPIN(bench_100000, many);
	bench_count = bench_count + 1;
}

/* The work of a guest at full speed: a fixed amount, then the end. */
__attribute__((noinline)) void bench_work(uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds; i++)
		bench_neighbour = bench_neighbour + i;
}

static void bench_round(void)
{
	switch (bench_mode) {
	case MODE_STORE:
		bench_word = bench_word + 1;
		break;
	case MODE_SAME:
		bench_word = 1;
		bench_count = bench_count + 1;
		if (bench_count == bench_goal)
			bench_hot();
		break;
	case MODE_CALL:
		bench_hot();
		break;
	case MODE_LINES:
		bench_lines();
		break;
	case MODE_MANY:
		call_many();
		break;
	default:
		break;
	}
}

#ifdef BENCH_PROCESS

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The client ends it; whatever becomes of that, it does not spin for ever. */
int main(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(600);
	for (;;)
		bench_round();
}

#else

#include "guest.h"

extern uint64_t pvh_start_info;

/* The command line is "work=ROUNDS" or nothing; field at 24, see
 * lib/pvh64.S. */
static uint64_t work_asked(void)
{
	const char *text;
	uint64_t value = 0;

	if (!pvh_start_info)
		return 0;
	text = *(const char *const *)(pvh_start_info + 24);
	while (text && *text && *text != '=')
		text++;
	for (text += text && *text; text && *text >= '0' && *text <= '9';
	     text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

void guest_main(void)
{
	const uint64_t work = work_asked();

	if (work) {
		bench_work(work);
		return;
	}
	for (;;)
		bench_round();
}

#endif
