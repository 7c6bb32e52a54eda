# SPDX-License-Identifier: MIT
# guest: halt.elf
# needs:
# Nothing ever wakes this one.
connect
interrupt-after 1
continue
info threads
x/i $pc-1
print ticks
set var stop = 1
set $pc = $pc
interrupt-after 1
continue
print wakes
