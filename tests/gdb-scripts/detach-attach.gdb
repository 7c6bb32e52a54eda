# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs: exec
connect
hbreak beat
continue
set $before = beats
detach
shell sleep 0.2
connect
away-until holds beats > $before + 10
print beats > $before + 10
continue
delete
set var stop = 1
continue
