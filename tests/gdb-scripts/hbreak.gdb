# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec
connect
hbreak add
continue
print a
backtrace
continue
print a
continue
