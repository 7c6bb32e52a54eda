# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs: int3|exec
# Ctrl-C comes through while a dprintf prints without end.
connect
set dprintf-style agent
dprintf beat,"beats %d\n", beats
interrupt-after 1
continue
delete
print beats > 100
set var stop = 1
continue
