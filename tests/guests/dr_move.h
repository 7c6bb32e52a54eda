/* SPDX-License-Identifier: MIT */
/* MOV DR in each of its forms, as functions, in one file of a guest. */
#ifndef DR_MOVE_H
#define DR_MOVE_H

#include "dr_log.h"

#define CR4_DE 8ul

/* VALUE in and out; a fault leaves 0xdead. */
#define MOVE(name, insn)                                                      \
	uint64_t name(uint64_t value);                                        \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name \
		": movq $after_" #name ", dr_resume_at\n movq %rdi, %rax\n"   \
		".globl at_" #name "\nat_" #name ": " insn                    \
		"\n ret\nafter_" #name ": movl $0xdead, %eax\n ret\n"         \
		".size " #name ", . - " #name)

MOVE(read4, "mov %dr4, %rax");
MOVE(read5, "mov %dr5, %rax");
MOVE(write4, "mov %rax, %dr4");
MOVE(write5, "mov %rax, %dr5");
MOVE(write6, "mov %rax, %dr6");
MOVE(write7, "mov %rax, %dr7");
MOVE(read8, ".byte 0x44, 0x0f, 0x21, 0xc0");
MOVE(lock_read0, ".byte 0xf0, 0x0f, 0x21, 0xc0");

#endif
