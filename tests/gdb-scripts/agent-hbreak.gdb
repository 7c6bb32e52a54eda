# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: exec
# The same in a debug register, where one exit is enough.
connect
set var laps = 10005
hbreak lap if calls == 10000
continue
print calls
monitor dr
delete
continue
