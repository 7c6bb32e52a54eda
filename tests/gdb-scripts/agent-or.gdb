# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: int3|exec
# Two breakpoints at one address: their conditions are ORed.
connect
set var laps = 60
break lap if calls == 40
break lap if calls == 20
break lap if calls == 20 && laps == 60
continue
print calls
continue
print calls
delete
continue
