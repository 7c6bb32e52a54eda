/* SPDX-License-Identifier: MIT */
/* at_X is the instruction to step, after_X the one behind it. */
	.macro	mark name
	.globl \name
\name:
	.endm

	.text
	.globl step_all
	.type step_all, @function
step_all:
	.cfi_startproc
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	movq	$source, %rsi
	movq	$target, %rdi
	movl	$4, %ecx
	cld
mark at_rep
	rep movsb
mark after_rep
	nop

mark at_pushf
	pushfq
	.cfi_adjust_cfa_offset 8
mark after_pushf
	popq	%rax
	.cfi_adjust_cfa_offset -8
	movq	%rax, pushed_flags

	movl	$'Z', %eax
	movw	$0x3f8, %dx	/* COM1's transmitter */
mark at_out
	outb	%al, (%dx)
mark after_out
	xorl	%eax, %eax
	movw	$0x3fd, %dx	/* its line status: empty, 0x60 */
mark at_in
	inb	(%dx), %al
mark after_in
	nop

mark at_cpuid
	xorl	%eax, %eax
	cpuid
mark after_cpuid
	nop

	movl	%ss, %eax
mark at_movss
	movl	%eax, %ss
mark after_movss
	nop
	nop

mark at_int
	int	$0x40
mark after_int
	nop

	/* IRETQ to the next line, on the same stack. */
	movq	%rsp, %rax
	movl	%ss, %ebx
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	%rax
	.cfi_adjust_cfa_offset 8
	pushfq
	.cfi_adjust_cfa_offset 8
	movl	%cs, %ebx
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	$after_iret
	.cfi_adjust_cfa_offset 8
mark at_iret
	iretq
	.cfi_adjust_cfa_offset -40
mark after_iret
	incl	irets

mark at_syscall
	syscall
mark after_syscall
	nop

	movl	timer_hz, %edi
	call	timer_start
mark at_sti
	sti
mark after_sti
	nop
mark at_hlt
	hlt
mark after_hlt
	cli
mark at_end
	nop
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size step_all, . - step_all

	.globl step_int_handler
	.type step_int_handler, @function
step_int_handler:
	incl	ints
	pushq	%rax
	movq	24(%rsp), %rax	/* RFLAGS of the frame */
	movq	%rax, handler_flags
	popq	%rax
	iretq
	.size step_int_handler, . - step_int_handler

	.globl step_timer_handler
	.type step_timer_handler, @function
step_timer_handler:
	incl	ticks
	pushq	%rax
	movb	$0x20, %al
	outb	%al, $0x20
	popq	%rax
	iretq
	.size step_timer_handler, . - step_timer_handler

/* Entered from ring 0, so it goes back by a jump. */
	.globl step_syscall_target
	.type step_syscall_target, @function
step_syscall_target:
	incl	syscalls
	movq	%r11, syscall_r11
	jmp	*%rcx
	.size step_syscall_target, . - step_syscall_target
	.section .note.GNU-stack, "", @progbits
