/* SPDX-License-Identifier: MIT */
/* Multiboot 1 (GNU Multiboot Specification 0.6.96): 32-bit protected mode, no
 * paging, flat segments, EAX = 0x2badb002. */
#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x0
#define MULTIBOOT_LOADER 0x2badb002

	.section .multiboot, "a", @progbits
#ifdef MULTIBOOT2
	.align	8
1:	.long	0xe85250d6, 0, 3f - 1b, -(0xe85250d6 + 3f - 1b)
	.short	1, 0		/* information request: the memory map */
	.long	2f - . + 4, 6
2:	.align	8
	.short	200, 1		/* unknown, but optional */
	.long	8
	.short	0, 0
	.long	8
3:
#endif
	.align	4
#ifndef MULTIBOOT2
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
#endif

	.text
	.globl _start
	.type _start, @function
_start:
	.cfi_startproc
	.cfi_undefined eip
	movl	%eax, multiboot_magic
	movl	%ebx, multiboot_info
	movl	$stack_top, %esp
	xorl	%ebp, %ebp
	lgdt	gdt_ptr
	ljmp	$0x08, $1f
1:	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	call	guest_start
	ud2
	.cfi_endproc
	.size _start, . - _start

	.data
	.align	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
gdt_ptr:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.align	16
	.skip	16384
stack_top:
	.globl multiboot_magic, multiboot_info
multiboot_magic:
	.skip	4
multiboot_info:
	.skip	4
	.section .note.GNU-stack, "", @progbits
