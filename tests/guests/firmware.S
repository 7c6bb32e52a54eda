/* SPDX-License-Identifier: MIT */
/*
 * A firmware image of 4 KiB: entered at its reset vector, it shows that its
 * bytes at the top of 4 GiB cannot be written, and goes on in the copy below
 * 1 MiB, where it is linked to.
 */
	.code16
	.text
	.globl _start, begin, counter
_start:
begin:
	movw	%cs:top_word - _start, %bx	/* CS has its reset base */
	movw	$0x1234, %cs:top_word - _start
	cmpw	%bx, %cs:top_word - _start
	jne	fail
	ljmp	$0xf000, $(below - _start + 0xf000)
	.globl below
below:
	movw	$0xf000, %ax
	movw	%ax, %ds
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	$(hello - _start + 0xf000), %si
	call	print
	movw	$3, %cx
1:	addw	$1, %ss:0x600
	.globl after_add
after_add:
	loop	1b
	movw	$(bye - _start + 0xf000), %si
	call	print
	movb	$0x10, %al
	outb	%al, $0xf4
fail:
	movb	$0x11, %al
	outb	%al, $0xf4
2:	hlt
	jmp	2b

print:
	movw	$0x3f8, %dx
3:	lodsb
	testb	%al, %al
	jz	4f
	outb	%al, (%dx)
	jmp	3b
4:	ret

hello:	.asciz	"firmware: start\n"
bye:	.asciz	"firmware: end\n"
	.balign	2
top_word: .word	0x55aa

	.org	0xff0
	.globl reset
reset:
	/* near: CS keeps its base */
	jmp	begin
	.org	0x1000
	.section .note.GNU-stack, "", @progbits
