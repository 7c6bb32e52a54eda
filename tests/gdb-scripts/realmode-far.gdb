# SPDX-License-Identifier: MIT
# guest: far16.bin
# symbols: later far16.elf
# options: --flat 0x17c00
# needs: exec !dr7_reported
# The svm lab went down under it, for a reason not found: on the software KVM.
# As x86-64, $pc is IP: a breakpoint's stop is a SIGTRAP, and is not lost.
connect
hbreak *0x17c06
continue
print/x $pc
monitor where
continue
continue
delete
continue
