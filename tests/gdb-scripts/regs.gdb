# SPDX-License-Identifier: MIT
# guest: regs.elf
# needs: exec dr7_reported
connect
hbreak *regs_loaded
continue
print/x $rbx
print/x $r12
print $r13
print/x $r14
print/x $xmm5.v4_int32
print/x $xmm15.v2_int64
print $st0
print $st1
set $rbx = 0x4242424242424242
set $r15 = -3
set $xmm5.v2_int64[0] = 0xabcdef0123456789
set $st0 = 2.5
set var memory_cell = 0xfeedface
set var buffer[3] = 0x77
print $st0
print/x $xmm5.v2_int64
continue
