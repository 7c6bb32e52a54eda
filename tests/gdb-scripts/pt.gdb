# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: exec
connect
hbreak work
continue
delete
monitor gva2gpa 0x40000ff8
print/x &backing[0][0xff8]
monitor pt 0x40000ff8
print/x &space[0].pml4[0]
monitor pt 0x100123
monitor pt 0x40001000
monitor pt 0x800000000000
monitor pt 0x20000000
monitor gva2gpa 0x40001000
continue
