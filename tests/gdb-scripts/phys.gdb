# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: exec
# What is at 0x40000000 linearly has another physical address.
connect
hbreak work
continue
delete
monitor gva2gpa 0x40000ff8
monitor pt 0x40000ff8
maint packet Qqemu.PhyMemMode:1
maint packet qqemu.PhyMemMode
