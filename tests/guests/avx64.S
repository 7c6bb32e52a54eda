/* SPDX-License-Identifier: MIT */
	.text
	.globl avx_exercise, avx_loaded
	.type avx_exercise, @function
avx_exercise:
	.cfi_startproc
	vmovdqu	pattern(%rip), %ymm5
	vmovdqu	pattern(%rip), %ymm15
avx_loaded:
	nop
	vmovdqu	%ymm5, (%rdi)
	ret
	.cfi_endproc
	.size avx_exercise, . - avx_exercise

	.globl avx512_exercise, avx512_loaded
	.type avx512_exercise, @function
avx512_exercise:
	.cfi_startproc
	vmovdqu64	pattern(%rip), %zmm5
	vmovdqu64	pattern(%rip), %zmm20
	movq	$0x1234, %rax
	kmovw	%eax, %k3
avx512_loaded:
	nop
	vmovdqu64	%zmm20, (%rdi)
	kmovw	%k3, %eax
	movq	%rax, 64(%rdi)
	ret
	.cfi_endproc
	.size avx512_exercise, . - avx512_exercise

	.data
	.align	64
pattern:
	.quad	0x1111111122222222, 0x3333333344444444
	.quad	0x5555555566666666, 0x7777777788888888
	.quad	0x99999999aaaaaaaa, 0xbbbbbbbbcccccccc
	.quad	0xddddddddeeeeeeee, 0xffffffff00000000
	.section .note.GNU-stack, "", @progbits
