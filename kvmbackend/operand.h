/* SPDX-License-Identifier: MIT */
/*
 * Which memory does an instruction touch?  For the page trap, which learns from
 * KVM only that an access to a protected page was tried.  SDM vol. 2, chapter 2
 * and appendix A.  Pure.
 */
#ifndef KVMBACKEND_OPERAND_H
#define KVMBACKEND_OPERAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPERAND_MAX 4

struct operand {
	uint64_t addr; /* linear */
	uint64_t len;  /* bytes; for a repeated string instruction all that is
			  left of it */
	bool read, write;
};

/* What the addresses are made of: general registers in the encoding's order
 * (rax rcx rdx rbx rsp rbp rsi rdi r8 ...). */
struct operand_state {
	uint64_t gpr[16];
	uint64_t rip;
	uint64_t rflags;
	unsigned bits;       /* code size: 16, 32, 64 */
	unsigned stack_bits; /* width of the stack pointer: 16, 32, 64 */
	uint64_t base[6];    /* es cs ss ds fs gs */
};

/*
 * The operands in memory of the instruction at CODE (N bytes readable).
 * Returns how many (0: touches no memory), or -1: cannot tell, it may be any.
 * The length may be more than what is touched, never less.  The fetch of the
 * instruction itself is not among them, nor what the CPU looks up for it on its
 * own: page tables, descriptors, the TSS, shadow stacks.  A far call is taken
 * to stay at its privilege level.
 */
int operand_list(const uint8_t *code, size_t n,
		 const struct operand_state *state,
		 struct operand out[OPERAND_MAX]);

#endif
