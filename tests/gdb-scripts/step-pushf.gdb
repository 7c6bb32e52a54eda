# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step
connect
hbreak *at_pushf
continue
stepi
at after_pushf
print (*(unsigned long *)$rsp >> 8) & 1
print ($eflags >> 8) & 1
delete
continue
