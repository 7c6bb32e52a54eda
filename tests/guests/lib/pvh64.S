/* SPDX-License-Identifier: MIT */
/*
 * PVH entry (xen/include/public/arch-x86/hvm/start_info.h): 32-bit protected
 * mode, no paging, flat segments, EBX = physical address of the start info.
 * Goes to long mode with the first 4 GiB identity-mapped by 2 MiB pages, and
 * on to _start as if the ELF had been entered there.
 */
#define XEN_ELFNOTE_PHYS32_ENTRY 18
#define PAGE_PRESENT_WRITE 0x3
#define PAGE_LARGE 0x80
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define CR0_PG_PE 0x80000001

	.section .note.pvh, "a", @note
	.align	4
	.long	2f - 1f
	.long	4f - 3f
	.long	XEN_ELFNOTE_PHYS32_ENTRY
1:	.asciz	"Xen"
2:	.align	4
3:	.long	pvh_entry
4:	.align	4

	.text
	.code32
	.globl pvh_entry
	.type pvh_entry, @function
pvh_entry:
	movl	%ebx, pvh_start_info
	movl	$pvh_stack_top, %esp

	movl	$pvh_pd, %edi
	movl	$(PAGE_LARGE | PAGE_PRESENT_WRITE), %eax
	movl	$2048, %ecx
1:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b

	movl	$(pvh_pd + PAGE_PRESENT_WRITE), %eax
	movl	$pvh_pdpt, %edi
	movl	$4, %ecx
2:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	2b

	movl	$(pvh_pdpt + PAGE_PRESENT_WRITE), pvh_pml4
	movl	$0, pvh_pml4 + 4

	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$pvh_pml4, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$CR0_PG_PE, %eax
	movl	%eax, %cr0
	lgdt	pvh_gdt_ptr
	ljmp	$0x08, $pvh_long
	.size pvh_entry, . - pvh_entry

	.code64
pvh_long:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movq	$pvh_stack_top, %rsp
	jmp	_start

	.data
	.align	8
pvh_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 08: 64-bit code */
	.quad	0x00cf93000000ffff	/* 10: data */
pvh_gdt_ptr:
	.word	. - pvh_gdt - 1
	.long	pvh_gdt

	.bss
	.align	4096
pvh_pml4:
	.skip	4096
pvh_pdpt:
	.skip	4096
pvh_pd:
	.skip	4 * 4096
	.skip	16384
pvh_stack_top:
	.globl pvh_start_info
pvh_start_info:
	.skip	8
	.section .note.GNU-stack, "", @progbits
