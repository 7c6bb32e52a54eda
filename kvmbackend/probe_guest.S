/* SPDX-License-Identifier: MIT */
/* See probe_guest.h.  rbx points to the data that stores and loads touch. */
#include "probe_ports.h"

	.section .rodata
	.balign 16
	.globl probe_guest_start, probe_guest_end
probe_guest_start:
nops:
	nop
nop2:
	nop
nop3:
	nop
	nop
	out %al, $PROBE_PORT_END
store1:
	movb %al, (%rbx)
store1_after:
	out %al, $PROBE_PORT_END
store2:
	movw %ax, (%rbx)
store2_after:
	out %al, $PROBE_PORT_END
store4:
	movl %eax, (%rbx)
store4_after:
	out %al, $PROBE_PORT_END
store8:
	movq %rax, (%rbx)
store8_after:
	out %al, $PROBE_PORT_END
load:
	movb (%rbx), %al
load_after:
	out %al, $PROBE_PORT_END
bp:
	int3
	out %al, $PROBE_PORT_END
mov_dr:
	mov %dr7, %rax
	out %al, $PROBE_PORT_END
h_db:
	mov %dr6, %rax
	mov (%rsp), %rcx
	out %al, $PROBE_PORT_DB
h_irq:
	out %al, $PROBE_PORT_IRQ
h_other:
	out %al, $PROBE_PORT_OTHER
probe_guest_end:

#define LABEL(name, at)                                                        \
	.globl name;                                                           \
	name:                                                                  \
	.long at - probe_guest_start

	.balign 4
	LABEL(probe_nops, nops)
	LABEL(probe_nop2, nop2)
	LABEL(probe_nop3, nop3)
	.globl probe_store
probe_store:
	.long store1 - probe_guest_start, store2 - probe_guest_start
	.long store4 - probe_guest_start, store8 - probe_guest_start
	.globl probe_store_after
probe_store_after:
	.long store1_after - probe_guest_start
	.long store2_after - probe_guest_start
	.long store4_after - probe_guest_start
	.long store8_after - probe_guest_start
	LABEL(probe_load, load)
	LABEL(probe_load_after, load_after)
	LABEL(probe_int3, bp)
	LABEL(probe_mov_dr, mov_dr)
	LABEL(probe_h_db, h_db)
	LABEL(probe_h_irq, h_irq)
	LABEL(probe_h_other, h_other)

	.section .note.GNU-stack, "", @progbits
