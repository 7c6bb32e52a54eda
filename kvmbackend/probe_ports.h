/* SPDX-License-Identifier: MIT */
/* The built-in guest of the probe says where it got to by a byte to a port. */
#ifndef KVMBACKEND_PROBE_PORTS_H
#define KVMBACKEND_PROBE_PORTS_H

#define PROBE_PORT_END   0x7e /* straight-line code came to its end */
#define PROBE_PORT_DB    0x7d /* #DB handler: rax DR6, rcx the frame's RIP */
#define PROBE_PORT_IRQ   0x7c /* the handler of PROBE_VECTOR */
#define PROBE_PORT_OTHER 0x7b /* the handler of any other vector */
#define PROBE_VECTOR     0x40

#endif
