# SPDX-License-Identifier: MIT
# guest: pvh.elf
# symbols: later pvh.elf
# needs: exec
# Entered in 32-bit protected mode.
connect
print $eip
monitor arch
monitor arch i386
unset tdesc filename
print/x $eip != 0
x/i $pc
monitor arch vax
monitor arch x86-64
unset tdesc filename
print/x $rip != 0
load-symbols
hbreak step_up
continue
delete
continue
