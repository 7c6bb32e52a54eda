/* SPDX-License-Identifier: MIT */
/*
 * one_page(ROUNDS): counts op_watched[5] and op_other once a round, reads
 * op_watched[2] once, and pushes and calls all the time, within one page.
 */
	.section .data.onepage, "awx", @progbits
	.balign	4096
	.globl	op_watched, op_other, one_page
op_watched:
	.fill	16, 4, 0
op_other:
	.long	0
	.balign	16
one_page:
	movq	%rsp, old_rsp
	movq	$op_stack_end, %rsp
	movq	%rdi, %rcx
1:	pushq	%rcx
	call	count
	popq	%rcx
	decq	%rcx
	jnz	1b
	movq	old_rsp, %rsp
	ret

count:
	incl	op_other
	incl	op_watched + 20
	.globl	after_store
after_store:
	movl	op_watched + 8, %eax
	.globl	after_load
after_load:
	ret

old_rsp:
	.quad	0
	.fill	256, 1, 0
op_stack_end:
	.balign	4096
	.section .note.GNU-stack, "", @progbits
