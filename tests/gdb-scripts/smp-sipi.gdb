# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs:
# The second CPU has not been started: it is seen so, and can be interrupted.
connect
info threads
thread 2
set scheduler-locking on
continue-until holds 1
set scheduler-locking off
print bsp_beats
continue-until holds ap_beats > 0
info threads
set var stop = 1
continue
