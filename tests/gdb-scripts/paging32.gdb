# SPDX-License-Identifier: MIT
# guest: pae32.elf
# needs: exec dr7_reported
# The same walk where no data breakpoint fires.
set architecture i386:x86-64
connect
hbreak *rest
continue
x/1xw 0xd0000000
attempt x/1xw 0xd0001000
print *alias
set var *alias = 100
print shared
delete
continue
