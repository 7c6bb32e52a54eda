# SPDX-License-Identifier: MIT
# guest: halt.elf
# needs:
# Nothing ever wakes this one.
connect
continue-until holds *(unsigned char *)($pc - 1) == 0xf4
info threads
x/i $pc-1
print ticks
set var stop = 1
set $pc = $pc
continue-until holds 1
print wakes
