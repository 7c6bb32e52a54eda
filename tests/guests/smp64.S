/* SPDX-License-Identifier: MIT */
/*
 * The second CPU, from real mode to ap_main.  Copied to TRAMPOLINE; runs there
 * until it is in long mode, with the first CPU's page tables.  Its very first
 * instruction is a store.
 */
#define TRAMPOLINE 0x8000
#define HERE(label) ((label) - trampoline + TRAMPOLINE)

	.text
	.globl trampoline
trampoline:
	.code16
	movw	$0x5150, %cs:(ap_first_word - trampoline)
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	HERE(ap_gdt_ptr)
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$0x18, $HERE(ap_protected)

	.code32
ap_protected:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %ss
	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	trampoline_cr3, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax		/* EFER.LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	ljmpl	$0x08, $HERE(ap_long)

	.code64
ap_long:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movq	$ap_stack + 8192, %rsp
	xorl	%ebp, %ebp
	movq	$ap_entry, %rax
	jmp	*%rax

	.align	8
ap_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 08: 64-bit code */
	.quad	0x00cf93000000ffff	/* 10: data */
	.quad	0x00cf9b000000ffff	/* 18: 32-bit code */
ap_gdt_ptr:
	.word	. - ap_gdt - 1
	.long	HERE(ap_gdt)
	.globl ap_first_word
ap_first_word:
	.word	0
	.globl trampoline_end
trampoline_end:

	.type ap_entry, @function
ap_entry:
	.cfi_startproc
	.cfi_undefined rip
	sti
	call	ap_main
	ud2
	.cfi_endproc
	.size ap_entry, . - ap_entry
	.section .note.GNU-stack, "", @progbits
