/* SPDX-License-Identifier: MIT */
/* A plain ELF64 starts here in long mode, identity-mapped, on a given stack. */
	.text
	.globl _start
	.type _start, @function
_start:
	.cfi_startproc
	.cfi_undefined rip
	xorl	%ebp, %ebp
	andq	$-16, %rsp
	call	guest_start
	ud2
	.cfi_endproc
	.size _start, . - _start
	.section .note.GNU-stack, "", @progbits
