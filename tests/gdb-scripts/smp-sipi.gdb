# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs:
# The second CPU has not been started: it is seen so, and can be interrupted.
connect
info threads
thread 2
set scheduler-locking on
interrupt-after 1
continue
set scheduler-locking off
print bsp_beats
interrupt-after 2
continue
info threads
set var stop = 1
continue
