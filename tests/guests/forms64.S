/* SPDX-License-Identifier: MIT */
/*
 * The forms.  Each is called with rdi at its bytes and may change all that a
 * function may.  form_NAME is its start, at_NAME its access, after_NAME what
 * comes next.  What it does to its bytes is told in tests/harness/forms.py.
 */
#include "forms.h"

	.macro	form name, offset, need=0, where=0
	.pushsection .user.forms, "aw", @progbits
	.quad	form_\name, \offset
	.long	\need, \where
	.popsection
	.section .user.text, "ax", @progbits
	.globl	form_\name
form_\name:
	.endm

	.macro	at name
	.globl	at_\name
at_\name:
	.endm

	.macro	after name
	.globl	after_\name
after_\name:
	.endm

	/* A form of one instruction, with its usual end. */
	.macro	plain name, offset, need, insn:vararg
	form	\name, \offset, \need
	movabsq	$0xf8e7d6c5b4a39281, %rax
	at	\name
	\insn
	after	\name
	ret
	.endm

	/* The same with the pattern in xmm0. */
	.macro	vector name, offset, need, insn:vararg
	form	\name, \offset, \need
	movups	pattern(%rip), %xmm0
	at	\name
	\insn
	after	\name
	ret
	.endm

	.section .user.forms, "aw", @progbits
	.balign	8
	.globl	forms
forms:

/* ---- stores ---- */
	plain	s_mov1, 0x000, 0, movb %al, (%rdi)
	plain	s_mov2, 0x040, 0, movw %ax, (%rdi)
	plain	s_mov4, 0x080, 0, movl %eax, (%rdi)
	plain	s_mov8, 0x0c0, 0, movq %rax, (%rdi)
	plain	s_movimm, 0x100, 0, movl $0x04030201, 1(%rdi)
	plain	s_movnti4, 0x140, 0, movnti %eax, (%rdi)
	plain	s_movnti8, 0x180, 0, movnti %rax, (%rdi)
	plain	s_movbe, 0x1c0, NEED_MOVBE, movbe %rax, (%rdi)
	plain	s_add, 0x200, 0, addl $0x01010101, (%rdi)
	plain	s_inc, 0x240, 0, incw (%rdi)
	plain	s_not, 0x280, 0, notl (%rdi)
	plain	s_rol, 0x2c0, 0, rolb $1, (%rdi)
	plain	s_lock_add, 0x300, 0, lock addq $2, (%rdi)
	plain	s_lock_xadd, 0x340, 0, lock xaddl %eax, (%rdi)
	plain	s_lock_bts, 0x380, 0, lock btsl $1, (%rdi)
	plain	s_xchg, 0x3c0, 0, xchgl %eax, (%rdi)
	plain	s_shld, 0x400, 0, shldl $8, %eax, (%rdi)
	plain	s_sreg, 0x440, 0, movw %ds, (%rdi)
	plain	s_stos, 0x480, 0, stosq

	form	s_bts_far, 0x4c0
	movl	$65, %eax
	at	s_bts_far
	btsq	%rax, (%rdi)
	after	s_bts_far
	ret

	form	s_setcc, 0x500
	cmpl	%eax, %eax
	at	s_setcc
	sete	(%rdi)
	after	s_setcc
	ret

	form	s_cmpxchg, 0x540
	movl	$0x11111111, %eax
	movl	$0x66554433, %ecx
	at	s_cmpxchg
	lock cmpxchgl %ecx, (%rdi)
	after	s_cmpxchg
	ret

	form	s_cmpxchg_fails, 0x580
	movl	$0x22222222, %eax
	movl	$0x66554433, %ecx
	at	s_cmpxchg_fails
	lock cmpxchgl %ecx, (%rdi)
	after	s_cmpxchg_fails
	ret

	.macro	pair
	movabsq	$0x1111111111111111, %rax
	movq	%rax, %rdx
	movq	%rbx, %r8
	movabsq	$0xf8e7d6c5b4a39281, %rcx
	movabsq	$0x0807060504030201, %rbx
	.endm

	form	s_cmpxchg8b, 0x5c0
	pair
	at	s_cmpxchg8b
	lock cmpxchg8b (%rdi)
	after	s_cmpxchg8b
	movq	%r8, %rbx
	ret

	form	s_cmpxchg16b, 0x600, NEED_CX16
	pair
	at	s_cmpxchg16b
	lock cmpxchg16b (%rdi)
	after	s_cmpxchg16b
	movq	%r8, %rbx
	ret

	/* Stacks in the area: 16 bytes of it. */
	.macro	on_area name, insn:vararg
	movq	%rsp, %r8
	movq	%rbp, %r9
	movabsq	$0xf8e7d6c5b4a39281, %rax
	movq	%rax, %rbp
	leaq	16(%rdi), %rsp
	at	\name
	\insn
	after	\name
	movq	%r8, %rsp
	movq	%r9, %rbp
	ret
	.endm

	form	s_push, 0x640
	on_area	s_push, pushq %rax
	form	s_pushimm, 0x680
	on_area	s_pushimm, pushq $-2
	form	s_enter, 0x6c0
	on_area	s_enter, enter $0, $0
	form	s_pushf, 0x700
	xorl	%eax, %eax
	on_area	s_pushf, pushfq

	form	s_call, 0x740
	movq	%rsp, %r8
	leaq	16(%rdi), %rsp
	at	s_call
	call	1f
	after	s_call
