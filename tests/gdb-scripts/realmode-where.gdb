# SPDX-License-Identifier: MIT
# guest: boot16.bin
# symbols: later boot16.elf
# options: --flat 0x17c00
# needs: step
# Entered at 17c0:0000, which jumps to 0000:7c05.
connect
print/x $pc
monitor where
stepi
monitor where
monitor cpus
kill
