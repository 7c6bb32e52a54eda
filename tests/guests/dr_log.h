/* SPDX-License-Identifier: MIT */
/*
 * For guests that use their own debug registers: each exception is noted in
 * memory with all registers, and told on COM1 afterwards.  Nothing but the
 * guest itself decides what the log says, so it must be the same to the byte
 * whatever a debugger outside does.
 */
#ifndef DR_LOG_H
#define DR_LOG_H

#include "desc64.h"
#include "drbits.h"
#include "guest.h"

#define RFLAGS_TF 0x100ul
#define RFLAGS_RF 0x10000ul

#define VECTOR_DB   1
#define VECTOR_SOFT 0x30 /* for INT, from ring 3 too */

/* As the entry in dr_log64.S leaves it on the stack. */
struct dr_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * Called after an exception was noted and DR6 set back (unless dr_keep_dr6).
 * The default sets RF in the frame of a #DB fault, so that the instruction is
 * executed; see the file for what it does with other vectors.
 */
typedef void (*dr_hook)(struct dr_frame *frame, uint64_t dr6);
extern volatile dr_hook dr_on_event;
void dr_default_hook(struct dr_frame *frame, uint64_t dr6);

extern volatile uint32_t dr_keep_dr6;

/* After an exception that is no #DB and no INT: go on here. */
extern volatile uint64_t dr_resume_at;

/* Descriptor tables, handlers, all pages touched. */
void dr_init(void);

/* An exit to the VMM, which sees the debug registers as they are now. */
static inline void dr_sync(void)
{
	outb(COM1, '.');
}

/* A line with NAME, and everything noted since the last one. */
void dr_scene(const char *name);
void dr_flush(void);
/* What was noted is not told. */
void dr_forget(void);
/* "NAME HEX\n" */
void dr_value(const char *name, uint64_t value);

/* Clear DR0-3, DR6, DR7; then dr_sync(). */
void dr_reset(void);

/* For a second CPU, known by its stack: use the same tables. */
void dr_init_ap(const uint8_t *stack, uint64_t size);

/* Code that nobody calls and words that nobody touches, for the debugger. */
void dr_never(void);
extern volatile uint64_t dr_far[32];

/* Arm: DR7, then an exit. */
static inline void dr_arm(uint64_t dr7)
{
	dr_set7(DR7_INIT | dr7);
	dr_sync();
}

#endif