1:	movq	%r8, %rsp
	ret

	form	s_popmem, 0x780
	pushq	$0x7f
	at	s_popmem
	popq	(%rdi)
	after	s_popmem
	ret

	form	s_fst, 0x7c0
	fninit
	fld1
	at	s_fst
	fstpl	(%rdi)
	after	s_fst
	ret

	form	s_fistp, 0x800
	fninit
	fld1
	at	s_fistp
	fistpll	(%rdi)
	after	s_fistp
	ret

	form	s_fnstcw, 0x840
	fninit
	at	s_fnstcw
	fnstcw	(%rdi)
	after	s_fnstcw
	ret

	form	s_stmxcsr, 0x880
	ldmxcsr	mxcsr(%rip)
	at	s_stmxcsr
	stmxcsr	(%rdi)
	after	s_stmxcsr
	ret

	vector	s_movups, 0x8c0, 0, movups %xmm0, 4(%rdi)
	vector	s_movaps, 0x900, 0, movaps %xmm0, (%rdi)
	vector	s_movdqa, 0x940, 0, movdqa %xmm0, (%rdi)
	vector	s_movdqu, 0x980, 0, movdqu %xmm0, 4(%rdi)
	vector	s_movntdq, 0x9c0, 0, movntdq %xmm0, (%rdi)
	vector	s_movd, 0xa00, 0, movd %xmm0, (%rdi)
	vector	s_movq, 0xa40, 0, movq %xmm0, (%rdi)
	vector	s_movss, 0xa80, 0, movss %xmm0, (%rdi)
	vector	s_movsd, 0xac0, 0, movsd %xmm0, (%rdi)
	vector	s_movhps, 0xb00, 0, movhps %xmm0, (%rdi)

	form	s_vmovups, 0xb40, NEED_AVX
	vmovups	pattern(%rip), %ymm0
	at	s_vmovups
	vmovups	%ymm0, (%rdi)
	after	s_vmovups
	vzeroupper
	ret

	form	s_vmaskmov, 0xb80, NEED_AVX
	vmovups	pattern(%rip), %ymm0
	vmovups	mask(%rip), %ymm1
	at	s_vmaskmov
	vmaskmovps %ymm0, %ymm1, (%rdi)
	after	s_vmaskmov
	vzeroupper
	ret

	form	s_maskmov, 0xbc0
	movups	pattern(%rip), %xmm0
	movups	mask(%rip), %xmm1
	at	s_maskmov
	maskmovdqu %xmm1, %xmm0
	after	s_maskmov
	ret

	plain	s_sgdt, 0xc00, 0, sgdt (%rdi)
	plain	s_sidt, 0xc40, 0, sidt (%rdi)

	form	s_rep_stos, 0xc80
	movb	$0x77, %al
	movl	$5, %ecx
	at	s_rep_stos
	rep stosb
	after	s_rep_stos
	ret

	form	s_rep_movs, 0xcc0
	leaq	pattern(%rip), %rsi
	movl	$2, %ecx
	at	s_rep_movs
	rep movsq
	after	s_rep_movs
	ret

	form	s_rep_ins, 0xd00, 0, RING0_ONLY
	movw	$0x3fd, %dx
	movl	$2, %ecx
	at	s_rep_ins
	rep insb
	after	s_rep_ins
	ret

	plain	s_cross, 0xffc, 0, movq %rax, (%rdi)
	plain	s_fxsave, 0x1100, 0, fxsave (%rdi)

	form	s_xsave, 0x1400, NEED_XSAVE
	movl	$3, %eax
	xorl	%edx, %edx
	at	s_xsave
	xsave	(%rdi)
	after	s_xsave
	ret

	/* Frames: 40 bytes below 64. */
	form	s_ud, 0x1800, 0, RING0_ONLY
	movq	%rsp, %r8
	leaq	64(%rdi), %rsp
	at	s_ud
	ud2
	.globl	frame_s_ud
