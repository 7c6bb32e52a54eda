/* SPDX-License-Identifier: MIT */
/* Writes three model-specific registers, rests, and says what is in them. */
#include "desc64.h"
#include "guest.h"

#define MSR_SYSENTER_EIP   0x176
#define MSR_KERNEL_GS_BASE 0xc0000102

static void report_msr(const char *name, uint32_t msr)
{
	guest_puts(name);
	guest_puts("=0x");
	guest_put_hex(rdmsr(msr));
	guest_puts("\n");
}

static void rest(void)
{
	__asm__ volatile("nop");
}

void guest_main(void)
{
	guest_puts("msr: start\n");
	wrmsr(MSR_LSTAR, 0x111000);
	wrmsr(MSR_SYSENTER_EIP, 0x222000);
	wrmsr(MSR_KERNEL_GS_BASE, 0x333000);
	rest();
	report_msr("lstar", MSR_LSTAR);
	report_msr("sysenter_eip", MSR_SYSENTER_EIP);
	report_msr("kernel_gs_base", MSR_KERNEL_GS_BASE);
	guest_puts("msr: end\n");
}
