# SPDX-License-Identifier: MIT
# guest: pvh.elf
# symbols: later pvh.elf
# options: --gdb-arch auto
# needs: exec step
# Entered in 32-bit protected mode; at _start it is in long mode.
connect
print/x $eip != 0
x/i $pc
load-symbols
hbreak *&_start
continue
print $pc == &_start
print/x $rip != 0
print/x $cs
x/2i $pc
stepi
info registers rip r15 efer
delete
continue