frame_s_ud:
	movq	%r8, %rsp
	ret

	form	s_int, 0x1880, 0, RING0_ONLY
	movq	%rsp, %r8
	leaq	64(%rdi), %rsp
	at	s_int
	int	$0x81

	form	s_irq, 0x1900, 0, RING0_ONLY
	cli
	pushq	%rdi
	movl	$1000, %edi
	call	timer_start
	popq	%rdi
	movq	%rsp, %r8
	leaq	64(%rdi), %rsp
	sti
	at	s_irq
1:	pause
	jmp	1b

/* ---- loads ---- */
	plain	l_mov1, 0x2000, 0, movb (%rdi), %al
	plain	l_mov2, 0x2040, 0, movw (%rdi), %ax
	plain	l_mov4, 0x2080, 0, movl (%rdi), %eax
	plain	l_mov8, 0x20c0, 0, movq (%rdi), %rax
	plain	l_movzx, 0x2100, 0, movzbl 3(%rdi), %eax
	plain	l_movsx, 0x2140, 0, movslq (%rdi), %rax
	plain	l_movbe, 0x2180, NEED_MOVBE, movbe (%rdi), %rax
	plain	l_cmp, 0x21c0, 0, cmpl $3, (%rdi)
	plain	l_test, 0x2200, 0, testb $3, (%rdi)
	plain	l_add, 0x2240, 0, addq (%rdi), %rax
	plain	l_imul, 0x2280, 0, imull (%rdi), %eax
	plain	l_bt, 0x22c0, 0, btl $3, (%rdi)
	plain	l_cmov, 0x2300, 0, cmovel (%rdi), %eax

	form	l_pushmem, 0x2340
	at	l_pushmem
	pushq	(%rdi)
	after	l_pushmem
	popq	%rax
	ret

	form	l_pop, 0x2380
	on_area	l_pop, popq %rax

	form	l_ret, 0x2400
	movq	%rsp, %r8
	movq	%rdi, %rsp
	at	l_ret
	ret
	after	l_ret
	movq	%r8, %rsp
	ret

	form	l_jmp, 0x2440
	at	l_jmp
	jmp	*(%rdi)
	after	l_jmp
	ret

	form	l_call, 0x2480
	at	l_call
	call	*(%rdi)
	ret
	after	l_call
	ret

	form	l_lods, 0x24c0
	movq	%rdi, %rsi
	at	l_lods
	lodsl
	after	l_lods
	ret

	form	l_scas, 0x2500
	at	l_scas
	scasw
	after	l_scas
	ret

	form	l_movs, 0x2540
	movq	%rdi, %rsi
	leaq	scratch(%rip), %rdi
	at	l_movs
	movsq
	after	l_movs
	ret

	form	l_fld, 0x2580
	fninit
	at	l_fld
	fldl	(%rdi)
	after	l_fld
	ret

	form	l_fldcw, 0x25c0
	at	l_fldcw
	fldcw	(%rdi)
	after	l_fldcw
	fninit
	ret

	form	l_ldmxcsr, 0x2600
	at	l_ldmxcsr
	ldmxcsr	(%rdi)
	after	l_ldmxcsr
	ret

	vector	l_movups, 0x2640, 0, movups 4(%rdi), %xmm1
	vector	l_movaps, 0x2680, 0, movaps (%rdi), %xmm1
	vector	l_movdqu, 0x26c0, 0, movdqu 4(%rdi), %xmm1
	vector	l_pcmpeqb, 0x2700, 0, pcmpeqb (%rdi), %xmm1
	vector	l_movd, 0x2740, 0, movd (%rdi), %xmm1
	vector	l_movsd, 0x2780, 0, movsd (%rdi), %xmm1
	vector	l_cvtsi2sd, 0x27c0, 0, cvtsi2sdl (%rdi), %xmm1

	form	l_vmovups, 0x2800, NEED_AVX
	at	l_vmovups
	vmovups	(%rdi), %ymm1
	after	l_vmovups
	vzeroupper
	ret

	form	l_rep_movs, 0x2840
	movq	%rdi, %rsi
	leaq	scratch(%rip), %rdi
	movl	$2, %ecx
	at	l_rep_movs
	rep movsq
	after	l_rep_movs
	ret

	plain	l_cross, 0x2ffc, 0, movq (%rdi), %rax

	.section .user.forms, "aw", @progbits
	.globl	forms_end
