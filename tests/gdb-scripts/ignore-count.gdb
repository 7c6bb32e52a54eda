# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: exec
connect
set var laps = 20
hbreak lap
ignore 1 12
continue
print calls
delete
continue
