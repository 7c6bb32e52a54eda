# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs:
connect
continue-until holds beats > 0
print beats > 0
set $before = beats
continue-until holds beats > $before
print beats > $before
set var stop = 1
continue
