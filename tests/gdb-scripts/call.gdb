# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec int3|exec step
connect
hbreak done
continue
print add(20, 22)
print calls_made
print factorial(6)
backtrace 1
continue
