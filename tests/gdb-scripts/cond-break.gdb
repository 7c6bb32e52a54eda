# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: exec
connect
set var laps = 40
hbreak lap if calls == 17
continue
print calls
info breakpoints
delete
continue
