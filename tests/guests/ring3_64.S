/* SPDX-License-Identifier: MIT */
	.macro	mark name
	.globl \name
\name:
	.endm

	.text
	.globl syscall_entry
	.type syscall_entry, @function
syscall_entry:
	movq	%rsp, user_rsp
	movq	$kernel_stack + 8192, %rsp
	pushq	%rcx
	pushq	%r11
	incl	syscalls
	call	kernel_call
	popq	%r11
	popq	%rcx
	movq	user_rsp, %rsp
mark at_sysret
	sysretq
	.size syscall_entry, . - syscall_entry

	.globl int80_entry
	.type int80_entry, @function
int80_entry:
	incl	int80s
	pushq	%rdi
	call	kernel_call
	popq	%rdi
mark at_user_iretq
	iretq
	.size int80_entry, . - int80_entry

	.section .user.text, "ax", @progbits
	.globl user_main
	.type user_main, @function
user_main:
	.cfi_startproc
	.cfi_undefined rip
	movl	$3, %ebx
user_loop:
	call	user_bump
	movl	$1, %edi
mark at_user_syscall
	syscall
mark after_user_syscall
	movl	$2, %edi
mark at_user_int
	int	$0x80
mark after_user_int
	decl	%ebx
	jnz	user_loop
	xorl	%edi, %edi
	syscall
	ud2
	.cfi_endproc
	.size user_main, . - user_main

	.globl user_bump
	.type user_bump, @function
user_bump:
	.cfi_startproc
	addl	$10, user_counter
mark after_user_store
	movq	user_wide, %rax
mark after_user_load
	addq	%rax, %rax
	movq	%rax, user_wide
	ret
	.cfi_endproc
	.size user_bump, . - user_bump

	.bss
	.align	8
user_rsp:
	.skip	8
	.section .note.GNU-stack, "", @progbits
