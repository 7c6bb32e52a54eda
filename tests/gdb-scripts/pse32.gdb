# SPDX-License-Identifier: MIT
# guest: pse32.elf
# needs: exec data_write4|page_write dr7_reported
set architecture i386:x86-64
connect
hbreak *touch
continue
delete
print/x $cr4 & 0x30
x/1xw 0xd0000000
attempt x/1xw 0xd0001000
print *alias == shared
watch -location *alias
continue
continue
print/x shared
print/x *alias
continue
continue
