# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs:
connect
continue-until holds ap_beats > 0 && bsp_beats > 0
print ap_beats > 0
print bsp_beats > 0
set $ap = ap_beats
set $bsp = bsp_beats
info threads
print ap_beats == $ap && bsp_beats == $bsp
continue-until holds ap_beats > $ap && bsp_beats > $bsp
print ap_beats > $ap
print bsp_beats > $bsp
set var stop = 1
continue
