# SPDX-License-Identifier: MIT
# guest: halt.elf
# needs: dr7_reported
connect
set var ticking = 1
interrupt-after 1
continue
print ticks > 0
set var stop = 1
continue
