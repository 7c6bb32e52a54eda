# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec int3|exec step
connect
find-line behind after the loop
hbreak loop
continue
until $behind
print total
advance done
print total
advance done
print total
delete
continue
