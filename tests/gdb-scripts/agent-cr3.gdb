# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: int3|exec
# A breakpoint of one address space only.
connect
break work if $cr3 == (unsigned long)&space[1]
continue
print works
continue
print works
continue
