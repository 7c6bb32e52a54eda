# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: exec
connect
info threads
hbreak ap_spin
continue
info threads
thread 1
backtrace 1
thread 2
backtrace
delete
set var stop = 1
continue
