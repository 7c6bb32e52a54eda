# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: int3|exec
# A new condition for a breakpoint that is inserted: a Z without a z.
connect
set breakpoint always-inserted on
set var laps = 60
break lap if calls == 20
continue
condition 1 calls == 30
continue
print calls
condition 1
continue
print calls
condition 1 calls == 31 / (calls - calls + 1) + 20
continue
print calls
delete
continue
