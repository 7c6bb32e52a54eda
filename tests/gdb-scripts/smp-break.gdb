# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: exec
connect
hbreak ap_work
continue
continue
continue
delete
set var stop = 1
continue
