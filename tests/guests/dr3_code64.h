/* SPDX-License-Identifier: MIT */
/* For the assembly of the dr3 guests: functions whose labels are public, as the
 * log is judged by them. */
	.macro	at name
	.globl	\name
\name:
	.endm

	.macro	function name
	.globl	\name
	.type	\name, @function
\name:
	pushq	%rbx
	.endm

/* What an exit left in registers is not told. */
	.macro	endfunction name
	popq	%rbx
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	ret
	.size	\name, . - \name
	.endm

	.macro	tf_on
	pushfq
	orl	$0x100, (%rsp)
	popfq
	.endm

/* Interrupts are answered, and not noted. */
	.macro	timer_handler name
	.globl	\name
	.type	\name, @function
\name:
	pushq	%rax
	movb	$0x20, %al
	outb	%al, $0x20
	popq	%rax
	iretq
	.size	\name, . - \name
	.endm

	.section .note.GNU-stack, "", @progbits
	.text
