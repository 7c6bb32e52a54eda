# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs: int3|exec
# Ctrl-C comes through while a dprintf prints without end.
connect
set dprintf-style agent
dprintf beat,"beats %d\n", beats
continue-until holds beats > 100
delete
print beats > 100
set var stop = 1
continue
