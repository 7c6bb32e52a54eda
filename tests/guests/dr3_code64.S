/* SPDX-License-Identifier: MIT */
/* Breakpoints, see dr3_code.c. */
#include "dr3_code64.inc"

	function	c3_special
	movl	$0xc0000082, %ecx
	at	c_rdmsr
	rdmsr
	at	c_wrmsr
	wrmsr
	movl	%ss, %eax
	at	c_movss
	movl	%eax, %ss
	nop
	pushfq
	at	c_popf
	popfq
	movq	%rsp, %rax
	movl	%ss, %ecx
	pushq	%rcx
	pushq	%rax
	pushfq
	movl	%cs, %ecx
	pushq	%rcx
	pushq	$c_returned
	at	c_iret
	iretq
	at	c_returned
	nop
	movl	$c3_page, %esi
	movl	$c3_page + 64, %edi
	movl	$5, %ecx
	at	c_rep
	rep	movsb
	at	c_behind_rep
	nop
	int	$0x30
	at	c_back
	nop
	movq	%cr0, %rax
	at	c_cr0
	movq	%rax, %cr0
	at	c_cli
	cli
	at	c_icebp
	.byte	0xf1
	at	c_behind_icebp
	nop
	movw	c3_selector, %ss
	at	c_shadow
	nop
	at	c_lit
	nop
	endfunction	c3_special

/* A prefix: the breakpoint is on the first byte. */
	function	c3_prefix
	nop
	at	c_prefix
	.byte	0x66, 0x90
	at	c_after
	lock	incq c3_count
	nop
	endfunction	c3_prefix

/* The page is not there the first time. */
	function	c3_fault
	xorl	%eax, %eax
	at	c_load
	movb	0x40000000, %al
	at	c_loaded
	nop
	endfunction	c3_fault
