# SPDX-License-Identifier: MIT
# guest: regs.elf
# needs: exec dr7_reported
connect
hbreak *regs_loaded
continue
set var *(char(*)[8])(buffer + 8) = "needle!"
find &buffer, +sizeof(buffer), 'n', 'e', 'e', 'd', 'l', 'e'
print $numfound
print $_ == &buffer[8]
find /w &memory_cell, +16, 0x55667788
find &buffer, +sizeof(buffer), 'n', 'o', 'e'
find /b 0x0, +0x4000000, 0xfe, 0xdc, 0xba, 0x98, 0x01, 0x02
attempt find &buffer, +0x7ffffffff000, 'n', 'o', 'e'
continue
