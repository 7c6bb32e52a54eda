# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: exec step
# What another vCPU stops for ends the range of this one.
connect
set var go = 0
hbreak bsp_spin
continue
set var stop = 1
hbreak ap_work
find-line waits while (!ap_worked)
eval "tbreak %d", $waits
continue
delete 1
set var go = 1
next
print ap_worked
info threads
delete
thread 1
next
continue
