# SPDX-License-Identifier: MIT
# guest: halt.elf
# needs: dr7_reported
connect
set var ticking = 1
continue-until holds ticks > 0
print ticks > 0
set var stop = 1
continue
