/* SPDX-License-Identifier: MIT */
/* Real mode with CS = 17c0: an address is not what IP says. */
	.code16
	.text
	.globl _start
_start:
	cli
	xorw	%ax, %ax
	movw	$3, %cx
	.globl again
again:
	addw	$0x1111, %ax
	.globl after_add
after_add:
	nop
	loop	again
	movb	$0x10, %al
	outb	%al, $0xf4
1:	hlt
	jmp	1b
	.section .note.GNU-stack, "", @progbits
