# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec int3|exec step
connect
hbreak add
continue
finish
finish
delete
continue
