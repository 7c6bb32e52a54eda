# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: exec
connect
hbreak work
continue
delete
x/8xb 0x40000ff8
attempt x/2gx 0x40000ff8
attempt x/4xb 0x40000ffe
attempt dump binary memory /dev/null 0x40000ff0 0x40001010
attempt print *(int *)0x40001000
attempt x/i 0x7fffffff0000
attempt set var *(int *)0x40001000 = 1
attempt set var *(long *)0x40000ffc = 1
x/2xw 0x40000ff8
set var *(int *)0x40000ffc = 0x01020304
x/2xw 0x40000ff8
continue
