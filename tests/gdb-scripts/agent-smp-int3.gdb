# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2 --without exec_rf
# needs: int3
# Two vCPUs in and out of conditions at once, by int3: each holds the other while
# it steps over its own.
connect
tbreak both
continue
break ap_beat if ap_beats == 300
break bsp_beat if bsp_beats == 400
continue
continue
print ap_beats >= 300 && bsp_beats >= 400
monitor dr
delete
set var stop = 1
continue
