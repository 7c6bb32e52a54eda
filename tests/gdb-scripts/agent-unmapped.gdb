# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: int3|exec
# The condition's memory is mapped in one address space and not in the other.
connect
break guest_puts
continue
delete
break work if *(int *)0x40001000 == 12345
continue
print works
delete
continue
