/* SPDX-License-Identifier: MIT */
/* Frames and shadows, see dr3_frames.c. */
#include "dr3_code64.inc"

/* Traps that MOV SS holds back over what it cannot be held over. */
	function	f3_ss_syscall
	movw	f3_selector, %ss
	at	f_syscall
	syscall
	at	f_sysdone
	nop
	endfunction	f3_ss_syscall

	function	f3_ss_ud
	movq	$f_after_ud, dr_resume_at
	movw	f3_selector, %ss
	at	f_ud
	ud2
	at	f_after_ud
	nop
	endfunction	f3_ss_ud

	function	f3_ss_cpuid
	xorl	%ecx, %ecx
	xorl	%eax, %eax
	movw	f3_selector, %ss
	at	f_cpuid
	cpuid
	at	f_behind_cpuid
	nop
	endfunction	f3_ss_cpuid

	function	f3_ss_in
	movw	f3_selector, %ss
	at	f_in
	inb	$0x80, %al
	at	f_behind_in
	nop
	endfunction	f3_ss_in

	function	f3_ss_popf
	pushfq
	movw	f3_selector, %ss
	at	f_popf
	popfq
	at	f_behind_popf
	nop
	endfunction	f3_ss_popf

	.globl	f3_entry
	f3_entry:
	nop
	at	f_entry1
	jmp	*%rcx

/* The event's frame is on a watched stack. */
	function	f3_int
	movq	%rsp, %rbx
	leaq	f3_stack + 2048, %rsp
	at	f_int
	int	$0x30
	at	f_back
	movq	%rbx, %rsp
	endfunction	f3_int

	function	f3_page_fault
	movq	$f_after_pf, dr_resume_at
	movq	%rsp, %rbx
	leaq	f3_stack + 2048, %rsp
	at	f_fault
	movabsb	0x7fffffff0000, %al
	at	f_after_pf
	movq	%rbx, %rsp
	endfunction	f3_page_fault

	function	f3_loop
	movl	$40, %ecx
	sti
1:
	at	f_loop
	decl	%ecx
	movl	$3000, %edx
2:
	decl	%edx
	jnz	2b
	testl	%ecx, %ecx
	jnz	1b
	cli
	endfunction	f3_loop

/* Without a trap before it, which would clear GD. */
	function	f3_ss_gd
	movl	%ss, %eax
	tf_on
	movl	%eax, %ss
	at	at_gd
	movq	%dr0, %rax
	at	behind_gd
	nop
	at	ss_gd_end
	nop
	endfunction	f3_ss_gd

	function	f3_gd_icebp
	.byte	0xf1
	at	gd_1
	movq	%dr0, %rax
	endfunction	f3_gd_icebp

	timer_handler	f3_timer
