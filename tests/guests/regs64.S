/* SPDX-License-Identifier: MIT */
	.text
	.globl regs_exercise
	.type regs_exercise, @function
/* RDI: struct snapshot */
regs_exercise:
	.cfi_startproc
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	movq	$0x0101010101010101, %rbx
	movq	$0x1212121212121212, %r12
	movq	$-2, %r13
	movq	$0x1414, %r14
	movq	$0x1515151515151515, %r15
	movdqa	pattern(%rip), %xmm5
	movdqa	pattern(%rip), %xmm15
	fninit
	fldl	half(%rip)
	fldl	forty(%rip)
	.globl regs_loaded
regs_loaded:
	nop
	movq	%rbx, 0(%rdi)
	movq	%r15, 8(%rdi)
	movdqu	%xmm5, 16(%rdi)
	fstpt	32(%rdi)
	fstp	%st(0)
	stmxcsr	44(%rdi)
	popq	%r15
	.cfi_adjust_cfa_offset -8
	popq	%r14
	.cfi_adjust_cfa_offset -8
	popq	%r13
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size regs_exercise, . - regs_exercise

	.data
	.align	16
pattern:
	.quad	0x1111111122222222, 0x3333333344444444
half:
	.double	0.5
forty:
	.double	40.25
	.section .note.GNU-stack, "", @progbits
