/* SPDX-License-Identifier: MIT */
/*
 * Ring 3 with page tables of its own: the kernel's 2 MiB pages are not for
 * the user, the ones from 4 MiB on are.  User code stores to a variable, asks
 * by SYSCALL and by int 0x80, and ends by a system call.
 */
#include "desc64.h"
#include "guest.h"
#include "user64.h"

void user_main(void);
void syscall_entry(void);
void int80_entry(void);

volatile uint32_t syscalls, int80s;
volatile uint8_t kernel_stack[8192] __attribute__((aligned(16)));

/* Each on a line of its own and far from the stack. */
volatile uint32_t user_counter USER_DATA __attribute__((aligned(64))) = 1;
volatile uint64_t user_wide USER_DATA __attribute__((aligned(64))) = 1;
uint8_t user_stack[8192] USER_DATA __attribute__((aligned(4096))) = {1};

/* Called by both entries with the user's argument. */
void kernel_call(uint64_t what)
{
	if (what == 0) {
		guest_report("user_counter", user_counter);
		guest_report("user_wide", user_wide);
		guest_report("syscalls", syscalls);
		guest_report("int80s", int80s);
		guest_puts("ring3: end\n");
		guest_end(GUEST_OK);
	}
}

void guest_main(void)
{
	guest_puts("ring3: start\n");
	user_paging();
	desc_init();
	desc_gate(0x80, int80_entry, 3);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	/* SYSRET's selectors: 0x10 + 16 = 0x20|3 code, 0x10 + 8 = 0x18|3 data.
	 */
	wrmsr(MSR_STAR, (uint64_t)(SEL_KERNEL_DATA | 3) << 48 |
			    (uint64_t)SEL_KERNEL_CODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_FMASK, 0x300); /* TF and IF */
	enter_user(user_main, user_stack + sizeof(user_stack));
}
