/* SPDX-License-Identifier: MIT */
/* Exceptions, with all registers on the stack as struct dr_frame. */
	.macro	stub vector, has_error
	.globl	dr_stub_\vector
dr_stub_\vector:
	.if	!\has_error
	pushq	$0
	.endif
	pushq	$\vector
	jmp	dr_common
	.endm

	.text
	stub	1, 0
	stub	3, 0
	stub	6, 0
	stub	12, 1
	stub	13, 1
	stub	14, 1
	stub	48, 0

	.type dr_common, @function
dr_common:
	.irp	reg, rax, rcx, rdx, rbx, rbp, rsi, rdi
	pushq	%\reg
	.endr
	.irp	reg, r8, r9, r10, r11, r12, r13, r14, r15
	pushq	%\reg
	.endr
	cld
	movq	%rsp, %rdi
	call	dr_trap
	.irp	reg, r15, r14, r13, r12, r11, r10, r9, r8
	popq	%\reg
	.endr
	.irp	reg, rdi, rsi, rbp, rbx, rdx, rcx, rax
	popq	%\reg
	.endr
	addq	$16, %rsp
	iretq
	.size dr_common, . - dr_common
	.section .note.GNU-stack, "", @progbits
