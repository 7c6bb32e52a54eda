/* SPDX-License-Identifier: MIT */
	.section .rodata
	.globl	watch_page, watch_page_end
	.hidden	watch_page, watch_page_end
watch_page:
	.incbin	WATCH_PAGE
watch_page_end:
	.byte	0
	.section .note.GNU-stack, "", @progbits
