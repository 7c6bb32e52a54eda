# SPDX-License-Identifier: MIT
# guest: count.elf
connect
monitor log
monitor log warn
x/1gx 0x200000
monitor log loud
monitor log packet
x/1gx 0x200010
monitor help log
continue
