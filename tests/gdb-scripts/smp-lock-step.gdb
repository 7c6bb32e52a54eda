# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: exec step
# The scheduler is locked while GDB steps, and not while it continues.
connect
set scheduler-locking step
hbreak ap_spin
continue
delete
set $bsp = bsp_beats
next
step
stepi
print bsp_beats == $bsp
finish
thbreak ap_beat
continue
continue-until holds bsp_beats > $bsp
print bsp_beats > $bsp
set var stop = 1
continue
