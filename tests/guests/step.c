/* SPDX-License-Identifier: MIT */
/*
 * Instructions that are hard to step, each behind a label of its own in
 * step64.S.  The handlers count, so that the guest can tell how often each
 * thing really happened.
 */
#include "desc64.h"
#include "guest.h"

void step_int_handler(void);
void step_timer_handler(void);
void step_syscall_target(void);
void step_all(void);

volatile uint32_t ints, ticks, syscalls, irets;
volatile uint64_t pushed_flags, handler_flags, syscall_r11;
volatile uint8_t source[8] = "abcdefg";
volatile uint8_t target[8];
volatile uint32_t timer_hz = 100;

void guest_main(void)
{
	__asm__ volatile("cli");
	desc_init();
	desc_gate(0x40, step_int_handler, 0);
	desc_gate(VECTOR_TIMER, step_timer_handler, 0);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (uint64_t)SEL_KERNEL_CODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)step_syscall_target);
	wrmsr(MSR_FMASK, 0);
	guest_puts("step: start\n");
	step_all();
	timer_stop();
	guest_report("ints", ints);
	guest_report("irets", irets);
	guest_report("syscalls", syscalls);
	guest_puts(ticks ? "ticked\n" : "never ticked\n");
	guest_puts((const char *)target);
	guest_puts("\n");
	/* TF must be in no image that the guest can see. */
	guest_report("tf.pushf", pushed_flags >> 8 & 1);
	guest_report("tf.frame", handler_flags >> 8 & 1);
	guest_report("tf.r11", syscall_r11 >> 8 & 1);
	__asm__ volatile("sti");
}
