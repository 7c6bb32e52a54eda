# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: exec
# Both CPUs come to one function; neither hit may be lost.
connect
hbreak both
continue
continue
print $_thread > 0
delete
set var stop = 1
continue
