# SPDX-License-Identifier: MIT
# guest: flat32.elf
# options: --gdb-arch auto
# needs: exec step
# A 32-bit file needs no `set architecture'.
connect
hbreak touch
continue
print/x value
print/x $eip != 0
info registers eip tr_limit
x/i touch
stepi
delete
continue
