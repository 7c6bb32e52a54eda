# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: exec
# What is at 0x40000000 linearly is backing[0], whose linear and physical
# addresses are the same.
connect
hbreak work
continue
delete
x/2xb 0x40000ff8
maint packet qqemu.PhyMemMode
maint packet Qqemu.PhyMemMode:1
maint packet qqemu.PhyMemMode
maint flush dcache
attempt x/2xb 0x40000ff8
x/2xb &backing[0][0xff8]
set var backing[0][0xff9] = 0x5c
maint packet Qqemu.PhyMemMode:0
maint flush dcache
x/2xb 0x40000ff8
monitor phys on
maint flush dcache
attempt x/2xb 0x40000ff8
monitor phys off
maint flush dcache
x/2xb 0x40000ff8
continue
