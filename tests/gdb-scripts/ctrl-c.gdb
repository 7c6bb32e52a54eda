# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs:
connect
interrupt-after 1
continue
print beats > 0
set $before = beats
interrupt-after 1
continue
print beats > $before
set var stop = 1
continue