forms_end:

/* ---- what they work on ---- */
	.section .user.data, "aw", @progbits
	.balign	64
	.globl	pattern
pattern:
	.byte	0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28
	.byte	0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30
	.byte	0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38
	.byte	0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40
mask:	.long	0, 0x80000080, 0, 0, 0, 0, 0, 0
mxcsr:	.long	0x1f80
	.balign	64
scratch:
	.skip	64

	.macro	area name
	.balign	4096
	.globl	\name
\name:
	.fill	0x2400, 1, 0x11
	.quad	after_l_ret
	.fill	56, 1, 0x11
	.quad	after_l_jmp
	.fill	56, 1, 0x11
	.quad	after_l_call
	.fill	0x2580 - 0x2488, 1, 0x11
	.double	1.5
	.fill	56, 1, 0x11
	.word	0x37f
	.fill	62, 1, 0x11
	.long	0x1f80
	.fill	AREA_SIZE - 0x2604, 1, 0x11
	.endm

	area	area3
	.data
	area	area0

/* ---- handlers and the way to ring 3 ---- */
	.text
	.globl	ud_handler
ud_handler:
	movq	%r8, %rsp
	ret

	.globl	int_handler
int_handler:
	movq	%r8, %rsp
	ret

	.globl	irq_handler
irq_handler:
	movq	%r8, %rsp
	movb	$0xff, %al
	outb	%al, $0x21
	movb	$0x20, %al
	outb	%al, $0x20
	sti
	ret

	.globl	call_entry
call_entry:
	call	kernel_call
	ud2

	.section .user.text, "ax", @progbits
	.globl	user_main
user_main:
	leaq	area3(%rip), %rdi
	movl	$1, %esi
	call	run_forms
	int	$0x80
	ud2
	.section .note.GNU-stack, "", @progbits
