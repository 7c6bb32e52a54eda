/* SPDX-License-Identifier: MIT */
/*
 * Ring 3: page tables of its own, where the kernel's 2 MiB pages are not for
 * the user and the two from 4 MiB on are, which guest64.ld puts .user into.
 */
#ifndef USER64_H
#define USER64_H

#define USER_DATA __attribute__((section(".user.data")))
#define USER_TEXT __attribute__((section(".user.text"), noinline))

void user_paging(void);

/* By IRET, with RAX 0 and interrupts on. */
_Noreturn void enter_user(void (*entry)(void), void *stack);

#endif
