# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 4
# needs: exec
# Two of the four are never started.
connect
info threads
hbreak both
continue
continue
info threads
thread 4
thread 1
delete
continue-until holds 1
set var stop = 1
continue
