/* SPDX-License-Identifier: MIT */
/* The guest steps itself, see dr3_step.c. */
#include "dr3_code64.inc"

	function	s3_exits
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	tf_on
	cpuid
	at	ex_1
	movl	$0xc0000082, %ecx
	at	ex_2
	rdmsr
	at	ex_3
	wrmsr
	at	ex_4
	outb	%al, $0x80
	at	ex_5
	inb	$0x80, %al
	at	ex_6
	movq	%cr4, %rax
	at	ex_7
	movq	%rax, %cr4
	at	ex_8
	movq	%cr0, %rax
	at	ex_9
	movq	%rax, %cr0
	at	ex_10
	wbinvd
	at	ex_11
	invlpg	s3_bytes
	at	exits_end
	nop
	endfunction	s3_exits

	function	s3_string
	movl	$0x80, %edx
	movl	$s3_bytes, %esi
	movl	$s3_bytes + 4, %edi
	movl	$2, %ecx
	tf_on
	at	at_outs
	rep	outsb
	at	str_1
	movl	$2, %ecx
	at	at_ins
	rep	insb
	at	str_2
	movl	$3, %ecx
	at	str_3
	movl	$s3_bytes, %edi
	at	at_stos
	rep	stosb
	at	string_end
	nop
	endfunction	s3_string

	function	s3_sti
	tf_on
	sti
	at	sti_1
	nop
	at	sti_2
	cli
	at	sti_3
	sti
	at	sti_4
	cli
	at	sti_end
	nop
	endfunction	s3_sti

	function	s3_hlt
	tf_on
	sti
	at	hlt_1
	hlt
	at	hlt_2
	cli
	at	hlt_end
	nop
	endfunction	s3_hlt

	function	s3_ss_icebp
	movl	%ss, %eax
	tf_on
	nop
	at	si_1
	movl	%eax, %ss
	at	si_2
	.byte	0xf1
	at	si_3
	nop
	at	ss_icebp_end
	nop
	endfunction	s3_ss_icebp

	function	s3_ss_cpuid
	xorl	%ecx, %ecx
	movl	%ss, %eax
	tf_on
	nop
	at	sc_1
	movl	%eax, %ss
	at	sc_2
	cpuid
	at	sc_3
	nop
	at	ss_cpuid_end
	nop
	endfunction	s3_ss_cpuid

	function	s3_icebp
	tf_on
	nop
	at	ic_1
	.byte	0xf1
	at	ic_2
	nop
	at	icebp_end
	nop
	endfunction	s3_icebp

/* TF comes with IRET. */
	function	s3_iret
	movq	%rsp, %rax
	movl	%ss, %ecx
	pushq	%rcx
	pushq	%rax
	pushfq
	orl	$0x100, (%rsp)
	movl	%cs, %ecx
	pushq	%rcx
	pushq	$ir_1
	iretq
	at	ir_1
	nop
	at	ir_2
	int	$0x30
	at	ir_3
	nop
	at	iret_end
	nop
	endfunction	s3_iret

	timer_handler	s3_timer
