/* SPDX-License-Identifier: MIT */
/*
 * Instructions of ring 0 that a KVM's emulator may lack: what a CPU makes of
 * them, by where the exceptions point and what comes after.
 */
#include "desc64.h"
#include "guest.h"

#define CR0_MP      0x2ul
#define CR0_TS      0x8ul
#define CR0_NE      0x20ul
#define FSW_ZE      0x4u
#define FSW_ES      0x80u
#define MXCSR_RESET 0x1f80u
/* All exceptions masked but a division by zero. */
#define FCW_ZE_UNMASKED 0x37bu

extern char at_int3[], at_int[], at_plain[], at_unset[], at_pending[];

volatile uint32_t bp, soft, nm, mf, plain;
volatile uint64_t bp_rip, soft_rip, nm_rip, mf_rip;

static uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static void write_cr0(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

__attribute__((interrupt)) static void on_bp(struct desc_frame *frame)
{
	bp = bp + 1;
	bp_rip = frame->rip;
}

__attribute__((interrupt)) static void on_soft(struct desc_frame *frame)
{
	soft = soft + 1;
	soft_rip = frame->rip;
}

__attribute__((interrupt)) static void on_nm(struct desc_frame *frame)
{
	nm = nm + 1;
	nm_rip = frame->rip;
	__asm__ volatile("clts");
}

__attribute__((interrupt)) static void on_mf(struct desc_frame *frame)
{
	mf = mf + 1;
	mf_rip = frame->rip;
	__asm__ volatile("fninit");
}

static void int3(void)
{
	__asm__ volatile(".globl before_int3\nbefore_int3: nop\n"
			 ".globl at_int3\nat_int3: int3");
}

static void int_n(void)
{
	__asm__ volatile(".globl at_int\nat_int: int $0x40");
}

static void wait_plain(void)
{
	__asm__ volatile("xorl %%eax, %%eax\n"
			 ".globl at_plain\nat_plain: fwait\n\t"
			 "incl %%eax\n\t"
			 "movl %%eax, %0"
			 : "=m"(plain)
			 :
			 : "eax", "cc");
}

static void wait_unset(void)
{
	write_cr0(read_cr0() | CR0_TS);
	__asm__ volatile(".globl at_unset\nat_unset: fwait");
}

/* The image of FXSAVE with a division by zero that nobody has been told of. */
static struct {
	uint16_t fcw, fsw;
	uint32_t rest[127];
} pending __attribute__((aligned(16))) = {.fcw = FCW_ZE_UNMASKED,
					  .fsw = FSW_ES | FSW_ZE};

static void wait_pending(void)
{
	pending.rest[5] = MXCSR_RESET;
	__asm__ volatile("fxrstor64 %0" : : "m"(pending));
	__asm__ volatile(".globl at_pending\nat_pending: fwait");
}

void guest_main(void)
{
	desc_init();
	desc_gate(3, (void (*)(void))on_bp, 0);
	desc_gate(0x40, (void (*)(void))on_soft, 0);
	desc_gate(7, (void (*)(void))on_nm, 0);
	desc_gate(16, (void (*)(void))on_mf, 0);
	write_cr0(read_cr0() | CR0_MP | CR0_NE);
	guest_puts("gaps: start\n");
	int3();
	int_n();
	wait_plain();
	guest_report("bp", bp);
	guest_report("bp_rip_ok", bp_rip == (uint64_t)at_int3 + 1);
	guest_report("soft", soft);
	guest_report("soft_rip_ok", soft_rip == (uint64_t)at_int + 2);
	guest_report("plain", plain);
	guest_report("nm_before", nm);
	wait_unset();
	guest_report("nm", nm);
	guest_report("nm_rip_ok", nm_rip == (uint64_t)at_unset);
	guest_report("mf_before", mf);
	wait_pending();
	guest_report("mf", mf);
	guest_report("mf_rip_ok", mf_rip == (uint64_t)at_pending);
	guest_puts("gaps: end\n");
}
