# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: exec step
# With the scheduler locked the other CPU stands still.
connect
hbreak ap_spin
continue
delete
set scheduler-locking on
set $bsp = bsp_beats
stepi
stepi
stepi
print bsp_beats == $bsp
set scheduler-locking off
set var stop = 1
continue
