# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec int3|exec step
connect
hbreak twice
continue
next
print sum
next
step
delete
continue
