# SPDX-License-Identifier: MIT
# guest: demo.elf
# needs:
# Before the first instruction, with no breakpoint at all.
connect
at _start
print/x $cs
print $rsp != 0
print ($eflags >> 9) & 1
print/x $efer & 0x400
info registers rip
set $r12 = 0x1234567890
print/x $r12
set var counter = 100
print counter
x/i $pc
detach
