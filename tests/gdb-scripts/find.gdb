# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: exec
# A patch of ours is not found, what it hides is.
connect
hbreak work
continue
set var *(char(*)[8])(backing[1] + 8) = "needle!"
find &backing[1], +sizeof(backing[1]), 'n', 'e', 'e', 'd', 'l', 'e'
print $numfound
print $_ == &backing[1][8]
find /w1 0x40000000, +0x1000, 0xa0a0a0a0
find &backing[1], +sizeof(backing[1]), 'n', 'o', 'e'
find /b 0x100000, +0x1000000, 0xfe, 0xdc, 0xba, 0x98, 0x01, 0x02
set var *(char(*)[8])(backing[0] + 8) = "behind!"
find 0x3fff0000, +0x20000, 'b', 'e', 'h', 'i', 'n', 'd'
attempt find 0x40001000, +0x7ffffff000000000, 'n', 'o', 'e'
delete
continue
