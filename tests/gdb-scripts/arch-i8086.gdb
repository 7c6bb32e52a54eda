# SPDX-License-Identifier: MIT
# guest: far16.bin
# symbols: later far16.elf
# options: --flat 0x17c00 --gdb-arch i8086
# needs: exec step !dr7_reported
# The svm lab went down under it, for a reason not found: on the software KVM.
# As i8086, $pc is linear: symbols, breakpoints and 16-bit code fit.
connect
load-symbols
at &_start
x/i &again
hbreak *again
continue
print/x $cs
stepi
print/x $ax
x/i $pc
continue
set $cx = 1
set $pc = (long)&after_add
delete
continue
