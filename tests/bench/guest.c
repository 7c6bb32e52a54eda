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
	MODE_DR,    /* bench_rounds of MOV DR */
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
	".balign 4096\n" /* nothing else in their page */
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

/* A fixed amount of work at full speed, and then the end: when it was written
 * before the start. */
volatile uint64_t bench_rounds;

static void bench_work(void)
{
	for (uint64_t i = 0; i < bench_rounds; i++)
		bench_neighbour = bench_neighbour + i;
}

/* As a kernel that switches its own breakpoints in each context switch. */
static void bench_work_dr(void)
{
	for (uint64_t i = 0; i < bench_rounds; i++)
		__asm__ volatile("mov %0, %%dr0\n\t"
				 "mov %0, %%dr1\n\t"
				 "mov %1, %%dr7"
				 :
				 : "r"(i), "r"(UINT64_C(0x400)));
}

void guest_main(void)
{
	if (bench_rounds && bench_mode == MODE_DR)
		bench_work_dr();
	else if (bench_rounds)
		bench_work();
	if (bench_rounds)
		return;
	for (;;)
		bench_round();
}

#endif
