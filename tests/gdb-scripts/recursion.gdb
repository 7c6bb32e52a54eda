# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec int3|exec step
connect
hbreak factorial if n == 1
continue
backtrace
finish
up
print n
delete
continue
