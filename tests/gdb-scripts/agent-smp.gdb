# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: int3|exec
# Two vCPUs in and out of conditions at once, each with a register of its own.
connect
tbreak both
continue
break ap_beat if ap_beats == 3000
break bsp_beat if bsp_beats == 4000
continue
continue
print ap_beats >= 3000 && bsp_beats >= 4000
monitor dr
delete
set var stop = 1
continue
