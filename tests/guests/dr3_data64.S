/* SPDX-License-Identifier: MIT */
/* Accesses, see dr3_data.c. */
#include "dr3_code64.inc"

/* No hit: nothing is read or written there. */
	function	d3_none
	leaq	d3_words, %rax
	nopl	(%rax)
	nopw	4(%rax)
	prefetcht0	(%rax)
	movl	$7, d3_words + 8
	endfunction	d3_none

	function	d3_exchange
	movl	$1, %eax
	xchgl	%eax, d3_words
	at	d_xchg
	movl	$77, %eax
	movl	$5, %ecx
	cmpxchgl	%ecx, d3_words
	at	d_fail
	lock	cmpxchgl %ecx, d3_words
	at	d_done
	xaddl	%ecx, d3_words
	at	d_xadd
	movl	d3_words, %eax
	at	d_low
	movl	d3_words + 4, %edx
	at	d_high
	xorl	%ecx, %ecx
	movl	$9, %ebx
	lock	cmpxchg8b d3_words
	at	d_8b
	btsl	$3, d3_words
	at	d_bts
	negl	d3_words
	at	d_neg
	sgdt	d3_words + 6
	at	d_sgdt
	nop
	endfunction	d3_exchange

/* Memory to memory, and jumps through it. */
	function	d3_memory
	pushq	d3_words + 8
	popq	d3_words
	at	d_pop
	movq	$d_target, d3_words
	at	d_set
	jmp	*d3_words
	nop
	at	d_target
	movl	$d3_words, %esi
	movl	$d3_words + 16, %edi
	movsq
	at	d_movs
	movl	$d3_words, %esi
	lodsl
	at	d_lods
	movl	$d3_words, %edi
	scasl
	at	d_scas
	movl	$d3_words, %esi
	movl	$d3_words + 16, %edi
	cmpsl
	at	d_cmps
	nop
	endfunction	d3_memory

/* Its stack is watched where ENTER and LEAVE, CALL and RET work; not where the
 * frame of that trap goes, which is aligned. */
	function	d3_frames
	movq	%rsp, %rax
	movq	%rbp, %rbx
	leaq	d3_stack + 248, %rsp
	movq	%rsp, %rbp
	enter	$16, $0
	at	d_enter
	leave
	at	d_leave
	call	1f
	at	d_back
	pushq	$5
	at	d_push
	addl	$1, (%rsp)
	at	d_add
	popq	%rcx
	at	d_popped
	movq	%rbx, %rbp
	movq	%rax, %rsp
	jmp	2f
1:
	at	d_called
	ret
2:
	endfunction	d3_frames

	function	d3_iret
	movq	%rsp, %rax
	movl	%ss, %ecx
	leaq	d3_stack + 248, %rsp
	pushq	%rcx
	at	d_frame
	pushq	%rax
	pushfq
	movl	%cs, %ecx
	pushq	%rcx
	pushq	$d_iret
	iretq
	at	d_iret
	nop
	endfunction	d3_iret

/* Unaligned: two words at once, and the ends of a watch. */
	function	d3_straddle
	movq	$-1, d3_words + 4
	at	d_both
	movw	$-2, d3_words + 7
	at	d_seven
	movl	$-3, d3_words + 13
	at	d_second
	movl	d3_words + 5, %eax
	at	d_load
	nop
	endfunction	d3_straddle

	function	d3_rep
	movl	$d3_words, %edi
	movl	$6, %ecx
	movl	$0x11, %eax
	at	at_stosq
	rep	stosq
	at	d_stosq
	movl	$d3_words + 40, %esi
	movl	$d3_words + 48, %edi
	movl	$6, %ecx
	std
	at	at_down
	rep	movsq
	at	d_down
	cld
	endfunction	d3_rep

/* A breakpoint where the trap is. */
	function	d3_then
	movl	$4, d3_words
	at	d_then
	nop
	at	d_behind
	movl	d3_words, %eax
	at	d_last
	nop
	endfunction	d3_then

	function	d3_port
	outb	%al, $0x80
	at	d_out
	inb	$0x80, %al
	at	d_in
	movl	$3, d3_words
	at	d_io
	movl	d3_words, %eax
	at	d_io2
	nop
	endfunction	d3_port
