# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: int3|exec
# A condition that is false 10,000 times: nothing of that reaches GDB.
connect
set var laps = 10005
break lap if calls == 10000
continue
print calls
monitor dr
delete
continue
