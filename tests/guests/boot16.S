/* SPDX-License-Identifier: MIT */
/*
 * A boot sector: real mode at 0000:7c00.  Counts in a word, says so on COM1,
 * and ends the machine.
 */
	.code16
	.text
	.globl _start
_start:
	ljmp	$0, $begin
	.globl begin
begin:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	$0xff, %ax
	outb	%al, $0x21
	outb	%al, $0xa1
	movw	$hello, %si
	call	print
	movw	$3, %cx
	.globl again
again:
	addw	$0x1111, word
	.globl after_store
after_store:
	nop
	loop	again
	movw	$bye, %si
	call	print
	movb	$0x10, %al
	outb	%al, $0xf4
1:	hlt
	jmp	1b

	.globl print
print:
	movw	$0x3f8, %dx
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, (%dx)
	jmp	1b
2:	ret

hello:	.asciz	"boot16: start\n"
bye:	.asciz	"boot16: end\n"
	.balign	4
	.globl word
word:	.word	0
	.org	510
	.word	0xaa55
	.section .note.GNU-stack, "", @progbits
