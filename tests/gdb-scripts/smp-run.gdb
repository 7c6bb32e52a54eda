# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: exec
# Both run; started again, the second one waits for the first to start it.
connect-extended
hbreak ap_beat
continue
print ap_alive
delete
hbreak start_ap
run
print ap_alive
info threads
delete
hbreak ap_beat
continue
delete
set var stop = 1
continue
